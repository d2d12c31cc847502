/** Rescales the kept weights of a transferred network, because a sparse layer has a smaller output than a dense one. */
import { floats, type NetworkState, type StateDict, weightNameOf } from '../tensors';
import type { Rescale } from '../vocabulary/transferVariants';

interface RescaleOptions {
  source: NetworkState;
  rescale?: Rescale | undefined;
  /** Names of the entries of a classifier that is not transferred. */
  newClassifier?: readonly string[] | undefined;
}

/**
 * Returns the network with the kept weights of each masked layer multiplied by a factor.
 * - `layer`: 1/√density. If each output has a sum over n inputs and only d · n of them are kept, its variance is d times as large as in
 *   the dense layer; this restores it.
 * - `source`: ‖θ_source ⊙ m‖ / ‖θ ⊙ m′‖, so that the norm of the layer is that of the kept weights of the source.
 *
 * A layer in which nothing is kept, or all kept weights are 0, stays as it is, and so does a new classifier, which has no source.
 */
export function rescaled(
  start: NetworkState,
  { source, rescale = 'none', newClassifier = [] }: RescaleOptions,
): NetworkState {
  if (rescale === 'none') return start;
  const tensors: StateDict = new Map(start.tensors);
  for (const [layer, mask] of start.masks) {
    const name = weightNameOf(layer);
    if (newClassifier.includes(name)) continue;
    const weights = floats(start.tensors, name);
    const factor = rescale === 'layer' ? 1 / Math.sqrt(density(mask)) : norm(source, layer) / norm(start, layer);
    if (!Number.isFinite(factor) || factor === 0) continue;
    const data = weights.map((weight, i) => (mask[i] === 1 ? weight * factor : weight));
    tensors.set(name, { dtype: 'F32', shape: start.tensors.get(name)!.shape, data });
  }
  return { ...start, tensors };
}

function density(mask: Uint8Array): number {
  return mask.reduce((kept, bit) => kept + bit, 0) / mask.length;
}

/** Returns the L2 norm of the kept weights of a layer. */
function norm({ tensors, masks }: NetworkState, layer: string): number {
  const mask = masks.get(layer);
  let squares = 0;
  floats(tensors, weightNameOf(layer)).forEach((weight, i) => {
    if (mask?.[i] !== 0) squares += weight * weight;
  });
  return Math.sqrt(squares);
}
