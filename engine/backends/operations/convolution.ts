/** Convolution and max pooling of NHWC images with PyTorch's symmetric padding. */
import { registerGradient, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { runKernel } from './kernel';

export interface ConvolutionAttributes {
  stride: number;
  /** Zeros on each of the four sides. */
  padding: number;
}

/** The gradient of one operand, of the shape the other attributes do not tell. */
export type ConvolutionGradientAttributes = ConvolutionAttributes & { shape: readonly number[] };

export interface PoolAttributes {
  size: number;
  stride: number;
  padding: number;
}

/** x [N, H, W, in] with a filter [height, width, in, out]. */
export function conv2d(x: Tensor4D, filter: Tensor4D, attributes: ConvolutionAttributes): Tensor4D {
  return runKernel('SignConvolve', { x, filter }, attributes) as Tensor4D;
}

/** The largest value of each window; padding never wins. */
export function maxPool(x: Tensor4D, attributes: PoolAttributes): Tensor4D {
  return runKernel('SignMaxPool', { x }, attributes) as Tensor4D;
}

/** Output size along one axis, as PyTorch counts it. */
export function outputSize(size: number, window: number, { stride, padding }: ConvolutionAttributes): number {
  return Math.floor((size + 2 * padding - window) / stride) + 1;
}

registerGradient({
  kernelName: 'SignConvolve',
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, attributes) => {
    const [x, filter] = saved as [Tensor4D, Tensor4D];
    return {
      x: () => runKernel('SignConvolveInputGradient', { dy: dy as Tensor, filter }, { ...attributes, shape: x.shape }),
      filter: () =>
        runKernel('SignConvolveFilterGradient', { x, dy: dy as Tensor }, { ...attributes, shape: filter.shape }),
    };
  },
});

registerGradient({
  kernelName: 'SignMaxPool',
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc: (dy, saved, attributes) => {
    const [x, y] = saved as [Tensor4D, Tensor4D];
    return { x: () => runKernel('SignMaxPoolGradient', { dy: dy as Tensor, x, y }, attributes) };
  },
});
