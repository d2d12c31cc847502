/** Describes ψ, the scales and shifts of the normalization layers of a network. */
import type { Architecture } from '../models/network';
import { floats, type StateDict } from '../tensors';
import type { NormalizationLayer, Spread } from '../vocabulary/runEvents';

/**
 * Returns the statistics of each normalization layer, in the order of the network. A layer has a scale, a shift or both. `initial` contains
 * ψ_init, towards which aws interpolates.
 */
export function describeNormalization(
  { entries }: Pick<Architecture, 'entries'>,
  { tensors, initial }: { tensors: StateDict; initial: StateDict },
): NormalizationLayer[] {
  const names = new Set(entries.filter(({ role }) => role === 'normalization').map(({ name }) => name));
  const layers = new Set(Array.from(names, (name) => name.replace(/\.(weight|bias)$/, '')));
  return Array.from(layers, (name) => {
    const [weight, bias] = [`${name}.weight`, `${name}.bias`] as const;
    const own = [weight, bias].filter((entry) => names.has(entry));
    const distance = Math.hypot(...own.map((entry) => distanceOf(floats(tensors, entry), floats(initial, entry))));
    const scale = names.has(weight) ? floats(tensors, weight) : undefined;
    const shift = names.has(bias) ? floats(tensors, bias) : undefined;
    return {
      name,
      ...(scale && { scale: spreadOf(scale) }),
      ...(shift && { shift: spreadOf(shift) }),
      distance,
      ...(scale && { negativeScales: scale.filter((value) => value < 0).length / scale.length }),
    };
  });
}

function spreadOf(values: Float32Array): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const [min, max] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  return { mean, deviation: Math.sqrt(squares / values.length), min, max };
}

function distanceOf(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));
}
