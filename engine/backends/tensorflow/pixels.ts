/** Moves pixels between images [N, H, W, C] of different sizes: padding, cropping and strides. */
import { pad, slice, tensor1d, type Tensor } from '@tensorflow/tfjs-core';
import type { Attributes, Executor } from './executor';

export type Shape4 = [number, number, number, number];

/** Where the pixels of small images are in large ones: at `offset`, `offset` + `stride`, … in both directions. */
export interface Places {
  offset: number;
  stride: number;
}

export interface Pixels {
  /** Returns images of zeros of this shape with the pixels of `x`. Either `offset` is 0, or `stride` is 1. */
  place(x: Tensor, shape: Shape4, places: Places): Tensor;
  /** Returns images of this shape with the first channels of pixels of `x`. Either `offset` is 0, or `stride` is 1. */
  take(x: Tensor, shape: Shape4, places: Places): Tensor;
}

/** Moves pixels with TensorFlow's operations. */
export function stockPixels(execute: Executor): Pixels {
  return {
    place(x, [n, height, width, channels], { offset, stride }) {
      if (stride > 1) {
        const whole = [n, height, width, channels];
        return execute.one('StridedSliceGrad', [integers(whole), ...everyPixel(whole, stride), x], STRIDED);
      }
      const [, rows, columns] = x.shape as Shape4;
      return pad(x, [[0, 0], [offset, height - rows - offset], [offset, width - columns - offset], [0, 0]]); // prettier-ignore
    },
    take(x, shape, { offset, stride }) {
      if (stride === 1) return slice(x, [0, offset, offset, 0], shape);
      return execute.one('StridedSlice', [x, ...everyPixel(x.shape, stride)], STRIDED);
    },
  };
}

/** Moves pixels with Winning Sign's operations. */
export function ownPixels(execute: Executor): Pixels {
  return {
    place: (x, [, rows, columns], places) => execute.one('SignPlacePixels', [x], { rows, columns, ...places }),
    take: (x, [, rows, columns, channels], places) =>
      execute.one('SignTakePixels', [x], { rows, columns, channels, ...places }),
  };
}

const STRIDED: Attributes = {
  T: 'float32',
  Index: 'int32',
  ...{ begin_mask: 0, end_mask: 0, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0 },
};

/** Returns begin, end and steps of a slice that takes every `stride`-th row and column. */
function everyPixel(shape: readonly number[], stride: number): Tensor[] {
  return [[0, 0, 0, 0], shape, [1, stride, stride, 1]].map(integers);
}

export function integers(values: readonly number[]): Tensor {
  return tensor1d([...values], 'int32');
}
