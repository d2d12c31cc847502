/**
 * Dropout and stochastic depth. Masks are pure functions of (seed, purpose, position, layer, index), so they are equal on all backends, and a
 * resumed run draws the same ones. A step is fed the 32 bits of (seed, purpose, position) as two numbers, because captured computations take
 * float32 numbers, which have only 24 bits.
 */
import { concat1d, reshape, tensor1d, type Scalar, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import { fnv1a } from '../../random';
import { sizeOf } from '../../tensors';
import type { Fed } from '../backend';
import type { DropoutAttributes } from './attributes';
import { defineGradient, runKernel } from './kernel';

/** Names of the numbers that decide the masks of a step. */
export type DrawNumber = 'drawHigh' | 'drawLow';

/** Returns the numbers for one position, for example `drawNumbers(seed, 'dropout', round, step)`. Each is an integer below 2¹⁶. */
export function drawNumbers(seed: number, purpose: string, ...position: number[]): Record<DrawNumber, number> {
  const key = fnv1a([seed, purpose, ...position].join('/'));
  return { drawHigh: key >>> 16, drawLow: key & 0xffff };
}

/** Returns the numbers of a step as a tensor [2], the `key` of `dropout` and `dropConnect`. The caller disposes it. */
export function drawKey({ drawHigh, drawLow }: Record<DrawNumber, Fed>): Tensor1D {
  if (typeof drawHigh === 'number' && typeof drawLow === 'number') return tensor1d([drawHigh, drawLow], 'float32');
  return concat1d([drawHigh, drawLow].map((part) => reshape(part as Scalar, [1])));
}

export interface Drawn {
  /** Probability that a value becomes 0, in [0, 1). */
  rate: number;
  /** The numbers of the step, from `drawKey`. */
  key: Tensor1D;
  /** Name of the layer. Layers with different names have different masks. */
  layer: string;
}

/** Sets each value to 0 with probability `rate`, and divides the others by 1 − rate. */
export function dropout<T extends Tensor>(x: T, drawn: Drawn): T {
  return drop(x, 1, drawn);
}

/** Like `dropout`, but draws once for each image or sequence, along the first axis (stochastic depth, Huang et al. 2016). */
export function dropConnect<T extends Tensor>(x: T, drawn: Drawn): T {
  return drop(x, sizeOf(x.shape.slice(1)), drawn);
}

function drop<T extends Tensor>(x: T, each: number, { rate, key, layer }: Drawn): T {
  if (!(rate >= 0 && rate < 1)) throw new UserError(`the dropout rate of ${layer} is ${rate}, but must be in [0, 1)`);
  if (rate === 0) return x;
  return runKernel('SignDropout', { x, key }, { rate, each, layer: fnv1a(layer) }) as T;
}

/** Number of values that a draw can have. */
const DRAWS = 2 ** 24;

/** The smallest draw whose value is kept. A draw is the upper 24 bits of a hash. */
export function firstKept({ rate }: Pick<DropoutAttributes, 'rate'>): number {
  return Math.round(rate * DRAWS);
}

/** Constants of the hash: the finalizer of MurmurHash3, and the step between the seeds of neighbouring draws (2³² / golden ratio). */
export const HASH = { first: 0x85ebca6b, second: 0xc2b2ae35, step: 0x9e3779b1 } as const;

/** The hash that each backend computes: draw `i` is `mix(mix(key ^ layer) + i · step) >>> 8`, with all numbers modulo 2³². */
export function mix(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), HASH.first);
  x = Math.imul(x ^ (x >>> 13), HASH.second);
  return (x ^ (x >>> 16)) >>> 0;
}

defineGradient('SignDropout', {
  attributes: ['rate', 'each', 'layer'],
  inputsToSave: ['key'],
  of: (dy, [key], attributes) => ({
    x: () => runKernel('SignDropout', { x: dy, key: key! }, attributes),
    key: () => {
      throw new Error('a mask has no gradient for its key');
    },
  }),
});
