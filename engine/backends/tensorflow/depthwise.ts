/** Depthwise convolution with TensorFlow's operations. Padding is added first, because they accept padding only by name on some devices. */
import { pad, reshape, slice, tensor1d, type Tensor } from '@tensorflow/tfjs-core';
import { asTensor, defineKernel, type Attributes } from './executor';

type Shape4 = [number, number, number, number];

function attributesOf(stride: number): Attributes {
  return {
    T: 'float32',
    strides: [1, stride, stride, 1],
    padding: { text: 'VALID' },
    data_format: { text: 'NHWC' },
    dilations: [1, 1, 1, 1],
  };
}

/** TensorFlow has the channels on the third axis of a filter and the outputs of each channel on the fourth. */
function asDepthwise(filter: Tensor): Tensor {
  const [rows, columns, , channels] = filter.shape as Shape4;
  return reshape(filter, [rows, columns, channels, 1]);
}

export function registerDepthwise(): void {
  defineKernel('SignDepthwise', ['stride', 'padding'], ({ x, filter }, { stride, padding }, execute) =>
    execute.one(
      'DepthwiseConv2dNative',
      [surround(asTensor(x), padding), asDepthwise(asTensor(filter))],
      attributesOf(stride),
    ),
  );

  defineKernel('SignDepthwiseInputGradient', ['stride', 'padding', 'shape'], ({ dy, filter }, attributes, execute) => {
    const { stride, padding } = attributes;
    const [n, height, width, channels] = attributes.shape as Shape4;
    const whole = integers([n, height + 2 * padding, width + 2 * padding, channels]);
    const operands = [whole, asDepthwise(asTensor(filter)), dy];
    const dx = execute.one('DepthwiseConv2dNativeBackpropInput', operands, attributesOf(stride));
    return padding === 0 ? dx : slice(dx, [0, padding, padding, 0], [n, height, width, channels]);
  });

  defineKernel('SignDepthwiseFilterGradient', ['stride', 'padding', 'shape'], ({ x, dy }, attributes, execute) => {
    const { stride, padding } = attributes;
    const [rows, columns, , channels] = attributes.shape as Shape4;
    const operands = [surround(asTensor(x), padding), integers([rows, columns, channels, 1]), dy];
    const dw = execute.one('DepthwiseConv2dNativeBackpropFilter', operands, attributesOf(stride));
    return reshape(dw, [...attributes.shape]);
  });
}

function surround(x: Tensor, padding: number): Tensor {
  return padding === 0 ? x : pad(x, [[0, 0], [padding, padding], [padding, padding], [0, 0]]); // prettier-ignore
}

function integers(values: number[]): Tensor {
  return tensor1d(values, 'int32');
}
