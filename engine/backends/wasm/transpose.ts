/** Swaps the last two axes, which the mixer does often. Other transpositions use the kernel of tfjs. */
import type { KernelFunc } from '@tensorflow/tfjs-core';
import { replaceKernel } from '../operations/kernel';
import { heapOf, type HeapBackend } from './heap';

export function registerTranspose(): void {
  replaceKernel({ name: 'Transpose', backend: 'wasm', implemented: ['perm'] }, swapAxes);
}

function swapAxes(stock: KernelFunc): KernelFunc {
  return (call) => {
    const x = call.inputs['x']!;
    const { perm } = call.attrs as { perm: number[] };
    if (x.dtype !== 'float32' || perm.join() !== '0,2,1') return stock(call);
    const heap = heapOf(call.backend as HeapBackend);
    const [units, rows, columns] = x.shape as [number, number, number];
    const out = heap.allocate([units, columns, rows]);
    const args = [heap.address(x), heap.address(out), rows, columns];
    heap.pool.run('swapAxes', args, { units, cost: rows * columns });
    return out;
  };
}
