/** A program that prints how many results of linear layers on WASM were compared with single operations, and which differ. */
import {
  grads,
  matMul,
  tensor1d,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { LinearActivation } from '../../../engine/backends/operations/attributes';
import { addBias, gelu } from '../../../engine/backends/operations/elementwise';
import { hasKernel } from '../../../engine/backends/operations/kernel';
import { linear } from '../../../engine/backends/operations/linear';
import { startBackend } from '../../../engine/backends/startBackend';
import { values } from './reference';

export interface Compared {
  kernels: string;
  threads: number;
  results: number;
  differing: string[];
}

/** Rows, inputs and outputs, also of matrices of several blocks and of parts of tiles. */
const SIZES = [
  [1, 1, 1],
  [3, 5, 7],
  [13, 17, 9],
  [64, 512, 8],
  [257, 33, 50],
  [1000, 784, 100],
  [5, 3000, 3],
  [1023, 64, 12],
  [12, 513, 16],
  [2048, 100, 4],
  [777, 10, 10],
] as const;

const RESULTS = ['y', 'dx', 'dweight', 'dbias'];

function composed(x: Tensor2D, weight: Tensor2D, bias: Tensor1D, activation: LinearActivation): Tensor2D {
  const product: Tensor2D = matMul(x, weight);
  const sum = addBias(product, bias);
  return activation === 'gelu' ? gelu(sum) : sum;
}

/** Returns the names of the results that differ in a bit. */
function differing([rows, inputs, outputs]: (typeof SIZES)[number], activation: LinearActivation): string[] {
  return tidy(() => {
    const numbers = (size: number, seed: number) => values(size, seed).map((value) => 2 * value);
    const x = tensor2d(numbers(rows * inputs, 1), [rows, inputs]);
    const weight = tensor2d(numbers(inputs * outputs, 2), [inputs, outputs]);
    const bias = tensor1d(numbers(outputs, 3));
    const dy = tensor2d(numbers(rows * outputs, 4), [rows, outputs]);
    const bytes = (compute: (...given: [Tensor2D, Tensor2D, Tensor1D]) => Tensor2D): Buffer[] => {
      const run = (...given: Tensor[]) => compute(...(given as [Tensor2D, Tensor2D, Tensor1D]));
      return [compute(x, weight, bias), ...grads(run)([x, weight, bias], dy)].map((result) =>
        Buffer.from(result.dataSync<'float32'>().slice().buffer),
      );
    };
    const one = bytes((a, b, c) => linear(a, { weight: b, bias: c }, activation));
    const several = bytes((a, b, c) => composed(a, b, c, activation));
    return RESULTS.filter((_, i) => !one[i]!.equals(several[i]!)).map(
      (result) => `${result} of ${rows} × ${inputs} × ${outputs}, ${activation}`,
    );
  });
}

async function main(): Promise<void> {
  const backend = await startBackend('wasm');
  if (!hasKernel('SignLinear')) throw new Error('wasm has no kernel for linear layers');
  const { kernels = '', threads } = backend.choice;
  const activations = ['none', 'gelu'] as const;
  const differences = activations.flatMap((activation) => SIZES.flatMap((size) => differing(size, activation)));
  const results = activations.length * SIZES.length * RESULTS.length;
  const compared: Compared = { kernels, threads, results, differing: differences };
  console.log(JSON.stringify(compared));
  backend.dispose();
}

void main();
