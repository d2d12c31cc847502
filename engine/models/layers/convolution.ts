/** Convolutions and the pooling of images, with PyTorch's names, layouts and default initialization. */
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { biasNameOf, weightNameOf } from '../../tensors';
import type { Entry, Initializer, PoolShape } from '../network';
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
  /** Groups of channels. Each group of outputs sees only the inputs of its group. Default: 1. */
  groups?: number;
  /** Distance between neighbouring taps of the kernel, in pixels. Default: 1. */
  dilation?: number;
  /** Whether there is a bias, or how it is initialized. Default: none. */
  bias?: boolean | Initializer;
  /** The initializer of the weight. Default: PyTorch's. */
  weight?: WeightInitializer;
}

/** A convolution. Its weight is OIHW and has a mask. */
export function convolution(name: string, options: ConvolutionOptions): Layer<Tensor4D> {
  const { inputs, outputs, size, stride = 1, groups = 1, dilation = 1, bias, weight = uniformByFanIn } = options;
  const { padding = (dilation * (size - 1)) / 2 } = options;
  const shape = [outputs, inputs / groups, size, size];
  const entries = [weightEntry(name, shape, { prunable: true, initializer: weight(shape) })];
  if (bias) entries.push(biasEntry(name, outputs, bias === true ? uniformByFanIn(shape) : bias));
  return { entries, forward: (x, net) => net.conv2d(x, name, { stride, padding, groups, dilation }) };
}

/** A convolution that sees each channel alone. */
export function depthwise(
  name: string,
  channels: number,
  options: Omit<ConvolutionOptions, 'inputs' | 'outputs' | 'groups'>,
): Layer<Tensor4D> {
  return convolution(name, { ...options, inputs: channels, outputs: channels, groups: channels });
}

/** The entry of a weight in PyTorch's layout. */
export function weightEntry(
  name: string,
  shape: readonly number[],
  rest: { prunable: boolean; initializer: Initializer },
): Entry {
  return { name: weightNameOf(name), shape, dtype: 'F32', role: 'weight', ...rest };
}

/** The entry of a bias. */
export function biasEntry(name: string, size: number, initializer: Initializer): Entry {
  return { name: biasNameOf(name), shape: [size], dtype: 'F32', role: 'bias', prunable: false, initializer };
}

export function maxPool(options: PoolShape): Layer<Tensor4D> {
  return operation((x, net) => net.maxPool(x, options));
}

export function averagePool(options: PoolShape): Layer<Tensor4D> {
  return operation((x, net) => net.averagePool(x, options));
}

/** The means of size × size windows that cover the image. */
export function adaptiveAveragePool(size: number): Layer<Tensor4D> {
  return operation((x, net) => net.adaptiveAveragePool(x, size));
}

/** The mean over H and W. */
export const globalMean: Layer<Tensor4D, Tensor2D> = operation((x, net) => net.globalMean(x));
