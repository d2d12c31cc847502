/** Convolutions and the pooling of images, with PyTorch's names, layouts and default initialization. */
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Entry, Initializer } from '../network';
import { uniformByFanIn, type WeightInitializer } from './initializers';
import { operation, type Layer } from './layer';

export interface ConvolutionOptions {
  inputs: number;
  outputs: number;
  /** Height and width of the kernel. */
  size: number;
  stride?: number;
  /** Zeros on each side. By default, an odd kernel with stride 1 keeps height and width. */
  padding?: number;
  /** The initializer of the weight. Default: PyTorch's. */
  weight?: WeightInitializer;
}

/** A convolution without bias. Its weight is OIHW and has a mask. */
export function convolution(name: string, options: ConvolutionOptions): Layer<Tensor4D> {
  const { inputs, outputs, size, stride = 1, padding = (size - 1) / 2, weight = uniformByFanIn } = options;
  const shape = [outputs, inputs, size, size];
  return {
    entries: [weightEntry(name, shape, { prunable: true, initializer: weight(shape) })],
    forward: (x, net) => net.conv2d(x, name, { stride, padding }),
  };
}

/** The entry of a weight in PyTorch's layout. */
export function weightEntry(
  name: string,
  shape: readonly number[],
  rest: { prunable: boolean; initializer: Initializer },
): Entry {
  return { name: `${name}.weight`, shape, dtype: 'F32', role: 'weight', ...rest };
}

export function maxPool(options: { size: number; stride: number; padding: number }): Layer<Tensor4D> {
  return operation((x, net) => net.maxPool(x, options));
}

/** The mean over H and W. */
export const globalMean: Layer<Tensor4D, Tensor2D> = operation((x, net) => net.globalMean(x));
