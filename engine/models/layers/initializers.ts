/** The initializers of PyTorch and torchvision that depend on the shape of a weight. */
import { sizeOf } from '../../tensors';
import type { Initializer } from '../network';

/** Chooses the distribution of a weight by its shape, [out, in, ...]. */
export type WeightInitializer = (shape: readonly number[]) => Initializer;

/** kaiming_uniform(a = √5): U(−1/√fan_in, 1/√fan_in). PyTorch uses the same bounds for biases. */
export const uniformByFanIn: WeightInitializer = (shape) => ({
  kind: 'uniform',
  bound: 1 / Math.sqrt(sizeOf(shape.slice(1))),
});

/** kaiming_normal(mode = fan_out) for relu: N(0, 2/fan_out). torchvision uses it for the convolutions of a ResNet. */
export const normalByFanOut: WeightInitializer = (shape) => ({
  kind: 'normal',
  deviation: Math.sqrt(2 / (shape[0]! * sizeOf(shape.slice(2)))),
});

/** N(0, deviation²). */
export function normal(deviation: number): WeightInitializer {
  return () => ({ kind: 'normal', deviation });
}

/** N(0, deviation²) without values beyond ±2, as trunc_normal. The default deviation is 1/√fan_in. */
export function truncatedNormal(deviation?: number): WeightInitializer {
  return (shape) => ({ kind: 'normal', deviation: deviation ?? 1 / Math.sqrt(sizeOf(shape.slice(1))), limit: 2 });
}

/** xavier_uniform: U(−√(6 / (fan_in + fan_out)), …). */
export const xavierUniform: WeightInitializer = ([outputs, inputs]) => ({
  kind: 'uniform',
  bound: Math.sqrt(6 / (inputs! + outputs!)),
});

export const constantZero: WeightInitializer = () => zero;

export const zero: Initializer = { kind: 'constant', value: 0 };
