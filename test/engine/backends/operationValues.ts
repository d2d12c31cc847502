/** A program that prints the results and gradients of operations on TensorFlow as JSON: for each case, base64 of float32. */
import { grads, tensor, tidy, type Tensor, type Tensor1D, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { swish } from '../../../engine/backends/operations/activations';
import { scaleChannels, shuffleChannels } from '../../../engine/backends/operations/channels';
import { softmax } from '../../../engine/backends/operations/attention';
import { conv2d } from '../../../engine/backends/operations/convolution';
import { gelu, globalMean } from '../../../engine/backends/operations/elementwise';
import { linear } from '../../../engine/backends/operations/linear';
import { batchNorm, layerNorm } from '../../../engine/backends/operations/normalization';
import { startBackend } from '../../../engine/backends/startBackend';
import * as exact from './exact';
import { values } from './reference';

/** The values of the operands are given by shape and seed, or in full. Input k has seed k + 1, dy has seed 9. */
export interface OperationCase {
  shapes: number[][];
  run: (...x: Tensor[]) => Tensor;
  /** The same in double precision. */
  exact: exact.Exact;
  /** Multiplies the first operand. */
  factor?: number;
  /** Replaces the first values of the first operand. */
  first?: number[];
}

type Both = Pick<OperationCase, 'run' | 'exact'>;

const psi = (scale: Tensor, shift: Tensor) => ({ scale: scale as Tensor1D, shift: shift as Tensor1D });
const normalized: Both = {
  run: (x, scale, shift) => layerNorm(x, psi(scale, shift), { epsilon: 1e-5 }),
  exact: exact.layerNorm,
};
const ofBatch = (relu: boolean): Both => ({
  run: (x, scale, shift) => batchNorm(x as Tensor4D, psi(scale, shift), { epsilon: 1e-5, relu }).y,
  exact: exact.batchNorm(relu),
});
const ofSwish: Both = { run: (x) => swish(x), exact: exact.swish };
const ofGelu: Both = { run: (x) => gelu(x), exact: exact.gelu };

function depthwise(image: number[], filter: number[], sizes: { stride: number; padding: number }): OperationCase {
  const shapes = [image, filter];
  const run: Both['run'] = (x, taps) => conv2d(x as Tensor4D, taps as Tensor4D, { ...sizes, groups: image[3]! });
  return { shapes, run, exact: exact.depthwise(shapes, sizes) };
}

function grouped(image: [number, number, number, number], outputs: number, groups: number): OperationCase {
  const inputs = image[3];
  const run: Both['run'] = (x, taps) => conv2d(x as Tensor4D, taps as Tensor4D, { stride: 1, padding: 0, groups });
  return {
    shapes: [image, [1, 1, inputs / groups, outputs]],
    run,
    exact: exact.groupConvolve({ inputs, outputs, groups }),
  };
}

function shuffled(shape: [number, number, number, number], groups: number): OperationCase {
  const run: Both['run'] = (x) => shuffleChannels(x as Tensor4D, groups);
  return { shapes: [shape], run, exact: exact.shuffle({ channels: shape[3], groups }) };
}

function linearOf([rows, inputs, outputs]: [number, number, number], activation: 'none' | 'gelu'): OperationCase {
  const run: Both['run'] = (x, weight, bias) =>
    linear(x as Tensor2D, { weight: weight as Tensor2D, bias: bias as Tensor1D }, activation);
  return { shapes: [[rows, inputs], [inputs, outputs], [outputs]], run, exact: exact.linear(activation === 'gelu') };
}

function softmaxOf(shape: number[], factor: number): OperationCase {
  const run: Both['run'] = (x) => softmax(x, factor);
  return { shapes: [shape], run, exact: exact.softmax({ width: shape.at(-1)!, factor }), factor: 10 };
}

function meanOf(shape: [number, number, number, number]): OperationCase {
  const [, height, width, channels] = shape;
  const run: Both['run'] = (x) => globalMean(x as Tensor4D);
  return { shapes: [shape], run, exact: exact.globalMean({ pixels: height * width, channels }) };
}

function scaled(shape: [number, number, number, number]): OperationCase {
  const [n, height, width, channels] = shape;
  const run: Both['run'] = (x, factors) => scaleChannels(x as Tensor4D, factors as Tensor2D);
  return { shapes: [shape, [n, channels]], run, exact: exact.scale({ pixels: height * width, channels }) };
}

/** Odd sizes do not fill vectors, and give threads parts of different sizes. */
export const CASES: Record<string, OperationCase> = {
  batchNorm: { shapes: [[33, 17, 16, 7], [7], [7]], ...ofBatch(false), factor: 3 },
  batchNormWide: { shapes: [[3, 9, 7, 181], [181], [181]], ...ofBatch(false) },
  batchNormRelu: { shapes: [[33, 17, 16, 16], [16], [16]], ...ofBatch(true) },
  batchNormReluWide: { shapes: [[5, 13, 11, 69], [69], [69]], ...ofBatch(true) },
  batchNormNarrow: { shapes: [[5, 7, 9, 3], [3], [3]], ...ofBatch(true) },
  batchNormSpecial: { shapes: [[2, 1, 2, 3], [3], [3]], ...ofBatch(false), first: [1, NaN, 3, Infinity] },
  depthwise: depthwise([37, 13, 11, 21], [3, 3, 1, 21], { stride: 1, padding: 1 }),
  depthwiseStrided: depthwise([9, 14, 13, 117], [3, 3, 1, 117], { stride: 2, padding: 1 }),
  depthwiseLarge: depthwise([5, 9, 10, 70], [5, 5, 1, 70], { stride: 1, padding: 2 }),
  depthwiseSmall: depthwise([2, 3, 2, 16], [3, 2, 1, 16], { stride: 3, padding: 0 }),
  depthwiseWide: depthwise([2, 5, 40, 33], [1, 7, 1, 33], { stride: 1, padding: 0 }),
  depthwiseFive: depthwise([3, 16, 19, 80], [5, 5, 1, 80], { stride: 2, padding: 2 }),
  depthwiseTiny: depthwise([70, 2, 2, 37], [5, 5, 1, 37], { stride: 1, padding: 2 }),
  gelu: { shapes: [[401, 357]], ...ofGelu, factor: 6 },
  geluSmall: { shapes: [[3]], ...ofGelu },
  geluEmpty: { shapes: [[0, 5]], ...ofGelu },
  geluSpecial: { shapes: [[19]], ...ofGelu, first: [NaN, Infinity, -Infinity, 0, 1e30, -30] },
  globalMean: meanOf([37, 13, 11, 21]),
  globalMeanWide: meanOf([2, 3, 5, 181]),
  globalMeanLarge: meanOf([5, 32, 32, 16]),
  groups: grouped([9, 13, 11, 50], 200, 2),
  groupsDeep: grouped([3, 7, 5, 1101], 99, 3),
  groupsNarrow: grouped([37, 5, 3, 6], 9, 3),
  groupsTiny: grouped([1, 1, 2, 4], 4, 2),
  groupsSpecial: { ...grouped([2, 2, 2, 6], 6, 2), first: [NaN, 1, 2, Infinity] },
  shuffle: shuffled([5, 3, 4, 50], 2),
  shuffleFive: shuffled([37, 9, 11, 35], 5),
  layerNorm: { shapes: [[1111, 37], [37], [37]], ...normalized, factor: 3 },
  layerNormWide: { shapes: [[64, 513], [513], [513]], ...normalized },
  layerNormNarrow: { shapes: [[999, 3], [3], [3]], ...normalized },
  layerNormEmpty: { shapes: [[0, 5], [5], [5]], ...normalized },
  layerNormSpecial: { shapes: [[4, 5], [5], [5]], ...normalized, first: [1, 2, NaN, 4, 5, Infinity] },
  linear: linearOf([1111, 37, 53], 'none'),
  linearEmpty: linearOf([0, 3, 5], 'none'),
  linearGelu: linearOf([700, 65, 33], 'gelu'),
  linearSmall: linearOf([3, 2, 1], 'none'),
  linearSpecial: { ...linearOf([40, 5, 21], 'gelu'), first: [NaN, 2, Infinity] },
  linearTall: linearOf([2600, 33, 69], 'none'),
  linearWide: linearOf([33, 300, 520], 'none'),
  scale: scaled([37, 13, 11, 21]),
  scaleWide: scaled([3, 5, 7, 181]),
  scaleSpecial: { ...scaled([2, 2, 2, 3]), first: [NaN, Infinity, -Infinity] },
  softmax: softmaxOf([11, 3, 65, 65], 0.125),
  softmaxNarrow: softmaxOf([333, 3], 1),
  softmaxSpecial: { ...softmaxOf([3, 5], 0.5), first: [NaN, 1, 2, 3, 4, 1, Infinity, 2, 3, 4, -Infinity] },
  softmaxLow: { ...softmaxOf([4, 19], 1), first: Array.from({ length: 19 }, (_, i) => -1000 - i) },
  softmaxWide: softmaxOf([7, 1001], 1),
  swish: { shapes: [[401, 357]], ...ofSwish, factor: 6 },
  swishLarge: { shapes: [[1000]], ...ofSwish, factor: 90 },
  swishSpecial: { shapes: [[19]], ...ofSwish, first: [NaN, Infinity, -Infinity, 0, 1e30, -30, 200, -200] },
};

/** Returns the operands of a case. */
export function operandsOf({ shapes, factor = 1, first = [] }: OperationCase): Float32Array[] {
  return shapes.map((shape, k) => {
    const data = values(shape.reduce((a, b) => a * b), k + 1); // prettier-ignore
    if (k > 0) return data;
    const scaled = data.map((value) => value * factor);
    scaled.set(first);
    return scaled;
  });
}

export function results(given: OperationCase): string[] {
  return tidy(() => {
    const operands = operandsOf(given).map((data, k) => tensor(data, given.shapes[k]));
    const y = given.run(...operands);
    const all = [y, ...grads(given.run)(operands, tensor(values(y.size, 9), y.shape))];
    return all.map((one) => Buffer.from(one.dataSync<'float32'>().slice().buffer).toString('base64'));
  });
}

/** What the program prints. */
export interface OperationValues {
  operations: string | undefined;
  sources: string | undefined;
  cases: Record<string, string[]>;
}

async function main(): Promise<void> {
  const { choice } = await startBackend('tensorflow');
  const cases = Object.fromEntries(Object.entries(CASES).map(([name, given]) => [name, results(given)]));
  const { operations, operationSources: sources } = choice;
  console.log(JSON.stringify({ operations, sources, cases } satisfies OperationValues));
}

if (require.main === module) void main();
