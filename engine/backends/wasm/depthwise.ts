/** Depthwise convolution with one filter for each channel, and its gradients. */
import type { ConvolutionAttributes } from '../operations/attributes';
import { outputSize } from '../operations/convolution';
import { defineKernel } from './heap';

type Shape4 = [number, number, number, number];

export function registerDepthwise(): void {
  defineKernel('SignDepthwise', ['stride', 'padding'], ({ x, filter }, attributes, heap) => {
    const [n, height, width, channels] = x!.shape as Shape4;
    const [tapRows, tapColumns] = filter!.shape as Shape4;
    const [rows, columns] = [outputSize(height, tapRows, attributes), outputSize(width, tapColumns, attributes)];
    const out = heap.allocate([n, rows, columns, channels]);
    const [from, weights, to] = [heap.floats(x), heap.floats(filter), heap.floats(out).fill(0)];
    eachProduct({ x: x!.shape, filter: filter!.shape, y: out.shape }, attributes, (i, k, o) => {
      for (let c = 0; c < channels; c++) to[o + c]! += from[i + c]! * weights[k + c]!;
    });
    return out;
  });

  defineKernel('SignDepthwiseInputGradient', ['stride', 'padding', 'shape'], ({ dy, filter }, attributes, heap) => {
    const out = heap.allocate(attributes.shape);
    const channels = out.shape[3]!;
    const [gradient, weights, to] = [heap.floats(dy), heap.floats(filter), heap.floats(out).fill(0)];
    eachProduct({ x: out.shape, filter: filter!.shape, y: dy!.shape }, attributes, (i, k, o) => {
      for (let c = 0; c < channels; c++) to[i + c]! += gradient[o + c]! * weights[k + c]!;
    });
    return out;
  });

  defineKernel('SignDepthwiseFilterGradient', ['stride', 'padding', 'shape'], ({ x, dy }, attributes, heap) => {
    const out = heap.allocate(attributes.shape);
    const channels = out.shape[3]!;
    const [gradient, from] = [heap.floats(dy), heap.floats(x)];
    const sums = new Float64Array(heap.floats(out).length);
    eachProduct({ x: x!.shape, filter: out.shape, y: dy!.shape }, attributes, (i, k, o) => {
      for (let c = 0; c < channels; c++) sums[k + c]! += gradient[o + c]! * from[i + c]!;
    });
    heap.floats(out).set(sums);
    return out;
  });
}

/** Calls a function for each pixel under each tap, with the indices of the first channel in x, filter and y. */
function eachProduct(
  shapes: Record<'x' | 'filter' | 'y', readonly number[]>,
  { stride, padding }: ConvolutionAttributes,
  visit: (x: number, filter: number, y: number) => void,
): void {
  const [n, height, width, channels] = shapes.x as Shape4;
  const [tapRows, tapColumns] = shapes.filter as Shape4;
  const [, rows, columns] = shapes.y as Shape4;
  for (let image = 0; image < n; image++)
    for (let r = 0; r < rows; r++)
      for (let q = 0; q < columns; q++)
        for (let a = 0; a < tapRows; a++)
          for (let b = 0; b < tapColumns; b++) {
            const [h, w] = [r * stride + a - padding, q * stride + b - padding];
            if (h < 0 || h >= height || w < 0 || w >= width) continue;
            visit(
              ((image * height + h) * width + w) * channels,
              (a * tapColumns + b) * channels,
              ((image * rows + r) * columns + q) * channels,
            );
          }
}
