/** Which entries a transfer reads from its source. Derived from the table of variants, so the checks before a run follow from it. */
import { classesIn, classifierOf } from '../models/classifier';
import type { Need } from '../models/fit';
import { isCounter, type Architecture, type Entry } from '../models/network';
import { carriesOthers, traitsOf, uses, type TransferChoices } from '../vocabulary/transferVariants';

type Choices = Pick<TransferChoices, 'variant' | 'rescale'>;

/** Returns the entries of the classifier that start from the new initialization, although the variant reads others from the ticket. */
export function newClassifierOf(
  { variant, classifier }: Pick<TransferChoices, 'variant' | 'classifier'>,
  ticket: ReadonlyMap<string, { shape: readonly number[] }>,
  architecture: Architecture,
): string[] {
  if (!carriesOthers(variant)) return [];
  const classes = classesIn(ticket, architecture);
  const hasOther = classes !== undefined && classes !== architecture.data.classes;
  const isNew = classifier === undefined ? hasOther : classifier === 'new';
  return isNew ? classifierOf(architecture).map(({ name }) => name) : [];
}

/**
 * Returns what a transfer needs of an entry of its source. Of a layer with a mask, it needs at least the mask, and so the shape of the
 * weight. Counters of batches may always be missing, because the momentum of running statistics is constant.
 */
export function needOf(entry: Entry, { variant, rescale }: Choices, newClassifier: readonly string[] = []): Need {
  if (newClassifier.includes(entry.name)) return 'nothing';
  const { dropsZeros, psi, whole } = traitsOf(variant);
  if (whole) return isCounter(entry) ? 'optional' : 'values';
  const needsWeights = dropsZeros || rescale === 'source' || uses('kept', variant, 'source');
  if (entry.prunable) return needsWeights ? 'values' : 'mask';
  if (entry.role === 'weight' || entry.role === 'bias') return uses('others', variant, 'source') ? 'values' : 'nothing';
  return entry.role === 'normalization' && psi === 'source' ? 'values' : 'nothing';
}

/** Returns what a transfer needs of an entry of the initialization of its source. The signs of masked layers are always counted. */
export function needOfOrigin(
  entry: Entry,
  { variant }: Pick<Choices, 'variant'>,
  newClassifier: readonly string[] = [],
): Need {
  if (newClassifier.includes(entry.name)) return 'nothing';
  if (entry.prunable) return 'values';
  const isValue = entry.role === 'weight' || entry.role === 'bias';
  return isValue && uses('others', variant, 'origin') ? 'values' : 'nothing';
}
