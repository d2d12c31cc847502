/** Which entries a transfer reads from its source. Derived from the table of variants, so the checks before a run follow from it. */
import type { Need } from '../models/fit';
import { isCounter, type Entry } from '../models/network';
import { traitsOf, uses, type TransferVariant } from '../vocabulary/transferVariants';

/**
 * Returns what a transfer needs of an entry of its source. Of a layer with a mask, it needs at least the mask, and so the shape of the
 * weight. Counters of batches may always be missing, because the momentum of running statistics is constant.
 */
export function needOf(entry: Entry, variant: TransferVariant): Need {
  const { dropsZeros, psi, whole } = traitsOf(variant);
  if (whole) return isCounter(entry) ? 'optional' : 'values';
  if (entry.prunable) return dropsZeros || uses('kept', variant, 'source') ? 'values' : 'mask';
  if (entry.role === 'weight' || entry.role === 'bias') return uses('others', variant, 'source') ? 'values' : 'nothing';
  return entry.role === 'normalization' && psi === 'source' ? 'values' : 'nothing';
}
