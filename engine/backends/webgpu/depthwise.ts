/** Depthwise convolution with one filter for each channel, and its gradients. */
import type { ConvolutionAttributes } from '../operations/attributes';
import { outputSize } from '../operations/convolution';
import { defineKernel, elementwise } from './program';
import { foldColumns, sumColumns } from './sums';

type Shape4 = [number, number, number, number];

export function registerDepthwise(): void {
  registerForward();
  registerInputGradient();
  registerFilterGradient();
}

function registerForward(): void {
  defineKernel('SignDepthwise', ['stride', 'padding'], ({ x, filter }, attributes, gpu) => {
    const [n, height, width, channels] = x!.shape as Shape4;
    const [tapRows, tapColumns] = filter!.shape as Shape4;
    const [rows, columns] = [outputSize(height, tapRows, attributes), outputSize(width, tapColumns, attributes)];
    const sizes = { height, width, channels, tapRows, tapColumns, rows, columns };
    return gpu.run(
      elementwise({
        name: 'depthwise',
        inputs: { x, weights: filter },
        shape: [n, rows, columns, channels],
        integers: integers(sizes, attributes),
        before: `${place('rows', 'columns')}
        var sum = 0.0;
        for (var a = 0; a < uniforms.tapRows; a++) {
          let h = r * uniforms.stride + a - uniforms.padding;
          if (h < 0 || h >= uniforms.height) { continue; }
          for (var b = 0; b < uniforms.tapColumns; b++) {
            let w = q * uniforms.stride + b - uniforms.padding;
            if (w < 0 || w >= uniforms.width) { continue; }
            sum += x[((image * uniforms.height + h) * uniforms.width + w) * uniforms.channels + c]
              * weights[(a * uniforms.tapColumns + b) * uniforms.channels + c];
          }
        }`,
        value: 'sum',
      }),
    );
  });
}

function registerInputGradient(): void {
  defineKernel('SignDepthwiseInputGradient', ['stride', 'padding', 'shape'], ({ dy, filter }, attributes, gpu) => {
    const [, height, width, channels] = attributes.shape as Shape4;
    const [tapRows, tapColumns] = filter!.shape as Shape4;
    const [, rows, columns] = dy!.shape as Shape4;
    const sizes = { height, width, channels, tapRows, tapColumns, rows, columns };
    return gpu.run(
      elementwise({
        name: 'depthwise back',
        inputs: { dy, weights: filter },
        shape: attributes.shape,
        integers: integers(sizes, attributes),
        before: `${place('height', 'width')}
        var sum = 0.0;
        for (var a = 0; a < uniforms.tapRows; a++) {
          let above = r + uniforms.padding - a;
          let h = above / uniforms.stride;
          if (above < 0 || h * uniforms.stride != above || h >= uniforms.rows) { continue; }
          for (var b = 0; b < uniforms.tapColumns; b++) {
            let before = q + uniforms.padding - b;
            let w = before / uniforms.stride;
            if (before < 0 || w * uniforms.stride != before || w >= uniforms.columns) { continue; }
            sum += dy[((image * uniforms.rows + h) * uniforms.columns + w) * uniforms.channels + c]
              * weights[(a * uniforms.tapColumns + b) * uniforms.channels + c];
          }
        }`,
        value: 'sum',
      }),
    );
  });
}

/** Sums over all positions of the output. Each column of the sum is one weight. */
function registerFilterGradient(): void {
  defineKernel('SignDepthwiseFilterGradient', ['stride', 'padding', 'shape'], ({ x, dy }, attributes, gpu) => {
    const [, height, width, channels] = x!.shape as Shape4;
    const [tapRows, tapColumns] = attributes.shape as Shape4;
    const [n, rows, columns] = dy!.shape as Shape4;
    const sizes = { height, width, channels, tapColumns, outRows: rows, outColumns: columns };
    const partial = sumColumns(gpu, {
      name: 'depthwise filter',
      rows: n * rows * columns,
      columns: tapRows * tapColumns * channels,
      inputs: { x, dy },
      integers: integers(sizes, attributes),
      functions: `
      fn product(row : i32, column : i32) -> f32 {
        let c = column % uniforms.channels;
        let b = column / uniforms.channels % uniforms.tapColumns;
        let a = column / (uniforms.channels * uniforms.tapColumns);
        let h = row / uniforms.outColumns % uniforms.outRows * uniforms.stride + a - uniforms.padding;
        let w = row % uniforms.outColumns * uniforms.stride + b - uniforms.padding;
        if (h < 0 || h >= uniforms.height || w < 0 || w >= uniforms.width) { return 0.0; }
        let image = row / (uniforms.outRows * uniforms.outColumns);
        let value = x[((image * uniforms.height + h) * uniforms.width + w) * uniforms.channels + c];
        return value * dy[row * uniforms.channels + c];
      }`,
      pair: 'vec2<f32>(product(row, c), 0.0)',
    });
    const sums = foldColumns(gpu, partial, { name: 'first', value: 'total.x' });
    gpu.free(partial);
    return { ...sums, shape: [...attributes.shape] };
  });
}

function integers(sizes: Record<string, number>, { stride, padding }: ConvolutionAttributes): Record<string, number> {
  return { ...sizes, stride, padding };
}

/** Code that finds the image, row `r`, column `q` and channel `c` of an element. */
function place(rows: string, columns: string): string {
  return `let c = index % uniforms.channels;
  let q = index / uniforms.channels % uniforms.${columns};
  let r = index / (uniforms.channels * uniforms.${columns}) % uniforms.${rows};
  let image = index / (uniforms.channels * uniforms.${columns} * uniforms.${rows});`;
}
