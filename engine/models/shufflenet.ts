/** ShuffleNet (Zhang et al. 2018) for small images, with the names of the official AWS code: grouped convolutions between which channels are shuffled. */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { UserError } from '../errors';
import type { ModelOptions } from '../vocabulary/runOptions';
import { averagePool, convolution, globalMean } from './layers/convolution';
import { compose, network, operation, sequence, type Layer } from './layers/layer';
import { classifier } from './layers/linear';
import { batchNorm } from './layers/normalization';
import { checkStages } from './stages';
import type { Architecture, DataShape } from './network';

/** Output channels of the three stages by number of groups, so that the cost hardly depends on the groups. */
const WIDTHS = {
  1: [144, 288, 576],
  2: [200, 400, 800],
  3: [240, 480, 960],
  4: [272, 544, 1088],
  8: [384, 768, 1536],
} as const;
const FIRST = 24;

/** Builds `conv1`, units `stageN.M`, and the classifier `fc`. The first unit of each stage halves height and width. */
export function shufflenet({ groups, width, blocks }: ModelOptions<'shufflenet'>, data: DataShape): Architecture {
  checkStages(blocks, WIDTHS[groups].length);
  const first = scaled(FIRST, width, groups);
  let inputs = first;
  // The hidden channels of a unit are a quarter of its outputs, and the groups must divide them.
  const widths = WIDTHS[groups].map((channels) => scaled(channels, width, 4 * groups));
  checkGrowth([first, ...widths]);
  const units = widths.flatMap((outputs, stage) =>
    Array.from({ length: blocks[stage]! }, (_, i) => {
      const unit = shuffleUnit(`stage${stage + 2}.${i}`, { inputs, outputs, groups, halves: i === 0 });
      inputs = outputs;
      return unit;
    }),
  );
  const body = sequence(
    convolution('conv1.conv', { inputs: data.channels, outputs: first, size: 3, bias: true }),
    batchNorm('conv1.bn', first, { relu: true }),
    ...units,
    globalMean,
    classifier('fc', [data.classes, inputs]),
  );
  return network('shufflenet', data, body);
}

/** Returns the nearest multiple of `divisor`, but at least `divisor`. */
function scaled(channels: number, width: number, divisor: number): number {
  return divisor * Math.max(1, Math.round((channels * width) / divisor));
}

/** A unit that halves the images appends to its channels, so each stage needs more channels than the one before. */
function checkGrowth(channels: readonly number[]): void {
  if (channels.some((outputs, i) => i > 0 && outputs <= channels[i - 1]!))
    throw new UserError(
      `model.options.width: the stages would have ${channels.join(', ')} channels, but each needs more than the one before. Choose a greater width.`,
      { field: 'model.options.width' },
    );
}

interface Unit {
  inputs: number;
  outputs: number;
  groups: number;
  halves: boolean;
}

/** relu(body(x) + x). A unit that halves the images appends the averaged inputs to its channels instead of adding them. */
function shuffleUnit(name: string, { inputs, outputs, groups, halves }: Unit): Layer<Tensor4D> {
  const hidden = Math.floor(outputs / 4);
  const expanded = halves ? outputs - inputs : outputs;
  const body = sequence<Tensor4D>(
    ...normalized(`${name}.bottlneck.0.pointwise`, { inputs, outputs: hidden, size: 1, groups, relu: true }),
    operation((x: Tensor4D, net) => net.shuffleChannels(x, groups)),
    ...normalized(`${name}.depthwise.depthwise`, {
      inputs: hidden,
      outputs: hidden,
      size: 3,
      groups: hidden,
      stride: halves ? 2 : 1,
    }),
    ...normalized(`${name}.expand.pointwise`, { inputs: hidden, outputs: expanded, size: 1, groups }),
  );
  if (!halves) return compose([body], (x, net) => net.addRelu(body.forward(x, net), x));
  return compose([body], (x, net) => net.relu(net.concatChannels([HALVED.forward(x, net), body.forward(x, net)])));
}

const HALVED = averagePool({ size: 3, stride: 2, padding: 1 });

/** A convolution with bias and batch norm. */
function normalized(
  name: string,
  { relu = false, ...options }: Parameters<typeof convolution>[1] & { relu?: boolean },
): Layer[] {
  return [convolution(`${name}.0`, { ...options, bias: true }), batchNorm(`${name}.1`, options.outputs, { relu })];
}
