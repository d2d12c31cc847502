/** Convolution and pooling by TensorFlow's operations. */
import { pad as padAround, slice, tensor1d, type TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes, ConvolutionGradientAttributes, PoolAttributes } from '../operations/convolution';
import { asTensor, defineKernel, type Attributes } from './executor';

const T = { T: 'float32' } as const;

/** Strides and padding by word. */
function window(stride: number, padding: 'SAME' | 'VALID'): Attributes {
  return { ...T, strides: [1, stride, stride, 1], data_format: { text: 'NHWC' }, padding: { text: padding } };
}

/**
 * A convolution's padding by word, since oneDNN, the faster on a CPU, takes no numbers. TensorFlow's `SAME` pads a strided
 * convolution on one side only; there the images are padded before.
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

export function registerConvolution(): void {
  const around = (pad: number): [number, number][] => [[0, 0], [pad, pad], [pad, pad], [0, 0]]; // prettier-ignore
  const padded = (x: TensorInfo | undefined, by: number) =>
    by === 0 ? asTensor(x) : padAround(asTensor(x), around(by));
  const shapeTensor = (shape: readonly number[]) => tensor1d([...shape], 'int32');

  defineKernel<ConvolutionAttributes>('SignConvolve', ({ x, filter }, given, execute) => {
    const { attributes, pad } = convolution(given, filter!.shape);
    return execute.one('Conv2D', [padded(x, pad), filter], attributes);
  });
  defineKernel<ConvolutionGradientAttributes>('SignConvolveInputGradient', ({ dy, filter }, given, execute) => {
    const { attributes, pad } = convolution(given, filter!.shape);
    const shape = given.shape as [number, number, number, number];
    const [n, height, width, channels] = shape;
    const whole = [n, height + 2 * pad, width + 2 * pad, channels];
    const gradient = execute.one('Conv2DBackpropInput', [shapeTensor(whole), filter, dy], attributes);
    return pad === 0 ? gradient : slice(gradient, [0, pad, pad, 0], shape);
  });
  defineKernel<ConvolutionGradientAttributes>('SignConvolveFilterGradient', ({ x, dy }, given, execute) => {
    const { attributes, pad } = convolution(given, given.shape);
    return execute.one('Conv2DBackpropFilter', [padded(x, pad), shapeTensor(given.shape), dy], attributes);
  });
}

function explicit(padding: number): Attributes {
  if (padding === 0) return {};
  return { padding: { text: 'EXPLICIT' }, explicit_paddings: [0, 0, padding, padding, padding, padding, 0, 0] };
}

export function registerMaxPool(): void {
  const attributesOf = (attributes: PoolAttributes): Attributes => ({
    ...window(attributes.stride, 'VALID'),
    ...explicit(attributes.padding),
    ksize: [1, attributes.size, attributes.size, 1],
  });

  defineKernel<PoolAttributes>('SignMaxPool', ({ x }, attributes, execute) =>
    execute.one('MaxPool', [x], attributesOf(attributes)),
  );
  defineKernel<PoolAttributes>('SignMaxPoolGradient', ({ dy, x, y }, attributes, execute) =>
    execute.one('MaxPoolGrad', [x, y, dy], attributesOf(attributes)),
  );
}
