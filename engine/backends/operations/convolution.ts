/** Convolution and max pooling of NHWC images, with PyTorch's symmetric padding. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes, PoolAttributes } from './attributes';
import { defineGradient, runKernel } from './kernel';

/** Convolves x [N, H, W, in] with a filter [height, width, in, out]. */
export function conv2d(x: Tensor4D, filter: Tensor4D, attributes: ConvolutionAttributes): Tensor4D {
  return runKernel('SignConvolve', { x, filter }, attributes) as Tensor4D;
}

/** Returns the largest value of each window. Padding is not considered. */
export function maxPool(x: Tensor4D, attributes: PoolAttributes): Tensor4D {
  return runKernel('SignMaxPool', { x }, attributes) as Tensor4D;
}

/** Returns the output size along one axis, as in PyTorch. */
export function outputSize(size: number, window: number, { stride, padding }: ConvolutionAttributes): number {
  return Math.floor((size + 2 * padding - window) / stride) + 1;
}

defineGradient('SignConvolve', {
  attributes: ['stride', 'padding'],
  inputsToSave: ['x', 'filter'],
  of: (dy, saved, { stride, padding }) => {
    const [x, filter] = saved as [Tensor4D, Tensor4D];
    const given = { stride, padding };
    return {
      x: () => runKernel('SignConvolveInputGradient', { dy: dy as Tensor, filter }, { ...given, shape: x.shape }),
      filter: () => runKernel('SignConvolveFilterGradient', { x, dy: dy as Tensor }, { ...given, shape: filter.shape }),
    };
  },
});

defineGradient('SignMaxPool', {
  attributes: ['size', 'stride', 'padding'],
  inputsToSave: ['x'],
  outputsToSave: [true],
  of: (dy, saved, { size, stride, padding }) => {
    const [x, y] = saved as [Tensor4D, Tensor4D];
    return { x: () => runKernel('SignMaxPoolGradient', { dy: dy as Tensor, x, y }, { size, stride, padding }) };
  },
});
