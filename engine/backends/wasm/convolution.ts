/**
 * Convolution through XNNPACK's forward convolution, which is fast, instead of tfjs' gradients, which are slow or absent here: the input's
 * gradient is a convolution with the flipped filter, the filter's gradient one with batch and channels swapped.
 */
import { conv2d, pad, reshape, reverse, slice, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Tensor4D, TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes, ConvolutionGradientAttributes } from '../operations/convolution';
import { defineKernel } from './heap';

export function registerConvolution(): void {
  defineKernel<ConvolutionAttributes>('SignConvolve', ({ x, filter }, { stride, padding }) =>
    tidy(() => conv2d(images(x), images(filter), stride, padding)),
  );
  defineKernel<ConvolutionGradientAttributes>('SignConvolveInputGradient', ({ dy, filter }, attributes) =>
    tidy(() => inputGradient(images(dy), images(filter), attributes)),
  );
  defineKernel<ConvolutionGradientAttributes>('SignConvolveFilterGradient', ({ x, dy }, attributes) =>
    tidy(() => filterGradient(images(x), images(dy), attributes)),
  );
}

/** Inputs of a kernel are tensors when tfjs' engine calls it. */
function images(tensor: TensorInfo | undefined): Tensor4D {
  return tensor as Tensor4D;
}

function inputGradient(
  dy: Tensor4D,
  filter: Tensor4D,
  { stride, padding, shape }: ConvolutionGradientAttributes,
): Tensor4D {
  const [, height, width] = shape as [number, number, number];
  const [size] = filter.shape;
  const flipped = transpose(reverse(filter, [0, 1]), [0, 1, 3, 2]);
  const spread = dilate(dy, stride);
  const before = size - 1 - padding;
  const after = (full: number, have: number) => full + padding - have;
  return convolveWithin(spread, flipped, {
    vertical: [before, after(height, spread.shape[1])],
    horizontal: [filter.shape[1] - 1 - padding, after(width, spread.shape[2])],
  });
}

function filterGradient(
  x: Tensor4D,
  dy: Tensor4D,
  { stride, padding, shape }: ConvolutionGradientAttributes,
): Tensor4D {
  const [filterHeight, filterWidth] = shape as [number, number];
  const [, height, width] = x.shape;
  const [, rows, columns] = dy.shape;
  // Rows of x that no window reached are cut, those that only padding reached are added.
  const after = (outputs: number, window: number, have: number) => (outputs - 1) * stride + window - padding - have;
  const gradient = convolveWithin(transpose(x, [3, 1, 2, 0]), transpose(dy, [1, 2, 0, 3]), {
    vertical: [padding, after(rows, filterHeight, height)],
    horizontal: [padding, after(columns, filterWidth, width)],
    dilation: stride,
  });
  return transpose(gradient, [1, 2, 0, 3]);
}

interface Margins {
  /** Rows of zeros added above and below; negative to cut. */
  vertical: [number, number];
  /** Columns of zeros added left and right; negative to cut. */
  horizontal: [number, number];
  dilation?: number;
}

/** A convolution of stride 1 over x with these margins. */
function convolveWithin(x: Tensor4D, filter: Tensor4D, { vertical, horizontal, dilation = 1 }: Margins): Tensor4D {
  const cut = ([before, after]: [number, number], size: number): [number, number] => {
    const start = Math.max(0, -before);
    return [start, size - start + Math.min(0, after)];
  };
  const [top, rows] = cut(vertical, x.shape[1]);
  const [left, columns] = cut(horizontal, x.shape[2]);
  const whole = rows === x.shape[1] && columns === x.shape[2];
  const kept = whole ? x : slice(x, [0, top, left, 0], [-1, rows, columns, -1]);
  const add = ([before, after]: [number, number]): [number, number] => [Math.max(0, before), Math.max(0, after)];
  return conv2d(kept, filter, 1, [[0, 0], add(vertical), add(horizontal), [0, 0]], 'NHWC', dilation);
}

/** stride − 1 zeros after each row and column. */
function dilate(x: Tensor4D, stride: number): Tensor4D {
  if (stride === 1) return x;
  const [n, height, width, channels] = x.shape;
  const wide = pad(reshape(x, [n * height * width, 1, channels]), [
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ]);
  const tall = pad(reshape(wide, [n * height, 1, width * stride * channels]), [
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ]);
  return reshape(tall, [n, height * stride, width * stride, channels]);
}
