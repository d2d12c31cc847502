/** Words for a sparsity that is not known. The terminal, reports and panels use the same words. */
import type { MaskRule } from './checkpoint';

export const UNKNOWN_SPARSITY = 'sparsity unknown, because all layers are quantized';

/** Whether all layers are quantized, so that zeros may be small weights that were rounded. False without layers. */
export function isSparsityUnknown(layers: readonly { maskRule: MaskRule }[]): boolean {
  return layers.length > 0 && layers.every(({ maskRule }) => maskRule === 'quantized');
}

/** The sentence about a file in which no layer was found. */
export const NO_LAYER =
  'No layer was recognized, because no weight has a mask, and no matrix has the name of a weight.';
