/**
 * Convolution and pooling with TensorFlow's operations. Some kernels of oneDNN 3.7 (in TensorFlow 2.21) are wrong on a CPU and are
 * avoided here:
 * - The filter gradient of a strided 1 × 1 convolution with few channels writes beyond its memory (oneDNN issue 6035).
 * - The input gradient of many convolutions, mostly strided and 1 × 1 ones, is wrong if the channels do not fill whole blocks, for
 *   example with 48 or 80 channels.
 */
import { pad as padAround, reshape, scalar, transpose, type Rank, type Tensor } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes, ConvolutionGradientAttributes, PoolAttributes } from '../operations/attributes';
import { asTensor, defineKernel, type Attributes, type Executor } from './executor';
import { integers, ownPixels, stockPixels, type Pixels, type Shape4 } from './pixels';

const T = { T: 'float32' } as const;

/** Returns the attributes for strides and padding. TensorFlow names the padding `SAME` or `VALID`. */
function window(stride: number, padding: 'SAME' | 'VALID'): Attributes {
  return { ...T, strides: [1, stride, stride, 1], data_format: { text: 'NHWC' }, padding: { text: padding } };
}

/**
 * Returns the attributes of a convolution, and how many zeros (`pad`) must be added around the images first. oneDNN, which is faster on a
 * CPU, accepts padding only by name. The name `SAME` is used if it gives the wanted padding; for strided convolutions it does not.
 */
function convolution(
  { stride, padding }: ConvolutionAttributes,
  [height, width]: readonly number[],
): { attributes: Attributes; pad: number } {
  const same = stride === 1 && 2 * padding === height! - 1 && 2 * padding === width! - 1;
  const attributes = {
    ...window(stride, same && padding > 0 ? 'SAME' : 'VALID'),
    use_cudnn_on_gpu: true,
    dilations: [1, 1, 1, 1],
  };
  return { attributes, pad: same ? 0 : padding };
}

/** The operations that a convolution consists of. */
interface Tools {
  execute: Executor;
  pixels: Pixels;
}

/**
 * Registers convolutions. `own` says whether Winning Sign's operations move the pixels. Runs that began without these operations keep their
 * bytes, so they keep all operations of TensorFlow.
 */
export function registerConvolution(own: boolean): void {
  const toolsOf = (execute: Executor): Tools => ({ execute, pixels: (own ? ownPixels : stockPixels)(execute) });
  defineKernel('SignConvolve', ['stride', 'padding'], ({ x, filter }, given, execute) => {
    const { images, attributes } = prepareImages(asTensor(x), given, { filter: filter!.shape, ...toolsOf(execute) });
    return execute.one('Conv2D', [images, filter], attributes);
  });
  defineKernel('SignConvolveFilterGradient', ['stride', 'padding', 'shape'], ({ x, dy }, given, execute) => {
    const { images, attributes } = prepareImages(asTensor(x), given, { filter: given.shape, ...toolsOf(execute) });
    return execute.one('Conv2DBackpropFilter', [images, integers(given.shape), dy], attributes);
  });
  defineKernel('SignConvolveInputGradient', ['stride', 'padding', 'shape'], ({ dy, filter }, given, execute) => {
    const operands = { dy: asTensor(dy), filter: asTensor(filter) };
    if (own && isQuartered(given, filter!.shape)) return quarteredGradient(operands, execute);
    return isPointwise(filter!.shape)
      ? pointwiseGradient(operands, given, toolsOf(execute))
      : windowGradient(operands, given, toolsOf(execute));
  });
}

function isPointwise([height, width]: readonly number[]): boolean {
  return height === 1 && width === 1;
}

interface Operands {
  dy: Tensor;
  filter: Tensor;
}

/**
 * Multiplies dy by the transposed filter. If the convolution is strided, writes each resulting pixel to its position in an image of zeros.
 */
function pointwiseGradient(
  { dy, filter }: Operands,
  given: ConvolutionGradientAttributes,
  { execute, pixels }: Tools,
): Tensor {
  const { stride, padding } = given;
  const [n, height, width, channels] = given.shape as Shape4;
  const outputs = filter.shape[3]!;
  const factors = [reshape(dy, [-1, outputs]), reshape(filter, [channels, outputs])];
  const product = execute.one('MatMul', factors, { ...T, transpose_a: false, transpose_b: true });
  const [, rows, columns] = dy.shape as Shape4;
  const images: Tensor = reshape(product, [n, rows, columns, channels]);
  const whole: Shape4 = [n, height + 2 * padding, width + 2 * padding, channels];
  const spread = stride === 1 ? images : pixels.place(images, whole, { offset: 0, stride });
  return padding === 0 ? spread : pixels.take(spread, given.shape as Shape4, { offset: padding, stride: 1 });
}

/**
 * Whether the gradient is computed by `quarteredGradient`. oneDNN takes long for each pixel of a strided gradient, and few channels do not
 * fill its vectors. With 16 channels or fewer, all gradients together take less time with AVX-512 and with AVX2, with more they do not.
 */
