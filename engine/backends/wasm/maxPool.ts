/** Max pooling with symmetric padding. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { PoolAttributes } from '../operations/attributes';
import { outputSize } from '../operations/convolution';
import { defineKernel, type Heap } from './heap';

export function registerMaxPool(): void {
  defineKernel('SignMaxPool', ['size', 'stride', 'padding'], ({ x }, attributes, heap) => {
    const [n, height, width, channels] = x!.shape as [number, number, number, number];
    const out = heap.allocate([
      n,
      outputSize(height, attributes.size, attributes),
      outputSize(width, attributes.size, attributes),
      channels,
    ]);
    pool(heap, { kernel: 'maxPool', tensors: [x!, out], x: x!, y: out, attributes });
    return out;
  });

  defineKernel('SignMaxPoolGradient', ['size', 'stride', 'padding'], ({ dy, x, y }, attributes, heap) => {
    const out = heap.allocate(x!.shape);
    pool(heap, { kernel: 'maxPoolGradient', tensors: [dy!, x!, y!, out], x: x!, y: y!, attributes });
    return out;
  });
}

interface Pooling {
  kernel: 'maxPool' | 'maxPoolGradient';
  /** The arguments of the kernel, in its order. */
  tensors: TensorInfo[];
  x: TensorInfo;
  y: TensorInfo;
  attributes: PoolAttributes;
}

function pool(heap: Heap, { kernel, tensors, x, y, attributes: { size, stride, padding } }: Pooling): void {
  const [units, height, width, channels] = x.shape as [number, number, number, number];
  const [, rows, columns] = y.shape as [number, number, number, number];
  const addresses = tensors.map((tensor) => heap.address(tensor));
  const work = { units, cost: rows * columns * channels * size * size };
  heap.pool.run(kernel, [...addresses, height, width, channels, rows, columns, size, stride, padding], work);
}
