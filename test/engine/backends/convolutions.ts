/** Computes a convolution and its gradients with the kernels of the wasm backend in memory of their own, and with sums in double precision. */
import assert from 'node:assert/strict';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { convolve, filterGradient, inputGradient } from '../../../engine/backends/wasm/convolution';
import type { Heap } from '../../../engine/backends/wasm/heap';
import type { PoolOptions } from '../../../engine/backends/wasm/pool';
import { sizeOf } from '../../../engine/tensors';
import { memoryHeap } from './memoryHeap';
import { eachProduct, values, type ConvolutionCase } from './reference';

/** The sets of instructions. */
export const SETS = ['simd', 'relaxed'] as const;

/** The kernels of convolutions: their instructions and, of the relaxed ones, the rows of tiles. */
export const KERNELS: readonly (Pick<PoolOptions, 'set' | 'rows'> & { kernels: string })[] = [
  { kernels: 'simd', set: 'simd' },
  { kernels: 'relaxed, 4 rows', set: 'relaxed', rows: 4 },
  { kernels: 'relaxed, 6 rows', set: 'relaxed', rows: 6 },
];

/** Much more than the rounding errors of these sums, which have up to 3,000 terms, and much less than a wrong term. */
export const TOLERANCE = 1e-5;

/** Output, input gradient, filter gradient. */
export type Results = [Float64Array | Float32Array, Float64Array | Float32Array, Float64Array | Float32Array];

export interface Problem {
  given: ConvolutionCase;
  x: Float32Array;
  filter: Float32Array;
  dy: Float32Array;
  shapes: { x: number[]; filter: number[]; y: number[] };
}

export function problem(given: ConvolutionCase): Problem {
  const shapes = {
    x: given.x,
    filter: [given.filter[0], given.filter[1], given.x[3], given.filter[2]],
    y: eachProduct(given, () => undefined),
  };
  const [x, filter, dy] = [values(sizeOf(shapes.x), 1), values(sizeOf(shapes.filter), 2), values(sizeOf(shapes.y), 3)];
  return { given, shapes, x, filter, dy };
}

export function exact({ given, x, filter, dy }: Problem): Results {
  const [y, dx, dw] = [dy, x, filter].map(({ length }) => new Float64Array(length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  eachProduct(given, (i, k, o) => {
    y[o]! += x[i]! * filter[k]!;
    dx[i]! += dy[o]! * filter[k]!;
    dw[k]! += dy[o]! * x[i]!;
  });
  return [y, dx, dw];
}

export function computed({ given, shapes, ...data }: Problem, options: Partial<PoolOptions>): Results {
  const heap = memoryHeap({ threads: 1, set: 'simd', winograd: true, gelu32: false, ...options });
  try {
    const tensorOf = (values: Float32Array, shape: number[]) => filled(heap, values, shape);
    const [x, filter, dy] = [
      tensorOf(data.x, shapes.x),
      tensorOf(data.filter, shapes.filter),
      tensorOf(data.dy, shapes.y),
    ];
    const { stride, padding } = given;
    const tensors = [
      convolve(heap, { x, filter, stride, padding }),
      inputGradient(heap, { dy, filter, stride, padding, shape: shapes.x }),
      filterGradient(heap, { x, dy, stride, padding, shape: shapes.filter }),
    ];
    assert.deepEqual(tensors[0]!.shape, shapes.y);
    return tensors.map((tensor) => heap.floats(tensor).slice()) as Results;
  } finally {
    heap.dispose();
  }
}

function filled(heap: Heap, values: Float32Array, shape: number[]): TensorInfo {
  const tensor = heap.allocate(shape);
  heap.floats(tensor).set(values);
  return tensor;
}

/** Returns the largest error relative to the largest value, or to ½ if all are smaller, as in a single sum that happens to be almost 0. */
export function errorOf(found: Results[0], expected: Results[0]): number {
  let [error, largest] = [0, 0.5];
  expected.forEach((value, i) => {
    error = Math.max(error, Math.abs(found[i]! - value));
    largest = Math.max(largest, Math.abs(value));
  });
  assert.ok(!found.some(Number.isNaN), 'NaN');
  return error / largest;
}
