/** Convolution and its gradients as products of matrices. The pixels of images are gathered while multiplying, for any stride and padding. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes } from '../operations/attributes';
import { outputSize } from '../operations/convolution';
import { multiply } from './product';
import { defineKernel } from './program';

type Shape4 = [number, number, number, number];

export function registerConvolution(): void {
  registerForward();
  registerInputGradient();
  registerFilterGradient();
}

function registerForward(): void {
  defineKernel('SignConvolve', ['stride', 'padding'], ({ x, filter }, attributes, gpu) => {
    const { n, height, width, ...taps } = geometry(x!.shape, filter!.shape, attributes);
    const [rows, columns] = [
      outputSize(height, taps.tapRows, attributes),
      outputSize(width, taps.tapColumns, attributes),
    ];
    return multiply(gpu, {
      name: 'convolve',
      inputs: { x, weights: filter },
      integers: { height, width, outRows: rows, outColumns: columns, ...taps },
      rows: n * rows * columns,
      depth: taps.tapRows * taps.tapColumns * taps.ins,
      columns: taps.outs,
      row: pixel('m'),
      deep: tap('k', 'ins'),
      left: inputAt('row', 'deep'),
      right: 'return weights[k * uniforms.outs + n];',
      inner: { left: 'depth', right: 'column' },
      shape: [n, rows, columns, taps.outs],
    });
  });
}

function registerInputGradient(): void {
  defineKernel('SignConvolveInputGradient', ['stride', 'padding', 'shape'], ({ dy, filter }, attributes, gpu) => {
    const { n, height, width, ...taps } = geometry(attributes.shape, filter!.shape, attributes);
    return multiply(gpu, {
      name: 'convolve back',
      inputs: { dy, weights: filter },
      integers: { height, width, ...outputs(dy!), ...taps },
      rows: n * height * width,
      depth: taps.tapRows * taps.tapColumns * taps.outs,
      columns: taps.ins,
      row: `
      let w = m % uniforms.width;
      let h = m / uniforms.width % uniforms.height;
      return vec3<i32>(m / (uniforms.width * uniforms.height), h + uniforms.padding, w + uniforms.padding);`,
      deep: tap('k', 'outs'),
      left: `
      let above = row.y - deep.x;
      let before = row.z - deep.y;
      let r = above / uniforms.stride;
      let q = before / uniforms.stride;
      if (above < 0 || before < 0 || r * uniforms.stride != above || q * uniforms.stride != before) { return 0.0; }
      if (r >= uniforms.outRows || q >= uniforms.outColumns) { return 0.0; }
      return dy[((row.x * uniforms.outRows + r) * uniforms.outColumns + q) * uniforms.outs + deep.z];`,
      right: 'return weights[((deep.x * uniforms.tapColumns + deep.y) * uniforms.ins + n) * uniforms.outs + deep.z];',
      inner: { left: 'depth', right: 'depth' },
      shape: attributes.shape,
    });
  });
}

function registerFilterGradient(): void {
  defineKernel('SignConvolveFilterGradient', ['stride', 'padding', 'shape'], ({ x, dy }, attributes, gpu) => {
    const { n, height, width, ...taps } = geometry(x!.shape, attributes.shape, attributes);
    const { outRows, outColumns } = outputs(dy!);
    return multiply(gpu, {
      name: 'convolve filter',
      inputs: { x, dy },
      integers: { height, width, outRows, outColumns, ...taps },
      rows: taps.tapRows * taps.tapColumns * taps.ins,
      depth: n * outRows * outColumns,
      columns: taps.outs,
      row: tap('m', 'ins'),
      deep: pixel('k'),
      left: inputAt('deep', 'row'),
      right: 'return dy[k * uniforms.outs + n];',
      inner: { left: 'row', right: 'column' },
      shape: attributes.shape,
    });
  });
}

function geometry(x: readonly number[], filter: readonly number[], { stride, padding }: ConvolutionAttributes) {
  const [n, height, width, ins] = x as Shape4;
  const [tapRows, tapColumns, , outs] = filter as Shape4;
  return { n, height, width, tapRows, tapColumns, ins, outs, stride, padding };
}

function outputs({ shape }: TensorInfo): { outRows: number; outColumns: number } {
  const [, outRows, outColumns] = shape as Shape4;
  return { outRows, outColumns };
}

/** Returns code that computes the output pixel for an index: its image, and the first row and column of its window. */
const pixel = (index: string) => `
let q = ${index} % uniforms.outColumns;
let r = ${index} / uniforms.outColumns % uniforms.outRows;
let image = ${index} / (uniforms.outColumns * uniforms.outRows);
return vec3<i32>(image, r * uniforms.stride - uniforms.padding, q * uniforms.stride - uniforms.padding);`;

/** Returns code that computes the row, column and channel of the tap for an index. */
const tap = (index: string, channels: 'ins' | 'outs') => `
let c = ${index} % uniforms.${channels};
let b = ${index} / uniforms.${channels} % uniforms.tapColumns;
return vec3<i32>(${index} / (uniforms.${channels} * uniforms.tapColumns), b, c);`;

/** Returns code for the value that a tap reads at a pixel. The value is 0 outside the image. */
const inputAt = (pixel: string, tap: string) => `
let h = ${pixel}.y + ${tap}.x;
let w = ${pixel}.z + ${tap}.y;
if (h < 0 || h >= uniforms.height || w < 0 || w >= uniforms.width) { return 0.0; }
return x[((${pixel}.x * uniforms.height + h) * uniforms.width + w) * uniforms.ins + ${tap}.z];`;
