/** Tensors whose elements follow a formula, so that an oracle needs no file for them. */
import { fnv1a } from '../../engine/random';
import { sizeOf } from '../../engine/tensors';

export type Kind =
  'weight' | 'bias' | 'norm_weight' | 'norm_bias' | 'running_mean' | 'running_var' | 'embed' | 'counter' | 'input';

/** The value of an element. `u` is in [0, 1) and is a hash of the tensor's name and the index of the element; `bound` is that of weights. */
const FORMULAS: Record<Kind, (u: number, bound: number) => number> = {
  weight: (u, bound) => (2 * u - 1) * bound,
  bias: (u) => (2 * u - 1) * 0.1,
  norm_bias: (u) => (2 * u - 1) * 0.1,
  running_mean: (u) => (2 * u - 1) * 0.1,
  embed: (u) => (2 * u - 1) * 0.1,
  norm_weight: (u) => 0.75 + 0.5 * u,
  running_var: (u) => 0.5 + u,
  counter: () => 0,
  input: (u) => (2 * u - 1) * 2,
};

/** Returns the elements of a tensor in row-major order. */
export function formula(name: string, shape: readonly number[], kind: Kind): Float32Array {
  const key = fnv1a(name);
  const compute = FORMULAS[kind];
  const bound = Math.sqrt(6 / sizeOf(shape.slice(1)));
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = compute(scramble(key, i) / 2 ** 32, bound);
  return data;
}

/** Hashes a key and an index to an unsigned 32-bit number. */
export function scramble(key: number, i: number): number {
  let x = (key + Math.imul(i, 0x9e3779b1)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Returns the sum of the values with random signs, which a hash of `key` decides. */
export function project(values: ArrayLike<number>, key: string): number {
  const seed = fnv1a(key);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * (scramble(seed, i) % 2 === 1 ? 1 : -1);
  return sum;
}
