/** Recognizes files that have masks but no weights, such as the dictionary of masks that open_lth saves beside a model. */
import type { TensorStatistics } from '../vocabulary/inspection';

/** Returns a warning if every tensor of a file has only the values 0 and 1. Returns undefined for all other files. */
export function onlyMasksWarning(tensors: readonly TensorStatistics[]): string | undefined {
  const hasMatrix = tensors.some(({ shape }) => shape.length >= 2);
  const hasOne = tensors.some(({ positives }) => positives > 0); // a file of zeros may have weights
  if (!hasMatrix || !hasOne || !tensors.every(isBinary)) return undefined;
  return 'Every tensor has only the values 0 and 1, so this is probably a file of masks, not of weights. Open the model, and name this file with --mask.';
}

/** Whether all values are 0 or 1. If the greatest value is 1, the mean reaches the share of positive values only if all of them are 1. */
function isBinary({ count, positives, negatives, nans, infs, max, mean }: TensorStatistics): boolean {
  if (count === 0 || negatives + nans + infs > 0) return false;
  return positives === 0 || (max === 1 && Math.abs(mean * count - positives) <= 1e-9 * positives);
}
