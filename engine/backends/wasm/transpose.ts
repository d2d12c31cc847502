/** Transposes float32 tensors if the last two of three axes are swapped, or if the last of at most five axes stays. Others use the kernel of tfjs. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../tensors';
import { replaceKernel } from '../operations/kernel';
import { heapOf, type Heap, type HeapBackend } from './heap';

export function registerTranspose(): void {
  replaceKernel({ name: 'Transpose', backend: 'wasm', implemented: ['perm'] }, ours);
}

function ours(stock: KernelFunc): KernelFunc {
  return (call) => {
    const x = call.inputs['x']!;
    const { perm } = call.attrs as { perm: number[] };
    const heap = heapOf(call.backend as HeapBackend);
    const last = perm.length - 1;
    if (x.dtype !== 'float32') return stock(call);
    if (perm.join() === '0,2,1') return swapAxes(heap, x);
    return last >= 1 && last <= OUTER && perm[last] === last ? permute(heap, x, perm) : stock(call);
  };
}

function swapAxes(heap: Heap, x: TensorInfo): TensorInfo {
  const [units, rows, columns] = x.shape as [number, number, number];
  const out = heap.allocate([units, columns, rows]);
  const args = [heap.address(x), heap.address(out), rows, columns];
  heap.pool.run('swapAxes', args, { units, cost: rows * columns });
  return out;
}

const FLOAT = 4;
/** Greatest number of axes before the last one. */
const OUTER = 4;

/** Copies the vectors along the last axis. */
function permute(heap: Heap, x: TensorInfo, perm: readonly number[]): TensorInfo {
  const shape = perm.map((axis) => x.shape[axis]!);
  const out = heap.allocate(shape);
  const outer = perm.slice(0, -1);
  const missing = Array<number>(OUTER - outer.length).fill(0);
  const [, b = 1, c = 1, d = 1] = [...missing.map(() => 1), ...shape.slice(0, -1)];
  const steps = [...missing, ...outer.map((axis) => sizeOf(x.shape.slice(axis + 1)) * FLOAT)];
  const size = shape.at(-1)!;
  const args = [heap.address(x), heap.address(out), b, c, d, ...steps, size * FLOAT];
  heap.pool.run('permute', args, { units: sizeOf(shape) / (d * size), cost: d * size });
  return out;
}
