/** MobileNetV2 (Sandler et al. 2018): inverted residual blocks with depthwise convolutions. */
import { add, type Tensor4D } from '@tensorflow/tfjs-core';
import type { ModelOptions } from '../vocabulary/runOptions';
import { convolution, depthwise, globalMean } from './layers/convolution';
import { normal, normalByFanOut, zero } from './layers/initializers';
import { compose, network, sequence, type Layer } from './layers/layer';
import { classifier, dropout, relu6 } from './layers/linear';
import { batchNorm } from './layers/normalization';
import { arrangeBlocks, checkStages, type Block } from './stages';
import type { Architecture, DataShape } from './network';

/** The stages. The official code for small images has no stride in the second. */
const STAGES = [
  { expansion: 1, width: 16, stride: 1 },
  { expansion: 6, width: 24, stride: 2 },
  { expansion: 6, width: 32, stride: 2 },
  { expansion: 6, width: 64, stride: 2 },
  { expansion: 6, width: 96, stride: 1 },
  { expansion: 6, width: 160, stride: 2 },
  { expansion: 6, width: 320, stride: 1 },
];
const FIRST = 32;
const LAST = 1280;

type Options = ModelOptions<'mobilenetv2'>;

/** Builds the network of the official AWS code, or that of torchvision. */
export function mobilenetv2(options: Options, data: DataShape): Architecture {
  checkStages(options.blocks, STAGES.length);
  return options.variant === 'official' ? official(options, data) : torchvision(options, data);
}

function official({ width, blocks, dropout: rate }: Options, data: DataShape): Architecture {
  const scaled = (channels: number) => divisible(channels * width);
  const stages = STAGES.map((stage, i) => ({
    ...stage,
    width: scaled(stage.width),
    stride: i === 1 ? 1 : stage.stride,
  }));
  const arranged = arrangeBlocks(stages, blocks, scaled(FIRST));
  const last = divisible(LAST * Math.max(1, width));
  const body = sequence(
    convolution('conv1', { inputs: data.channels, outputs: scaled(FIRST), size: 3 }),
    batchNorm('bn1', scaled(FIRST), { relu: true }),
    ...arranged.map((block, i) => officialBlock(`layers.${i}`, block)),
    convolution('conv2', { inputs: arranged.at(-1)!.outputs, outputs: last, size: 1 }),
    batchNorm('bn2', last, { relu: true }),
    globalMean,
    dropout('dropout', rate),
    classifier('linear', [data.classes, last]),
  );
  return network('mobilenetv2', data, body);
}

/** A block of the official code. The shortcut of a block with other channels is a convolution. */
function officialBlock(name: string, { inputs, outputs, hidden, stride }: Block): Layer<Tensor4D> {
  const body = sequence<Tensor4D>(
    convolution(`${name}.conv1`, { inputs, outputs: hidden, size: 1 }),
    batchNorm(`${name}.bn1`, hidden, { relu: true }),
    depthwise(`${name}.conv2`, hidden, { size: 3, stride }),
    batchNorm(`${name}.bn2`, hidden, { relu: true }),
    convolution(`${name}.conv3`, { inputs: hidden, outputs, size: 1 }),
    batchNorm(`${name}.bn3`, outputs),
  );
  if (stride !== 1) return body;
  const shortcut =
    inputs === outputs
      ? sequence<Tensor4D>()
      : sequence<Tensor4D>(
          convolution(`${name}.shortcut.0`, { inputs, outputs, size: 1 }),
          batchNorm(`${name}.shortcut.1`, outputs),
        );
  return compose([body, shortcut], (x, net) => add(body.forward(x, net), shortcut.forward(x, net)));
}

function torchvision({ width, blocks, dropout: rate }: Options, data: DataShape): Architecture {
  const scaled = (channels: number) => divisible(channels * width);
  const stages = STAGES.map((stage) => ({ ...stage, width: scaled(stage.width) }));
  const arranged = arrangeBlocks(stages, blocks, scaled(FIRST));
  const last = divisible(LAST * Math.max(1, width));
  const end = `features.${arranged.length + 1}`;
  const body = sequence(
    ...normalized('features.0', scaled(FIRST), { inputs: data.channels, size: 3, stride: 2 }),
    ...arranged.map((block, i) => torchvisionBlock(`features.${i + 1}.conv`, block)),
    ...normalized(end, last, { inputs: arranged.at(-1)!.outputs, size: 1 }),
    globalMean,
    dropout('classifier.0', rate),
    classifier('classifier.1', [data.classes, last], { weight: normal(0.01), bias: zero }),
  );
  return network('mobilenetv2', data, body);
}

function torchvisionBlock(name: string, { inputs, outputs, hidden, stride }: Block): Layer<Tensor4D> {
  const expand = hidden === inputs ? [] : normalized(`${name}.0`, hidden, { inputs, size: 1 });
  const at = expand.length === 0 ? 0 : 1;
  const body = sequence<Tensor4D>(
    ...expand,
    ...normalized(`${name}.${at}`, hidden, { inputs: hidden, size: 3, stride, groups: hidden }),
    convolution(`${name}.${at + 1}`, { inputs: hidden, outputs, size: 1, weight: normalByFanOut }),
    batchNorm(`${name}.${at + 2}`, outputs),
  );
  if (stride !== 1 || inputs !== outputs) return body;
  return compose([body], (x, net) => add(x, body.forward(x, net)));
}

/** A convolution with batch norm and relu6, named as in torchvision. */
function normalized(
  name: string,
  outputs: number,
  options: { inputs: number; size: number; stride?: number; groups?: number },
): Layer[] {
  const layer = convolution(`${name}.0`, { ...options, outputs, weight: normalByFanOut });
  return [layer, batchNorm(`${name}.1`, outputs), relu6];
}

/** Rounds to a multiple of 8, but by at most 10 % down. */
function divisible(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}
