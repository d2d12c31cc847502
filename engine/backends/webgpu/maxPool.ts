/**
 * Max pooling with symmetric padding. In the gradient, each thread adds up the values for one pixel, so two threads never write to the
 * same place.
 */
import type { PoolAttributes } from '../operations/attributes';
import { outputSize } from '../operations/convolution';
import { defineKernel, elementwise } from './program';

type Shape4 = [number, number, number, number];

export function registerMaxPool(): void {
  defineKernel('SignMaxPool', ['size', 'stride', 'padding'], ({ x }, attributes, gpu) => {
    const [n, height, width, channels] = x!.shape as Shape4;
    const [rows, columns] = [height, width].map((size) => outputSize(size, attributes.size, attributes)) as [
      number,
      number,
    ];
    return gpu.run(
      elementwise({
        name: 'max pool',
        inputs: { x },
        shape: [n, rows, columns, channels],
        integers: sizes({ height, width, rows, columns, channels }, attributes),
        before: `let c = index % uniforms.channels;
        let q = index / uniforms.channels % uniforms.columns;
        let r = index / (uniforms.channels * uniforms.columns) % uniforms.rows;
        let image = index / (uniforms.channels * uniforms.columns * uniforms.rows);
        let top = max(r * uniforms.stride - uniforms.padding, 0);
        let left = max(q * uniforms.stride - uniforms.padding, 0);
        let bottom = min(r * uniforms.stride - uniforms.padding + uniforms.window, uniforms.height);
        let right = min(q * uniforms.stride - uniforms.padding + uniforms.window, uniforms.width);
        var largest = x[((image * uniforms.height + top) * uniforms.width + left) * uniforms.channels + c];
        for (var h = top; h < bottom; h++) {
          for (var w = left; w < right; w++) {
            let value = x[((image * uniforms.height + h) * uniforms.width + w) * uniforms.channels + c];
            if (!(value <= largest) && largest == largest) { largest = value; }
          }
        }`,
        value: 'largest',
      }),
    );
  });

  defineKernel('SignMaxPoolGradient', ['size', 'stride', 'padding'], ({ dy, x, y }, attributes, gpu) => {
    const [, height, width, channels] = x!.shape as Shape4;
    const [, rows, columns] = y!.shape as Shape4;
    return gpu.run(
      elementwise({
        name: 'max pool gradient',
        inputs: { dy, x, y },
        shape: x!.shape,
        integers: sizes({ height, width, rows, columns, channels }, attributes),
        before: GATHER,
        value: 'sum',
      }),
    );
  });
}

function sizes(sizes: Record<string, number>, { size, stride, padding }: PoolAttributes): Record<string, number> {
  return { ...sizes, window: size, stride, padding };
}

/**
 * Adds the gradient of each window in which this pixel is the maximum. If several pixels are equally large, the first one counts, as
 * in PyTorch.
 */
const GATHER = `
let c = index % uniforms.channels;
let w = index / uniforms.channels % uniforms.width;
let h = index / (uniforms.channels * uniforms.width) % uniforms.height;
let image = index / (uniforms.channels * uniforms.width * uniforms.height);
let firstRow = max((h + uniforms.padding - uniforms.window + uniforms.stride) / uniforms.stride, 0);
let firstColumn = max((w + uniforms.padding - uniforms.window + uniforms.stride) / uniforms.stride, 0);
let lastRow = min((h + uniforms.padding) / uniforms.stride, uniforms.rows - 1);
let lastColumn = min((w + uniforms.padding) / uniforms.stride, uniforms.columns - 1);
var sum = 0.0;
for (var r = firstRow; r <= lastRow; r++) {
  for (var q = firstColumn; q <= lastColumn; q++) {
    let o = ((image * uniforms.rows + r) * uniforms.columns + q) * uniforms.channels + c;
    if (x[index] != y[o]) { continue; }
    var first = true;
    let left = max(q * uniforms.stride - uniforms.padding, 0);
    let right = min(q * uniforms.stride - uniforms.padding + uniforms.window, uniforms.width);
    for (var a = max(r * uniforms.stride - uniforms.padding, 0); a <= h; a++) {
      for (var b = left; b < right; b++) {
        if (a == h && b >= w) { break; }
        if (x[((image * uniforms.height + a) * uniforms.width + b) * uniforms.channels + c] == y[o]) { first = false; }
      }
    }
    if (first) { sum += dy[o]; }
  }
}`;
