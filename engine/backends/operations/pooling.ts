/** Average pooling of NHWC images, as in PyTorch. */
import { fill, matMul, reshape, tensor, transpose, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { PoolAttributes } from './attributes';
import { conv2d } from './convolution';
import { globalMean } from './elementwise';

/**
 * Returns the mean of each window. Padding counts as zeros, as with PyTorch's default `count_include_pad`. It is a depthwise convolution
 * whose weights are all 1 / size².
 */
export function averagePool(x: Tensor4D, { size, stride, padding }: PoolAttributes): Tensor4D {
  const channels = x.shape[3];
  const filter = fill<Tensor4D['rankType']>([size, size, 1, channels], 1 / size ** 2, 'float32');
  return conv2d(x, filter, { stride, padding, groups: channels });
}

/**
 * Returns the means of `height` × `width` windows that cover the images, like AdaptiveAvgPool2d. If the images are smaller than the result,
 * pixels are repeated.
 */
export function adaptiveAveragePool(x: Tensor4D, { height, width }: { height: number; width: number }): Tensor4D {
  const [n, rows, columns, channels] = x.shape;
  if (height === rows && width === columns) return x.clone();
  if (height === 1 && width === 1) return reshape(globalMean(x), [n, 1, 1, channels]);
  const byRow = average(reshape(transpose(x, [1, 0, 2, 3]), [rows, -1]), height);
  const swapped = transpose(reshape(byRow, [height, n, columns, channels]), [2, 3, 0, 1]);
  const byColumn = average(reshape(swapped, [columns, -1]), width);
  return transpose(reshape(byColumn, [width, channels, height, n]), [3, 2, 0, 1]);
}

/** Averages rows: [rows, any] → [count, any]. Window i goes from ⌊i · rows / count⌋ to ⌈(i + 1) · rows / count⌉. */
function average(x: Tensor, count: number): Tensor {
  const rows = x.shape[0];
  const weights = new Float32Array(count * rows);
  for (let i = 0; i < count; i++) {
    const first = Math.floor((i * rows) / count);
    const end = Math.ceil(((i + 1) * rows) / count);
    weights.fill(1 / (end - first), i * rows + first, i * rows + end);
  }
  return matMul(tensor(weights, [count, rows]), x);
}
