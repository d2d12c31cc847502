/** Slices, splits, padding and concatenation of rows. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel, type Heap } from './heap';

const FLOAT = 4;

export function registerSlices(): void {
  defineKernel('SignSlice', ['begin', 'size', 'row'], ({ x }, { begin, size, row }, heap) => {
    const out = heap.allocate([x!.shape[0]!, size]);
    copyRows(heap, { tensor: x!, begin, row }, { tensor: out, begin: 0, row: size }, size);
    return out;
  });

  defineKernel('SignSplit', ['sizes'], ({ x }, { sizes }, heap) => {
    const [rows, row] = x!.shape as [number, number];
    const parts = sizes.map((size) => heap.allocate([rows, size]));
    let begin = 0;
    sizes.forEach((size, i) => {
      copyRows(heap, { tensor: x!, begin, row }, { tensor: parts[i]!, begin: 0, row: size }, size);
      begin += size;
    });
    return parts;
  });

  defineKernel('SignPad', ['begin', 'size', 'row'], ({ x }, { begin, size, row }, heap) => {
    const units = x!.shape[0]!;
    const out = heap.allocate([units, row]);
    const sizes = [size, row, begin].map((floats) => floats * FLOAT);
    heap.pool.run('padRows', [heap.address(x!), heap.address(out), ...sizes], { units, cost: row });
    return out;
  });

  defineKernel('SignConcat', ['sizes'], (inputs, { sizes }, heap) => {
    const row = sizes.reduce((sum, size) => sum + size, 0);
    const out = heap.allocate([inputs['x0']!.shape[0]!, row]);
    let begin = 0;
    sizes.forEach((size, i) => {
      copyRows(heap, { tensor: inputs[`x${i}`]!, begin: 0, row: size }, { tensor: out, begin, row }, size);
      begin += size;
    });
    return out;
  });
}

/** Rows of a tensor: the size of each, and the first element that is copied. */
interface Rows {
  tensor: TensorInfo;
  begin: number;
  row: number;
}

/** Copies `size` elements of each row. */
function copyRows(heap: Heap, from: Rows, to: Rows, size: number): void {
  const addresses = [from, to].map(({ tensor, begin }) => heap.address(tensor) + begin * FLOAT);
  const args = [...addresses, from.row * FLOAT, to.row * FLOAT, size * FLOAT];
  heap.pool.run('copyRows', args, { units: from.tensor.shape[0]!, cost: size });
}
