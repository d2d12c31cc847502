/**
 * A small network of 3 × 3 convolutions with batch norm and relu, followed by a global mean and a classifier. Every convolution after
 * the first has stride 2.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { batchNorm, classifier, convolution } from './entries';
import type { Architecture, DataShape } from './network';
import type { ModelOptions } from '../vocabulary/runOptions';

/** Builds the network with layers `conv1`, `bn1`, …, and the classifier `fc`. */
export function convnet({ widths }: ModelOptions<'convnet'>, data: DataShape): Architecture {
  const layers = widths.map((width, i) => ({
    width,
    inputs: widths[i - 1] ?? data.channels,
    stride: i === 0 ? 1 : 2,
    conv: `conv${i + 1}`,
    bn: `bn${i + 1}`,
  }));
  return {
    name: 'convnet',
    data,
    entries: [
      ...layers.flatMap(({ width, inputs, conv, bn }) => [
        ...convolution(conv, [width, inputs, 3, 3]),
        ...batchNorm(bn, width),
      ]),
      ...classifier('fc', [data.classes, widths.at(-1)!]),
    ],
    forward(images, net) {
      let x = images;
      for (const { conv, bn, stride } of layers)
        x = net.batchNorm(net.conv2d(x, conv, { stride, padding: 1 }), bn, true);
      return net.linear(net.globalMean(x), 'fc') as Tensor2D;
    },
  };
}