function isQuartered({ shape, stride, padding }: ConvolutionGradientAttributes, filter: readonly number[]): boolean {
  const [, height, width, channels] = shape as Shape4;
  const isUsual = filter[0] === 3 && filter[1] === 3 && stride === 2 && padding === 1;
  return isUsual && height % 2 === 0 && width % 2 === 0 && channels <= 16;
}

/**
 * Computes the gradient of a 3 × 3 convolution with stride 2 and padding 1 by one convolution with four times the channels. Its pixel (i, j)
 * has the pixels (2i, 2j), (2i, 2j + 1), (2i + 1, 2j) and (2i + 1, 2j + 1) of the gradient. They depend on the pixels i, i + 1 and j, j + 1
 * of dy: an even row on tap 1 of the filter, and an odd one on the taps 2 and 0. Other taps are 0, so an infinite dy also makes the pixels
 * beside its own NaN.
 */
function quarteredGradient({ dy, filter }: Operands, execute: Executor): Tensor {
  const [, , channels, outputs] = filter.shape as Shape4;
  const padded: Tensor = padAround(filter, [[0, 1], [0, 1], [0, 0], [0, 0]]); // prettier-ignore
  const taps = integers([1, 3, 2, 0]); // for each parity and distance; 3 is the padding
  const take = (from: Tensor, axis: number) => execute.one('GatherV2', [from, taps, scalar(axis, 'int32')], GATHER);
  const split = reshape<Rank.R6>(take(take(padded, 0), 1), [2, 2, 2, 2, channels, outputs]);
  const quarters: Tensor = reshape(transpose(split, [1, 3, 5, 0, 2, 4]), [2, 2, outputs, 4 * channels]);
  const attributes = { ...window(1, 'SAME'), use_cudnn_on_gpu: true, dilations: [1, 1, 1, 1] };
  const products = execute.one('Conv2D', [dy, quarters], attributes);
  return execute.one('DepthToSpace', [products], { ...T, block_size: 2, data_format: { text: 'NHWC' } });
}

const GATHER = { Tparams: 'float32', Tindices: 'int32', Taxis: 'int32', batch_dims: 0 } as const;

/** Computes with `roomFor` channels. The filter is padded with zeros to that number. */
function windowGradient(
  { dy, filter }: Operands,
  given: ConvolutionGradientAttributes,
  { execute, pixels }: Tools,
): Tensor {
  const { attributes, pad } = convolution(given, filter.shape);
  const shape = given.shape as Shape4;
  const [n, height, width, channels] = shape;
  const room = roomFor(channels);
  const filled = room === channels ? filter : padAround(filter, [[0, 0], [0, 0], [0, room - channels], [0, 0]]); // prettier-ignore
  const whole = integers([n, height + 2 * pad, width + 2 * pad, room]);
  const padded = execute.one('Conv2DBackpropInput', [whole, filled, dy], attributes);
  return room === channels && pad === 0 ? padded : pixels.take(padded, shape, { offset: pad, stride: 1 });
}

/** Returns the number of channels to compute with. It is a power of two, so that oneDNN can split it into equal blocks of any size. */
function roomFor(channels: number): number {
  return Math.max(16, 2 ** Math.ceil(Math.log2(channels)));
}

/** Prepares the images of a convolution: adds the padding, and for a strided 1 × 1 convolution keeps only the pixels that it uses. */
function prepareImages(
  x: Tensor,
  given: ConvolutionAttributes,
  { filter, pixels }: Tools & { filter: readonly number[] },
): { images: Tensor; attributes: Attributes } {
  const { attributes, pad } = convolution(given, filter);
  const [n, height, width, channels] = x.shape as Shape4;
  const whole: Shape4 = [n, height + 2 * pad, width + 2 * pad, channels];
  const padded = pad === 0 ? x : pixels.place(x, whole, { offset: pad, stride: 1 });
  const { stride } = given;
  if (stride === 1 || !isPointwise(filter)) return { images: padded, attributes };
  const used: Shape4 = [n, Math.ceil(whole[1] / stride), Math.ceil(whole[2] / stride), channels];
  const images = pixels.take(padded, used, { offset: 0, stride });
  return { images, attributes: convolution({ stride: 1, padding: 0 }, filter).attributes };
}

function explicit(padding: number): Attributes {
  return { padding: { text: 'EXPLICIT' }, explicit_paddings: [0, 0, padding, padding, padding, padding, 0, 0] };
}

export function registerMaxPool(): void {
  const attributesOf = (attributes: PoolAttributes): Attributes => ({
    ...window(attributes.stride, 'VALID'),
    ...(attributes.padding > 0 && explicit(attributes.padding)),
    ksize: [1, attributes.size, attributes.size, 1],
  });

  defineKernel('SignMaxPool', ['size', 'stride', 'padding'], ({ x }, attributes, execute) =>
    execute.one('MaxPool', [x], attributesOf(attributes)),
  );
  defineKernel('SignMaxPoolGradient', ['size', 'stride', 'padding'], ({ dy, x, y }, attributes, execute) =>
    execute.one('MaxPoolGrad', [x, y, dy], attributesOf(attributes)),
  );
}
