/** Correlates the magnitudes |w| of two checkpoints, among the weights that both keep. */
import type { LayerPart } from '../checkpoints/masks';

/** Number of pairs, then the sums of |a|, |b|, a², b² and |a·b|. */
export type Magnitudes = Float64Array;

export function noMagnitudes(): Magnitudes {
  return new Float64Array(6);
}

/** Adds a piece of a layer from both checkpoints. Leaves out pairs with a weight that is not finite. */
export function addMagnitudes(into: Magnitudes, a: LayerPart, b: LayerPart): void {
  for (let i = 0; i < a.weights.length; i++) {
    if (a.mask[i] === 0 || b.mask[i] === 0) continue;
    const [x, y] = [Math.abs(a.weights[i]!), Math.abs(b.weights[i]!)];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    [1, x, y, x * x, y * y, x * y].forEach((value, at) => (into[at]! += value));
  }
}

/** Adds sums of `count` pairs. */
export function addSums(into: Magnitudes, count: number, sums: ArrayLike<number>): void {
  into[0]! += count;
  for (let at = 0; at < sums.length; at++) into[at + 1]! += sums[at]!;
}

/** Returns Pearson's correlation, in [−1, 1]. NaN if the magnitudes of a checkpoint do not vary. */
export function correlationOf([n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0]: Magnitudes): number {
  const variances = (n * xx - x * x) * (n * yy - y * y);
  if (!(variances > TINY * (n * xx) * (n * yy))) return NaN;
  return Math.min(1, Math.max(-1, (n * xy - x * y) / Math.sqrt(variances)));
}

/** Smaller variances are errors of rounding, since products are float32. */
const TINY = 1e-10;
