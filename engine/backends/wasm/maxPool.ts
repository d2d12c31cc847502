/** Max pooling with symmetric padding. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { outputSize, type PoolAttributes } from '../operations/convolution';
import { defineKernel } from './heap';

export function registerMaxPool(): void {
  defineKernel<PoolAttributes>('SignMaxPool', ({ x }, attributes, heap) => {
    const [n, height, width, channels] = x!.shape as [number, number, number, number];
    const out = heap.allocate([
      n,
      outputSize(height, attributes.size, attributes),
      outputSize(width, attributes.size, attributes),
      channels,
    ]);
    const [from, to] = [heap.floats(x), heap.floats(out).fill(-Infinity)];
    eachPair(x!, out, attributes, (i, o) => {
      for (let c = 0; c < channels; c++) if (!(from[i + c]! <= to[o + c]!)) to[o + c] = from[i + c]!;
    });
    return out;
  });

  defineKernel<PoolAttributes>('SignMaxPoolGradient', ({ dy, x, y }, attributes, heap) => {
    const channels = x!.shape[3]!;
    const out = heap.allocate(x!.shape);
    const [gradient, from, largest, to] = [heap.floats(dy), heap.floats(x), heap.floats(y), heap.floats(out).fill(0)];
    const given = new Uint8Array(gradient.length);
    eachPair(x!, y!, attributes, (i, o) => {
      for (let c = 0; c < channels; c++) {
        if (given[o + c] || from[i + c] !== largest[o + c]) continue;
        to[i + c]! += gradient[o + c]!;
        given[o + c] = 1; // the first of equals takes the gradient, as in PyTorch
      }
    });
    return out;
  });
}

/** Calls with the offsets of an input pixel and of an output pixel whose window holds it, windows in row order. */
function eachPair(
  x: TensorInfo,
  y: TensorInfo,
  { size, stride, padding }: PoolAttributes,
  visit: (input: number, output: number) => void,
): void {
  const [n, height, width, channels] = x.shape as [number, number, number, number];
  const [, rows, columns] = y.shape as [number, number, number, number];
  for (let image = 0; image < n; image++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let window = 0; window < size * size; window++) {
          const h = row * stride - padding + Math.floor(window / size);
          const w = column * stride - padding + (window % size);
          if (h < 0 || h >= height || w < 0 || w >= width) continue;
          visit(((image * height + h) * width + w) * channels, ((image * rows + row) * columns + column) * channels);
        }
}
