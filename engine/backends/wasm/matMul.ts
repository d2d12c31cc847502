/** Products of matrices, transposed or not, with the vector kernels. */
import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { elements, replaceKernel } from '../operations/kernel';
import { correlateFilter, multiply, packPanels } from './correlation';
import { heapOf, type Heap, type HeapBackend } from './heap';

interface Attributes {
  transposeA: boolean;
  transposeB: boolean;
}

export function registerMatMul(): void {
  replaceKernel({ name: 'BatchMatMul', backend: 'wasm', implemented: ['transposeA', 'transposeB'] }, single);
}

/**
 * Our kernel multiplies single matrices, as in linear layers. Batches, and products with both matrices transposed, use the kernel of
 * tfjs.
 */
function single(stock: KernelFunc): KernelFunc {
  return (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = call.attrs as NamedAttrMap & Attributes;
    const one = [a, b].every((matrix) => elements(matrix) === matrix.shape.at(-1)! * matrix.shape.at(-2)!);
    if (!one || (transposeA && transposeB)) return stock(call);
    const heap = heapOf(call.backend as HeapBackend);
    const product = transposeA ? ofTransposed(heap, a, b) : plain(heap, { a, b, transposeB });
    const batch = (a.shape.length > b.shape.length ? a : b).shape.slice(0, -2);
    return { ...product, shape: [...batch, ...product.shape.slice(-2)] };
  };
}

function plain(heap: Heap, { a, b, transposeB }: { a: TensorInfo; b: TensorInfo; transposeB: boolean }): TensorInfo {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const outputs = elements(b) / inner;
  const steps = transposeB ? ([0, 0, 1, inner] as const) : ([0, 0, outputs, 1] as const);
  const panels = packPanels(heap, b, { taps: [1, 1], inputs: inner, outputs, first: 0, steps });
  const out = multiply(heap, { left: a, panels, shape: [rows, inner, outputs] });
  heap.free(panels.tensor);
  return out;
}

/**
 * aᵀ·b is a sum over rows. The sum is split into parts of at most this many rows. It is computed like the gradient of a 1 × 1 filter, and
 * each part counts as an image.
 */
const MOST_ROWS = 256;

function ofTransposed(heap: Heap, a: TensorInfo, b: TensorInfo): TensorInfo {
  const [inner, inputs] = a.shape.slice(-2) as [number, number];
  const outputs = elements(b) / inner;
  let rows = Math.min(MOST_ROWS, inner);
  while (inner % rows > 0) rows--;
  const images = (matrix: TensorInfo, channels: number) => ({ ...matrix, shape: [inner / rows, 1, rows, channels] });
  const x = { tensor: images(a, inputs), before: [0, 0], after: [0, 0] } as const;
  return correlateFilter(heap, { x, step: 1, dy: images(b, outputs), taps: [1, 1] });
}
