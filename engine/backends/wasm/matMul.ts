/** Products of matrices, transposed or not, and linear layers, with the vector kernels. */
import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { lastAxis, replaceKernel } from '../operations/kernel';
import { sizeOf } from '../../tensors';
import { correlateFilter, LANES, multiply, packPanels, roundUp } from './correlation';
import { biasGradient, geluAndSlope } from './elementwise';
import { defineKernel, heapOf, type Heap, type HeapBackend } from './heap';

interface Attributes {
  transposeA: boolean;
  transposeB: boolean;
}

export function registerMatMul(): void {
  replaceKernel({ name: 'BatchMatMul', backend: 'wasm', implemented: ['transposeA', 'transposeB'] }, ours);
  registerLinear();
}

/** The results are the same as those of single operations. */
function registerLinear(): void {
  defineKernel('SignLinear', ['activation'], ({ x, weight, bias }, { activation }, heap) => {
    const sum = plain(heap, { a: x!, b: weight!, transposeB: false, bias });
    if (activation === 'none') return [sum];
    const outputs = geluAndSlope(heap, sum);
    heap.free(sum);
    return outputs;
  });
  defineKernel('SignLinearGradient', [], ({ x, dy }, _, heap) => [
    ofTransposed(heap, x!, dy!),
    biasGradient(heap, dy!),
  ]);
}

/**
 * Our kernels multiply single matrices, as in linear layers, and batches of equal numbers of matrices, as in attention. Other products use
 * the kernel of tfjs.
 */
function ours(stock: KernelFunc): KernelFunc {
  return (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const transposed = call.attrs as NamedAttrMap & Attributes;
    const { transposeA, transposeB } = transposed;
    const heap = heapOf(call.backend as HeapBackend);
    const [left, right] = [a, b].map((x) => x.shape.slice(0, -2)) as [number[], number[]];
    const isSingle = sizeOf(left) === 1 && sizeOf(right) === 1;
    if (!isSingle && left.join() === right.join()) return batch(heap, { a, b }, transposed);
    if (!isSingle || (transposeA && transposeB)) return stock(call);
    const product = transposeA ? ofTransposed(heap, a, b) : plain(heap, { a, b, transposeB });
    return { ...product, shape: [...(left.length > right.length ? left : right), ...product.shape.slice(-2)] };
  };
}

const FLOAT = 4;

/** Multiplies each matrix of a by the matrix of b with the same index. */
function batch(
  heap: Heap,
  { a, b }: { a: TensorInfo; b: TensorInfo },
  { transposeA, transposeB }: Attributes,
): TensorInfo {
  const axes = (x: TensorInfo, transposed: boolean) => {
    const [first, second] = x.shape.slice(-2) as [number, number];
    return transposed
      ? { rows: second, columns: first, steps: [1, second] }
      : { rows: first, columns: second, steps: [second, 1] };
  };
  const [left, right] = [axes(a, transposeA), axes(b, transposeB)];
  const [rows, inner, outputs] = [left.rows, left.columns, right.columns];
  const outer = a.shape.slice(0, -2);
  const out = heap.allocate([...outer, rows, outputs]);
  const panels = Math.ceil(outputs / LANES) * LANES * inner;
  const room = roundUp(panels + rows * inner);
  const scratch = heap.allocate([heap.pool.threads, room]);
  const addresses = [a, b, out].map((x) => heap.address(x));
  const sizes = [rows, inner, outputs, ...left.steps, ...right.steps];
  const args = [...addresses, ...sizes, heap.address(scratch), room * FLOAT, panels * FLOAT];
  heap.pool.run('multiplyMany', args, { units: sizeOf(outer), cost: rows * inner * outputs });
  heap.free(scratch);
  return out;
}

interface Product {
  a: TensorInfo;
  b: TensorInfo;
  transposeB: boolean;
  bias?: TensorInfo | undefined;
}

function plain(heap: Heap, { a, b, transposeB, bias }: Product): TensorInfo {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const outputs = b.shape.at(transposeB ? -2 : -1)!;
  const steps = transposeB ? ([0, 0, 1, inner] as const) : ([0, 0, outputs, 1] as const);
  const panels = packPanels(heap, b, { taps: [1, 1], inputs: inner, outputs, first: 0, steps });
  const out = multiply(heap, { left: a, panels, shape: [rows, inner, outputs], bias });
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
  const outputs = lastAxis(b);
  let rows = Math.min(MOST_ROWS, inner);
  while (inner % rows > 0) rows--;
  const images = (matrix: TensorInfo, channels: number) => ({ ...matrix, shape: [inner / rows, 1, rows, channels] });
  const x = { tensor: images(a, inputs), before: [0, 0], after: [0, 0] } as const;
  const sums = correlateFilter(heap, { x, step: 1, dy: images(b, outputs), taps: [1, 1] });
  return { ...sums, shape: [inputs, outputs] };
}
