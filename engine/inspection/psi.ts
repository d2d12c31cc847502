/** Describes ψ, the scales and shifts of the normalization layers of a network. */
import type { Architecture } from '../models/network';
import { floats, layerNameOf, type StateDict } from '../tensors';
import type { NormalizationLayer, Spread } from '../vocabulary/runEvents';

/**
 * Returns the statistics of each normalization layer, in the order of the network. `initial` contains ψ_init, towards which aws
 * interpolates.
 */
export function describeNormalization(
  { entries }: Pick<Architecture, 'entries'>,
  { tensors, initial }: { tensors: StateDict; initial: StateDict },
): NormalizationLayer[] {
  const scales = entries.filter(({ name, role }) => role === 'normalization' && name.endsWith('.weight'));
  return scales.map(({ name: scaleName }) => {
    const name = layerNameOf(scaleName);
    const names = [scaleName, `${name}.bias`] as const;
    const [scale, shift] = [floats(tensors, names[0]), floats(tensors, names[1])];
    const distance = Math.hypot(...names.map((one) => distanceOf(floats(tensors, one), floats(initial, one))));
    const negativeScales = scale.filter((value) => value < 0).length / scale.length;
    return { name, scale: spreadOf(scale), shift: spreadOf(shift), distance, negativeScales };
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
