/**
 * EfficientNet-B0 (Tan & Le 2019) for small images, with the names of the official AWS code: inverted residual blocks with
 * squeeze-excitation, swish, and stochastic depth.
 */
import { add, reshape, type Tensor4D } from '@tensorflow/tfjs-core';
import type { ModelOptions } from '../vocabulary/runOptions';
import { convolution, depthwise, globalMean } from './layers/convolution';
import { compose, network, sequence, unused, type Layer } from './layers/layer';
import { classifier, dropout, swish } from './layers/linear';
import { batchNorm } from './layers/normalization';
import { arrangeBlocks, checkStages, type Block } from './stages';
import type { Architecture, DataShape } from './network';

const STAGES = [
  { expansion: 1, width: 16, stride: 1, size: 3 },
  { expansion: 6, width: 24, stride: 2, size: 3 },
  { expansion: 6, width: 40, stride: 2, size: 5 },
  { expansion: 6, width: 80, stride: 2, size: 3 },
  { expansion: 6, width: 112, stride: 1, size: 5 },
  { expansion: 6, width: 192, stride: 2, size: 5 },
  { expansion: 6, width: 320, stride: 1, size: 3 },
];
const FIRST = 32;
/** Channels of squeeze-excitation, as a fraction of the inputs of the block. */
const SQUEEZED = 0.25;

/** Builds `conv1`, blocks `layers.N` and the classifier `linear`. A later block is dropped more often, up to the rate `dropConnect`. */
export function efficientnet(options: ModelOptions<'efficientnet'>, data: DataShape): Architecture {
  const { width, blocks, dropout: rate, dropConnect } = options;
  checkStages(blocks, STAGES.length);
  const scaled = (channels: number) => Math.max(1, Math.round(channels * width));
  const stages = STAGES.map((stage) => ({ ...stage, width: scaled(stage.width) }));
  const arranged = arrangeBlocks(stages, blocks, scaled(FIRST));
  const body = sequence(
    convolution('conv1', { inputs: data.channels, outputs: scaled(FIRST), size: 3 }),
    batchNorm('bn1', scaled(FIRST)),
    swish,
    ...arranged.map((block, i) => inverted(`layers.${i}`, block, (dropConnect * i) / arranged.length)),
    globalMean,
    dropout('dropout', rate),
    classifier('linear', [data.classes, arranged.at(-1)!.outputs]),
  );
  return network('efficientnet', data, body);
}

/** A block. If it does not expand, the official code has its first convolution, but does not use it. */
function inverted(name: string, block: Block & { size: number }, dropRate: number): Layer<Tensor4D> {
  const { inputs, outputs, hidden, stride, size } = block;
  const expand = [convolution(`${name}.conv1`, { inputs, outputs: hidden, size: 1 }), batchNorm(`${name}.bn1`, hidden)];
  const body = sequence<Tensor4D>(
    ...(hidden === inputs ? expand.map(unused) : [...expand, swish]),
    depthwise(`${name}.conv2`, hidden, { size, stride }),
    batchNorm(`${name}.bn2`, hidden),
    swish,
    squeezeExcitation(`${name}.se`, hidden, Math.max(1, Math.floor(inputs * SQUEEZED))),
    convolution(`${name}.conv3`, { inputs: hidden, outputs, size: 1 }),
    batchNorm(`${name}.bn3`, outputs),
  );
  if (stride !== 1 || inputs !== outputs) return body;
  const dropped = sequence<Tensor4D>(body, dropout(`${name}.drop`, dropRate, 'image'));
  return compose([dropped], (x, net) => add(dropped.forward(x, net), x));
}

/** Scales each channel by a factor that two small layers compute from the means of all channels (Hu et al. 2018). */
function squeezeExcitation(name: string, channels: number, squeezed: number): Layer<Tensor4D> {
  const first = convolution(`${name}.se1`, { inputs: channels, outputs: squeezed, size: 1, bias: true });
  const second = convolution(`${name}.se2`, { inputs: squeezed, outputs: channels, size: 1, bias: true });
  return compose([first, second], (x, net) => {
    const means: Tensor4D = reshape(net.globalMean(x), [-1, 1, 1, channels]);
    const factors = net.sigmoid(second.forward(net.swish(first.forward(means, net)), net));
    return net.scaleChannels(x, reshape(factors, [-1, channels]));
  });
}
