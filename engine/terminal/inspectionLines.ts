/** Lines of `inspect` about quantized tensors, sparsity and kept zeros. */
import type { Inspection } from '../vocabulary/inspection';
import { percent } from '../vocabulary/numbers';
import { isSparsityUnknown, UNKNOWN_SPARSITY } from '../vocabulary/sparsityWords';

/** Returns a line with the sparsity among prunable weights and among all parameters, if it is known. */
export function sparsityLine({ layers, sparsity, weights }: Inspection): string {
  if (isSparsityUnknown(layers)) return UNKNOWN_SPARSITY;
  const prunable = `sparsity ${percent(sparsity.prunable)} of ${weights.prunable} prunable weights`;
  return `${prunable}, ${percent(sparsity.all)} of all ${weights.all} parameters`;
}

/** Returns lines with the share of zeros in quantized tensors. These zeros may be rounded weights, which were not pruned. */
export function quantizedLines(tensors: Inspection['tensors']): string[] {
  const quantized = tensors.filter(({ quantization }) => quantization !== undefined);
  if (quantized.length === 0) return [];
  const total = (counts: number[]) => counts.reduce((sum, n) => sum + n, 0);
  const zeros = total(quantized.map((tensor) => tensor.zeros));
  const share = percent(zeros / Math.max(1, total(quantized.map(({ count }) => count))));
  const names = [...new Set(quantized.map(({ quantization }) => quantization))].join(', ');
  return [
    `quantized (${names}): ${share} of the numbers are 0. Quantization rounds small weights to 0, so they do not count as pruned. To see the sparsity, inspect the original file.`,
  ];
}

/**
 * Returns a line with the number of kept weights that are 0, if there are any. They have no sign, so + and − do not add up to the kept
 * weights. NaN has no sign either, but is not 0. Zeros of quantized weights may be rounded, and are not counted.
 */
export function keptZeroLines({ layers }: Pick<Inspection, 'layers'>): string[] {
  const zeros = layers.map(({ maskRule, kept, positive, negative, nans = 0 }) =>
    maskRule === 'quantized' ? 0 : kept - positive - negative - nans,
  );
  const count = zeros.reduce((sum, n) => sum + n, 0);
  return count === 0 ? [] : [count === 1 ? '1 kept weight is 0.' : `${count} kept weights are 0.`];
}
