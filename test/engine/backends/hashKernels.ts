/**
 * A program that prints hashes of the results and gradients of our operations on WASM. The tensors are large enough for several
 * threads.
 */
import { grads, matMul, tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Rank, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { createHash } from 'node:crypto';
import { startBackend } from '../../../engine/backends/startBackend';
import { conv2d, maxPool } from '../../../engine/backends/operations/convolution';
import '../../../engine/backends/operations/stock';
import { addBias, addRelu, gelu, globalMean } from '../../../engine/backends/operations/elementwise';
import { swish } from '../../../engine/backends/operations/activations';
import { attention } from '../../../engine/backends/operations/attention';
import { scaleChannels } from '../../../engine/backends/operations/channels';
import { drawKey, drawNumbers, dropConnect, dropout } from '../../../engine/backends/operations/dropout';
import { batchNorm, groupNorm, layerNorm, normalize } from '../../../engine/backends/operations/normalization';
import { values } from './reference';

const EPSILON = 1e-5;
const DRAWN = drawNumbers(1, 'dropout', 2, 3);

/** Operations with the shapes of their operands. The sizes are odd, so threads get parts of different sizes. */
const OPERATIONS: Record<string, { shapes: number[][]; run: (...x: Tensor[]) => Tensor }> = {
  convolution: {
    shapes: [
      [37, 13, 11, 12],
      [3, 3, 12, 19],
    ],
    run: (x, filter) => conv2d(x as Tensor4D, filter as Tensor4D, { stride: 1, padding: 1 }),
  },
  strided: {
    shapes: [
      [37, 13, 11, 8],
      [3, 3, 8, 16],
    ],
    run: (x, filter) => conv2d(x as Tensor4D, filter as Tensor4D, { stride: 2, padding: 1 }),
  },
  product: {
    shapes: [
      [1111, 37],
      [37, 43],
    ],
    run: (a, b) => matMul(a as Tensor2D, b as Tensor2D),
  },
  batchNorm: {
    shapes: [[33, 17, 16, 7], [7], [7]],
    run: (x, scale, shift) => batchNorm(x as Tensor4D, psi(scale, shift), { epsilon: EPSILON, relu: true }).y,
  },
  layerNorm: {
    shapes: [[1111, 37], [37], [37]],
    run: (x, scale, shift) => layerNorm(x, psi(scale, shift), { epsilon: EPSILON }),
  },
  maxPool: {
    shapes: [[37, 13, 11, 13]],
    run: (x) => maxPool(x as Tensor4D, { size: 3, stride: 2, padding: 1 }),
  },
  addRelu: {
    shapes: [
      [401, 357],
      [401, 357],
    ],
    run: (x, addend) => addRelu(x, addend),
  },
  addBias: { shapes: [[401, 357], [357]], run: (x, bias) => addBias(x, bias as Tensor1D) },
  gelu: { shapes: [[401, 357]], run: gelu },
  globalMean: { shapes: [[37, 13, 11, 13]], run: (x) => globalMean(x as Tensor4D) },
  depthwise: {
    shapes: [
      [37, 13, 11, 21],
      [3, 3, 1, 21],
    ],
    run: (x, filter) => conv2d(x as Tensor4D, filter as Tensor4D, { stride: 2, padding: 1, groups: 21 }),
  },
  grouped: {
    shapes: [
      [37, 13, 11, 12],
      [3, 3, 4, 9],
    ],
    run: (x, filter) => conv2d(x as Tensor4D, filter as Tensor4D, { stride: 1, padding: 1, groups: 3 }),
  },
  products: {
    shapes: [
      [41, 3, 17, 13],
      [41, 3, 13, 19],
    ],
    run: (a, b) => matMul(a, b),
  },
  attention: { shapes: [[41, 17, 96]], run: (x) => attention(x as Tensor3D, { heads: 4 }) },
  swish: { shapes: [[401, 357]], run: swish },
  scale: {
    shapes: [
      [37, 13, 11, 13],
      [37, 13],
    ],
    run: (x, factors) => scaleChannels(x as Tensor4D, factors as Tensor2D),
  },
  groupNorm: {
    shapes: [[37, 13, 11, 12], [12], [12]],
    run: (x, scale, shift) => groupNorm(x as Tensor4D, psi(scale, shift), { groups: 3, epsilon: EPSILON }),
  },
  dropout: { shapes: [[401, 357]], run: (x) => dropout(x, { rate: 0.5, key: drawKey(DRAWN), layer: 'a' }) },
  dropConnect: { shapes: [[401, 357]], run: (x) => dropConnect(x, { rate: 0.5, key: drawKey(DRAWN), layer: 'a' }) },
  permuted: { shapes: [[37, 41, 3, 13]], run: (x) => transpose(x, [2, 0, 1, 3]) },
  transposed: { shapes: [[37, 41, 43]], run: (x) => transpose(x as Tensor3D, [0, 2, 1]) },
};

function psi(scale: Tensor | undefined, shift: Tensor | undefined): { scale: Tensor1D; shift: Tensor1D } {
  return { scale: scale as Tensor1D, shift: shift as Tensor1D };
}

function hash(x: Tensor): string {
  return createHash('sha256').update(x.dataSync<'float32'>()).digest('hex').slice(0, 16);
}

function hashes({ shapes, run }: (typeof OPERATIONS)[string]): string[] {
  return tidy(() => {
    const operands = shapes.map((shape, i) =>
      tensor(
        values(
          shape.reduce((a, b) => a * b),
          i + 1,
        ),
        shape,
      ),
    );
    const y = run(...operands);
    return [y, ...grads(run)(operands, tensor(values(y.size, 9), y.shape))].map(hash);
  });
}

/** Not differentiable. */
function normalized(): string[] {
  return tidy(() => {
    const x = tensor<Rank.R4>(values(33 * 17 * 16 * 7, 1), [33, 17, 16, 7]);
    const [mean, variance, scale, shift] = [1, 2, 3, 4].map((seed) =>
      tensor(
        values(7, seed).map((value) => 1.5 + value),
        [7],
      ),
    ) as [Tensor1D, Tensor1D, Tensor1D, Tensor1D];
    return [hash(normalize(x, { mean, variance, scale, shift }, { epsilon: EPSILON, relu: false }))];
  });
}

async function main(): Promise<void> {
  const backend = await startBackend('wasm');
  const named = Object.entries(OPERATIONS).map(([name, operation]) => [name, hashes(operation)] as const);
  console.log(JSON.stringify(Object.fromEntries([...named, ['normalize', normalized()]])));
  backend.dispose();
}

void main();
