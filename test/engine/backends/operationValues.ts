/** A program that prints the results and gradients of operations on TensorFlow as JSON: for each case, base64 of float32. */
import { grads, tensor, tidy, type Tensor, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import { conv2d } from '../../../engine/backends/operations/convolution';
import { gelu } from '../../../engine/backends/operations/elementwise';
import { batchNorm, layerNorm } from '../../../engine/backends/operations/normalization';
import { startBackend } from '../../../engine/backends/startBackend';
import { values } from './reference';

/** The values of the operands are given by shape and seed, or in full. Input k has seed k + 1, dy has seed 9. */
export interface OperationCase {
  shapes: number[][];
  run: (...x: Tensor[]) => Tensor;
  /** Multiplies the first operand. */
  factor?: number;
  /** Replaces the first values of the first operand. */
  first?: number[];
}

const psi = (scale: Tensor, shift: Tensor) => ({ scale: scale as Tensor1D, shift: shift as Tensor1D });
const normalized = (x: Tensor, scale: Tensor, shift: Tensor) => layerNorm(x, psi(scale, shift), { epsilon: 1e-5 });
const ofBatch =
  (relu: boolean) =>
  (x: Tensor, scale: Tensor, shift: Tensor): Tensor =>
    batchNorm(x as Tensor4D, psi(scale, shift), { epsilon: 1e-5, relu }).y;
const depthwise =
  (stride: number, padding: number) =>
  (x: Tensor, filter: Tensor): Tensor =>
    conv2d(x as Tensor4D, filter as Tensor4D, { stride, padding, groups: x.shape[3]! });

/** Odd sizes do not fill vectors, and give threads parts of different sizes. */
export const CASES: Record<string, OperationCase> = {
  batchNorm: { shapes: [[33, 17, 16, 7], [7], [7]], run: ofBatch(false), factor: 3 },
  batchNormWide: { shapes: [[3, 9, 7, 181], [181], [181]], run: ofBatch(false) },
  batchNormRelu: { shapes: [[33, 17, 16, 16], [16], [16]], run: ofBatch(true) },
  batchNormReluWide: { shapes: [[5, 13, 11, 69], [69], [69]], run: ofBatch(true) },
  batchNormSpecial: { shapes: [[2, 1, 2, 3], [3], [3]], run: ofBatch(false), first: [1, NaN, 3, Infinity] },
  depthwise: {
    shapes: [
      [37, 13, 11, 21],
      [3, 3, 1, 21],
    ],
    run: depthwise(1, 1),
  },
  depthwiseStrided: {
    shapes: [
      [9, 14, 13, 117],
      [3, 3, 1, 117],
    ],
    run: depthwise(2, 1),
  },
  depthwiseLarge: {
    shapes: [
      [5, 9, 10, 70],
      [5, 5, 1, 70],
    ],
    run: depthwise(1, 2),
  },
  depthwiseSmall: {
    shapes: [
      [2, 3, 2, 16],
      [3, 2, 1, 16],
    ],
    run: depthwise(3, 0),
  },
  gelu: { shapes: [[401, 357]], run: gelu, factor: 6 },
  geluSmall: { shapes: [[3]], run: gelu },
  geluEmpty: { shapes: [[0, 5]], run: gelu },
  geluSpecial: { shapes: [[19]], run: gelu, first: [NaN, Infinity, -Infinity, 0, 1e30, -30] },
  layerNorm: { shapes: [[1111, 37], [37], [37]], run: normalized, factor: 3 },
  layerNormWide: { shapes: [[64, 513], [513], [513]], run: normalized },
  layerNormNarrow: { shapes: [[999, 3], [3], [3]], run: normalized },
  layerNormEmpty: { shapes: [[0, 5], [5], [5]], run: normalized },
  layerNormSpecial: { shapes: [[4, 5], [5], [5]], run: normalized, first: [1, 2, NaN, 4, 5, Infinity] },
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
  cases: Record<string, string[]>;
}

async function main(): Promise<void> {
  const { choice } = await startBackend('tensorflow');
  const cases = Object.fromEntries(Object.entries(CASES).map(([name, given]) => [name, results(given)]));
  console.log(JSON.stringify({ operations: choice.operations, cases } satisfies OperationValues));
}

if (require.main === module) void main();
