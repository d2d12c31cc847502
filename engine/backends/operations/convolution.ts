/** Convolution and max pooling of NHWC images, with PyTorch's symmetric padding. */
import { matMul, reshape, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes, PoolAttributes } from './attributes';
import { defineGradient, hasKernel, runKernel } from './kernel';
import { concatAxis, padAxis, sliceAxis, splitAxis } from './slices';

export interface ConvolutionOptions extends ConvolutionAttributes {
  /**
   * Number of groups of channels. Each group of outputs sees only the inputs of its group. Default: 1. The number of inputs makes it a
   * depthwise convolution.
   */
  groups?: number;
  /** Distance between neighbouring taps of the filter, in pixels. Default: 1. */
  dilation?: number;
}

/**
 * Convolves x [N, H, W, in] with a filter [height, width, in / groups, out]. This is PyTorch's [out, in / groups, height, width] with its axes
 * in another order, so the outputs of a group are neighbours.
 */
export function conv2d(x: Tensor4D, filter: Tensor4D, options: ConvolutionOptions): Tensor4D {
  const { groups = 1, dilation = 1, stride, padding } = options;
  const [channels, [, , inputs, outputs]] = [x.shape[3], filter.shape];
  if (inputs * groups !== channels || outputs % groups !== 0)
    throw new Error(`a filter [${filter.shape.join()}] with ${groups} groups does not fit ${channels} channels`);
  if (groups === 1 && x.size === x.shape[0] * channels && filter.size === channels * outputs && padding === 0)
    return ofPixels(x, filter);
  const operands = { x, filter: dilate(filter, dilation) };
  if (groups === 1) return runKernel('SignConvolve', operands, { stride, padding }) as Tensor4D;
  if (inputs === 1) return depthwise(operands, { stride, padding });
  const isPointwise = filter.size === inputs * outputs && stride === 1 && padding === 0;
  if (isPointwise && hasKernel('SignGroupConvolve'))
    return runKernel('SignGroupConvolve', operands, { groups }) as Tensor4D;
  return grouped(operands, groups, { stride, padding });
}

/** Returns the largest value of each window. Padding is not considered. */
export function maxPool(x: Tensor4D, attributes: PoolAttributes): Tensor4D {
  return runKernel('SignMaxPool', { x }, attributes) as Tensor4D;
}

/** Returns the output size along one axis, as in PyTorch. */
export function outputSize(size: number, window: number, { stride, padding }: ConvolutionAttributes): number {
  return Math.floor((size + 2 * padding - window) / stride) + 1;
}

/** Convolves images of one pixel with a filter of one tap, as in squeeze-excitation. It is a product of matrices. */
function ofPixels(x: Tensor4D, filter: Tensor4D): Tensor4D {
  const [n, , , inputs] = x.shape;
  const outputs = filter.shape[3];
  return reshape(matMul(reshape(x, [n, inputs]), reshape(filter, [inputs, outputs])), [n, 1, 1, outputs]);
}

/** Inserts dilation − 1 zeros between neighbouring taps. */
function dilate(filter: Tensor4D, dilation: number): Tensor4D {
  if (dilation === 1) return filter;
  return spread(spread(filter, 0, dilation), 1, dilation);
}

function spread(filter: Tensor4D, axis: 0 | 1, dilation: number): Tensor4D {
  const { shape } = filter;
  const split = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)];
  const padded = padAxis(reshape(filter, split), axis + 1, { begin: 0, size: dilation });
  const joined = shape.map((size, i) => (i === axis ? size * dilation : size));
  return sliceAxis(reshape(padded, joined), axis, { begin: 0, size: (shape[axis] - 1) * dilation + 1 }) as Tensor4D;
}

interface Operands {
  x: Tensor4D;
  filter: Tensor4D;
}

/** If there are several outputs for each input, repeats the inputs, so that there is one for each output. */
function depthwise({ x, filter }: Operands, attributes: ConvolutionAttributes): Tensor4D {
  const [n, height, width, channels] = x.shape;
  const outputs = filter.shape[3];
  const column = reshape(x, [x.size, 1]);
  const repeated = () => reshape(concatAxis(Array<Tensor>(outputs / channels).fill(column), 1), [n, height, width, -1]);
  const images = outputs === channels ? x : repeated();
  return runKernel('SignDepthwise', { x: images, filter }, attributes) as Tensor4D;
}

function grouped({ x, filter }: Operands, groups: number, attributes: ConvolutionAttributes): Tensor4D {
  const split = (whole: Tensor4D) => splitAxis(whole, 3, Array<number>(groups).fill(whole.shape[3] / groups));
  const filters = split(filter);
  const parts = split(x).map((part, i) => runKernel('SignConvolve', { x: part, filter: filters[i]! }, attributes));
  return concatAxis(parts, 3) as Tensor4D;
}

/** Both kinds of convolution have the same gradients, with their own kernels. */
for (const kind of ['SignConvolve', 'SignDepthwise'] as const)
  defineGradient(kind, {
    attributes: ['stride', 'padding'],
    inputsToSave: ['x', 'filter'],
    of: (dy, saved, { stride, padding }) => {
      const [x, filter] = saved as [Tensor4D, Tensor4D];
      const given = { stride, padding };
      return {
        x: () => runKernel(`${kind}InputGradient`, { dy, filter }, { ...given, shape: x.shape }),
        filter: () => runKernel(`${kind}FilterGradient`, { x, dy }, { ...given, shape: filter.shape }),
      };
    },
  });

defineGradient('SignGroupConvolve', {
  attributes: ['groups'],
  inputsToSave: ['x', 'filter'],
  of: (dy, [x, filter], attributes) => ({
    x: () => runKernel('SignGroupConvolveInputGradient', { dy, filter: filter! }, attributes),
    filter: () => runKernel('SignGroupConvolveFilterGradient', { x: x!, dy }, attributes),
  }),
});

defineGradient('SignMaxPool', {
  attributes: ['size', 'stride', 'padding'],
  inputsToSave: ['x'],
  outputsToSave: [true],
  of: (dy, saved, { size, stride, padding }) => {
    const [x, y] = saved as [Tensor4D, Tensor4D];
    return { x: () => runKernel('SignMaxPoolGradient', { dy, x, y }, { size, stride, padding }) };
  },
});
