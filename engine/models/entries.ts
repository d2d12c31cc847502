/** Makes the entries of common layers, in PyTorch's order and with PyTorch's default initializations (torch/nn/modules). */
import { sizeOf } from '../tensors';
import type { Entry, Initializer, Role } from './network';

const FLOAT = { dtype: 'F32', prunable: false } as const;

/** kaiming_uniform(a = √5): U(−1/√fan_in, 1/√fan_in). PyTorch uses the same bounds for biases. */
export function uniformByFanIn(shape: readonly number[]): Initializer {
  return { kind: 'uniform', bound: 1 / Math.sqrt(sizeOf(shape.slice(1))) };
}

/** kaiming_normal(mode = fan_out) for relu: N(0, 2/fan_out). torchvision uses it for the convolutions of a ResNet. */
export function normalByFanOut(shape: readonly number[]): Initializer {
  return { kind: 'normal', deviation: Math.sqrt(2 / (shape[0]! * sizeOf(shape.slice(2)))) };
}

/** A convolution without bias; `shape` is OIHW. */
export function convolution(
  name: string,
  shape: readonly [number, number, number, number],
  initializer: (shape: readonly number[]) => Initializer = uniformByFanIn,
): Entry[] {
  return [weight(name, shape, { prunable: true, initializer: initializer(shape) })];
}

/** A linear layer [out, in], or a Conv1d with kernel size 1 [out, in, 1]. */
export function linear(
  name: string,
  shape: readonly [number, number] | readonly [number, number, 1],
  { bias = true, prunable = true } = {},
): Entry[] {
  const initializer = uniformByFanIn(shape);
  const entries = [weight(name, shape, { prunable, initializer })];
  if (bias) entries.push({ ...FLOAT, name: `${name}.bias`, shape: [shape[0]], role: 'bias', initializer });
  return entries;
}

/** The last linear layer. It is never pruned. */
export function classifier(name: string, shape: readonly [number, number]): Entry[] {
  return linear(name, shape, { prunable: false });
}

/** The entries of batch norm: scale 1 and shift 0 (both belong to ψ), running mean 0 and variance 1, and the counter of batches. */
export function batchNorm(name: string, channels: number): Entry[] {
  const buffer = { dtype: 'F32', shape: [channels], role: 'buffer' } as const;
  return [
    ...layerNorm(name, channels),
    constant(`${name}.running_mean`, 0, buffer),
    constant(`${name}.running_var`, 1, buffer),
    constant(`${name}.num_batches_tracked`, 0, { dtype: 'I64', shape: [], role: 'buffer' }),
  ];
}

/** The entries of layer norm: scale 1 and shift 0 (both belong to ψ). */
export function layerNorm(name: string, size: number): Entry[] {
  const psi = { dtype: 'F32', shape: [size], role: 'normalization' } as const;
  return [constant(`${name}.weight`, 1, psi), constant(`${name}.bias`, 0, psi)];
}

function weight(name: string, shape: readonly number[], rest: Pick<Entry, 'prunable' | 'initializer'>): Entry {
  return { name: `${name}.weight`, shape, dtype: 'F32', role: 'weight', ...rest };
}

function constant(name: string, value: number, rest: { dtype: Entry['dtype']; shape: readonly number[]; role: Role }) {
  return { name, prunable: false, initializer: { kind: 'constant', value }, ...rest } as const;
}
