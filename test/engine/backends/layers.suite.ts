/** Tests on one backend: activations, operations on channels and tokens, softmax, attention, group norm and dropout. */
import assert from 'node:assert/strict';
import {
  grad,
  grads,
  tensor,
  tidy,
  transpose,
  type Tensor,
  type Tensor1D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { elu, relu6, sigmoid, swish } from '../../../engine/backends/operations/activations';
import { attention, softmax } from '../../../engine/backends/operations/attention';
import {
  concatChannels,
  scaleChannels,
  shuffleChannels,
  splitChannels,
} from '../../../engine/backends/operations/channels';
import { drawKey, drawNumbers, dropConnect, dropout, mix } from '../../../engine/backends/operations/dropout';
import { groupNorm, normalize } from '../../../engine/backends/operations/normalization';
import { addPositions, prependToken, takeToken } from '../../../engine/backends/operations/tokens';
import { fnv1a } from '../../../engine/random';
import { sizeOf } from '../../../engine/tensors';
import { assertNear, check, compute } from './check';
import { values } from './reference';

const given = (shape: number[], seed: number) => ({ data: values(sizeOf(shape), seed), shape });
const of = (length: number, value: (i: number) => number) => Float64Array.from({ length }, (_, i) => value(i));

/** Defines the suite for a started backend. Call it inside a `describe`. */
export function computesLayersAsDefined(): void {
  it('computes relu6, swish, sigmoid and elu', checkActivations);
  it('scales channels by factors of each image', () =>
    check(
      [given([2, 3, 2, 5], 1), given([2, 5], 2)],
      (x, factors) => scaleChannels(x as Tensor4D, factors as never),
      (x, factors) => x.map((value, i) => value * factors[Math.floor(i / 30) * 5 + (i % 5)]!),
    ));
  it('shuffles channels', () =>
    check(
      [given([2, 2, 1, 6], 1)],
      (x) => shuffleChannels(x as Tensor4D, 3),
      (x) => of(24, (i) => x[i - (i % 6) + (i % 3) * 2 + Math.floor((i % 6) / 3)]!),
    ));
  it('splits and joins channels', checkSplit);
  it('transposes images and tokens', checkTranspose);
  it('computes softmax over the last axis', () =>
    check(
      [given([2, 3, 7], 1)],
      (x) => softmax(x, 3),
      (x) => softmaxRows(x, 7, 3),
    ));
  it('computes attention', () =>
    check(
      [given([2, 5, 24], 1)],
      (x) => attention(x as Tensor3D, { heads: 2 }),
      (x) => attend(x, { n: 2, tokens: 5, dim: 8, heads: 2 }),
    ));
  it('prepends a token, adds positions and takes a token', checkTokens);
  it('normalizes groups of channels', checkGroupNorm);
  it('draws dropout by position', checkDropout);
  it('throws where an operation has no gradient', checkNoGradient);
}

async function checkActivations(): Promise<void> {
  const data = Float32Array.from({ length: 45 }, (_, i) => (i - 20.2) / 2.9);
  const logistic = (x: number) => 1 / (1 + Math.exp(-x));
  await check([{ data, shape: [5, 9] }], relu6, (x) => x.map((value) => Math.min(Math.max(value, 0), 6)));
  await check([{ data, shape: [5, 9] }], swish, (x) => x.map((value) => value * logistic(value)));
  await check([{ data, shape: [5, 9] }], sigmoid, (x) => x.map(logistic));
  await check([{ data, shape: [5, 9] }], elu, (x) => x.map((value) => (value > 0 ? value : Math.expm1(value))));
  const [ends] = await compute(() => [swish(tensor([-1e4, -100, 100, 1e4, NaN]))]);
  [0, 0, 100, 1e4, NaN].forEach((end, i) => {
    assert.ok(Object.is(end, ends![i]) || Math.abs(end - ends![i]!) < 1e-30, `swish is ${ends![i]}, not ${end}`);
  });
}

async function checkSplit(): Promise<void> {
  await check(
    [given([2, 1, 2, 3], 1), given([2, 1, 2, 4], 2), given([2, 1, 2, 1], 3)],
    (...images) => concatChannels(images as Tensor4D[]),
    (a, b, c) => of(32, (i) => [a, b, c].map((x, j) => x.subarray(Math.floor(i / 8) * [3, 4, 1][j]!, (Math.floor(i / 8) + 1) * [3, 4, 1][j]!)).flatMap((row) => [...row])[i % 8]!), // prettier-ignore
  );
  await check(
    [given([2, 1, 2, 7], 1)],
    (x) => splitChannels(x as Tensor4D, [2, 4, 1])[1]!,
    (x) => of(16, (i) => x[Math.floor(i / 4) * 7 + 2 + (i % 4)]!),
  );
}

/** Compares with indices that are computed from the definition: axis i of the result is axis perm[i] of x. */
async function checkTranspose(): Promise<void> {
  for (const { shape, perm } of [
    { shape: [3, 4, 5], perm: [1, 0, 2] },
    { shape: [2, 3, 4, 5], perm: [0, 2, 1, 3] },
    { shape: [2, 3, 4, 5], perm: [3, 2, 0, 1] },
    { shape: [2, 5, 3, 2, 4], perm: [2, 0, 3, 1, 4] },
  ]) {
    const steps = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
    const turned = perm.map((axis) => shape[axis]!);
    const source = (i: number) =>
      perm.reduce((sum, axis, k) => {
        const index = Math.floor(i / sizeOf(turned.slice(k + 1))) % turned[k]!;
        return sum + index * steps[axis]!;
      }, 0);
    await check(
      [given(shape, 1)],
      (x) => transpose(x, perm),
      (x) => of(x.length, (i) => x[source(i)]!),
    );
  }
}

function softmaxRows(x: Float64Array, columns: number, factor: number): Float64Array {
  return x.map((value, i) => {
    const row = x.subarray(i - (i % columns), i - (i % columns) + columns);
    return Math.exp(factor * value) / row.reduce((sum, each) => sum + Math.exp(factor * each), 0);
  });
}

function attend(
  x: Float64Array,
  { n, tokens, dim, heads }: { n: number; tokens: number; dim: number; heads: number },
): Float64Array {
  const depth = dim / heads;
  const at = (image: number, token: number, part: number, column: number) =>
    x[(image * tokens + token) * 3 * dim + part * dim + column]!;
  return of(n * tokens * dim, (i) => {
    const [column, token, image] = [i % dim, Math.floor(i / dim) % tokens, Math.floor(i / (dim * tokens))];
    const first = column - (column % depth);
    const scores = of(tokens, (other) => {
      let product = 0;
      for (let d = 0; d < depth; d++) product += at(image, token, 0, first + d) * at(image, other, 1, first + d);
      return product / Math.sqrt(depth);
    });
    return softmaxRows(scores, tokens, 1).reduce((sum, weight, other) => sum + weight * at(image, other, 2, column), 0);
  });
}

async function checkTokens(): Promise<void> {
  await check(
    [given([3, 2, 4], 1), given([1, 1, 4], 2)],
    (x, token) => prependToken(x as Tensor3D, token),
    (x, token) => of(36, (i) => (i % 12 < 4 ? token[i % 4]! : x[Math.floor(i / 12) * 8 + (i % 12) - 4]!)),
  );
  await check(
    [given([3, 2, 4], 1), given([1, 2, 4], 2)],
    (x, positions) => addPositions(x as Tensor3D, positions),
    (x, positions) => x.map((value, i) => value + positions[i % 8]!),
  );
  await check(
    [given([3, 2, 4], 1)],
    (x) => takeToken(x as Tensor3D, 1),
    (x) => of(12, (i) => x[Math.floor(i / 4) * 8 + 4 + (i % 4)]!),
  );
}

async function checkGroupNorm(): Promise<void> {
  const [channels, area, epsilon] = [6, 6, 1e-3];
  for (const groups of [1, 2, 6])
    await check(
      [given([2, 2, 3, channels], 1), given([channels], 2), given([channels], 3)],
      (x, scale, shift) =>
        groupNorm(x as Tensor4D, { scale: scale as Tensor1D, shift: shift as Tensor1D }, { groups, epsilon }),
      (x, scale, shift) => {
        const groupOf = (i: number) =>
          Math.floor(i / (area * channels)) * groups + Math.floor(((i % channels) * groups) / channels);
        return x.map((value, i) => {
          const members = x.filter((_, j) => groupOf(j) === groupOf(i));
          const mean = members.reduce((sum, each) => sum + each, 0) / members.length;
          const variance = members.reduce((sum, each) => sum + (each - mean) ** 2, 0) / members.length;
          return ((value - mean) / Math.sqrt(variance + epsilon)) * scale[i % channels]! + shift[i % channels]!;
        });
      },
    );
}

async function checkDropout(): Promise<void> {
  const numbers = drawNumbers(7, 'dropout', 3, 812);
  const seed = mix(((numbers.drawHigh << 16) | numbers.drawLow) ^ fnv1a('classifier.0'));
  const isKept = (i: number) => mix(seed + Math.imul(i, 0x9e3779b1)) >>> 8 >= 0.25 * 2 ** 24;
  const x = values(6 * 50, 1);
  const dy = values(6 * 50, 2);
  for (const { operation, draw } of [
    { operation: dropout, draw: (i: number) => i },
    { operation: dropConnect, draw: (i: number) => Math.floor(i / 50) },
  ]) {
    const [y, dx] = await compute(() => {
      const key = drawKey(numbers);
      const run = (image: Tensor) => operation(image, { rate: 0.25, key, layer: 'classifier.0' });
      return [run(tensor(x, [6, 5, 10])), grad(run)(tensor(x, [6, 5, 10]), tensor(dy, [6, 5, 10]))];
    });
    const masked = (all: Float32Array) => all.map((value, i) => (isKept(draw(i)) ? value / 0.75 : 0));
    assertNear(y!, masked(x), 'value');
    assertNear(dx!, masked(dy), 'gradient');
  }
  assert.ok([0, 1, 2, 3].some((i) => isKept(i)) && [...x.keys()].some((i) => !isKept(i)));
}

function checkNoGradient(): void {
  tidy(() => {
    const psi = () => tensor([1, 2, 3]);
    const run = (x: Tensor) =>
      normalize(x as Tensor4D, { mean: psi(), variance: psi(), scale: psi(), shift: psi() } as never, {
        epsilon: 1,
        relu: false,
      });
    assert.throws(
      () => grads(run)([tensor(values(6, 1), [1, 1, 2, 3])]),
      /Cannot compute gradient|gradient function not found/,
    );
  });
}
