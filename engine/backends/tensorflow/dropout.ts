/** Dropout. The hash of the draws is computed with operations on int32, which wrap around. */
import { cast, greaterEqual, mul, reshape, scalar, slice, type Tensor } from '@tensorflow/tfjs-core';
import { firstKept, HASH } from '../operations/dropout';
import { elements } from '../operations/kernel';
import { asTensor, defineKernel, type Executor } from './executor';

const T = { T: 'int32' } as const;

export function registerDropout(): void {
  defineKernel('SignDropout', ['rate', 'each', 'layer'], ({ x, key }, { rate, each, layer }, execute) => {
    const bits = bitsOf(execute);
    const count = elements(x) / each;
    const [high, low] = [0, 1].map((i) => cast(slice(asTensor(key), [i], [1]), 'int32')) as [Tensor, Tensor];
    const seed = bits.mix(bits.xor(bits.add(bits.multiply(high, 0x10000), low), integer(layer)));
    const indices = execute.one('Range', [integer(0), integer(count), integer(1)], { Tidx: 'int32' });
    const draws = bits.right(bits.mix(bits.add(bits.multiply(indices, HASH.step), seed)), 8);
    const kept = cast(greaterEqual(draws, integer(firstKept({ rate }))), 'float32');
    const factors = reshape(mul(kept, 1 / (1 - rate)), [count, 1]);
    return reshape(mul(reshape(asTensor(x), [count, each]), factors), x!.shape);
  });
}

/** Arithmetic on the bits of int32, modulo 2³². */
function bitsOf(execute: Executor) {
  const xor = (a: Tensor, b: Tensor) => execute.one('BitwiseXor', [a, b], T);
  const add = (a: Tensor, b: Tensor) => execute.one('AddV2', [a, b], T);
  const multiply = (a: Tensor, factor: number) => execute.one('Mul', [a, integer(factor)], T);
  // TensorFlow copies the sign when it shifts, so the copies are removed.
  const right = (a: Tensor, count: number) =>
    execute.one('BitwiseAnd', [execute.one('RightShift', [a, integer(count)], T), integer(2 ** (32 - count) - 1)], T);
  const mix = (value: Tensor) => {
    let x = multiply(xor(value, right(value, 16)), HASH.first);
    x = multiply(xor(x, right(x, 13)), HASH.second);
    return xor(x, right(x, 16));
  };
  return { xor, add, multiply, right, mix };
}

/** Returns an unsigned 32-bit number as int32 with the same bits. */
function integer(value: number): Tensor {
  return scalar(value | 0, 'int32');
}
