/** Recognizes files that have masks but no weights, such as the dictionary of masks that open_lth saves beside a model. */
import { UserError } from '../errors';
import type { Inspection, TensorStatistics } from '../vocabulary/inspection';

/** Returns a warning if a file has only masks. Returns undefined for all other files. */
export function onlyMasksWarning(tensors: readonly TensorStatistics[]): string | undefined {
  if (!areOnlyMasks(tensors)) return undefined;
  return 'Every tensor has only the values 0 and 1, so this is probably a file of masks, not of weights. Open the model instead, and give this file as its masks.';
}

const TRANSFERS = 'A transfer of the variants mask-only and random-signs also takes a file of masks.';

/** Throws UserError if a file that is used as a network has only masks. */
export function refuseOnlyMasks({ file, tensors, layers }: Pick<Inspection, 'file' | 'tensors' | 'layers'>): void {
  const hasMask = layers.some(({ maskRule }) => maskRule !== 'zeros' && maskRule !== 'none');
  if (hasMask || !areOnlyMasks(tensors)) return;
  throw new UserError(`${file} has only masks, no weights: every tensor has only the values 0 and 1.`, {
    advice: {
      terminal: `Name the checkpoint of the model instead, and this file with --mask. ${TRANSFERS}`,
      window: `Choose the checkpoint of the model instead. ${TRANSFERS}`,
    },
  });
}

/** Whether every tensor has only the values 0 and 1, as masks have. */
function areOnlyMasks(tensors: readonly TensorStatistics[]): boolean {
  const hasMatrix = tensors.some(({ shape }) => shape.length >= 2);
  const hasOne = tensors.some(({ positives }) => positives > 0); // a file of zeros may have weights
  return hasMatrix && hasOne && tensors.every(isBinary);
}

/** Whether all values are 0 or 1. If the greatest value is 1, the mean reaches the share of positive values only if all of them are 1. */
function isBinary({ count, positives, negatives, nans, infs, max, mean }: TensorStatistics): boolean {
  if (count === 0 || negatives + nans + infs > 0) return false;
  return positives === 0 || (max === 1 && Math.abs(mean * count - positives) <= 1e-9 * positives);
}
