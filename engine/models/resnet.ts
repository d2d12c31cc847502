/** Residual networks (He et al. 2016) with torchvision's names, for small images (stem `cifar`, `cifar-wide`) and for ImageNet. */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { UserError } from '../errors';
import type { ModelOptions } from '../vocabulary/runOptions';
import { convolution, globalMean, maxPool } from './layers/convolution';
import { normalByFanOut, uniformByFanIn, type WeightInitializer } from './layers/initializers';
import { compose, network, sequence, type Layer } from './layers/layer';
import { classifier } from './layers/linear';
import { normalization, type Normalization } from './layers/normalization';
import type { Architecture, DataShape } from './network';

interface Block {
  name: string;
  inputs: number;
  width: number;
  outputs: number;
  stride: number;
}

/** The convolutions of both kinds of block, in order. Each is followed by its normalization. */
const BLOCKS = {
  basic: {
    expansion: 1,
    convolutions: ({ inputs, width, stride }: Block) => [
      { inputs, outputs: width, size: 3, stride },
      { inputs: width, outputs: width, size: 3, stride: 1 },
    ],
  },
  bottleneck: {
    expansion: 4,
    convolutions: ({ inputs, width, outputs, stride }: Block) => [
      { inputs, outputs: width, size: 1, stride: 1 },
      { inputs: width, outputs: width, size: 3, stride },
      { inputs: width, outputs, size: 1, stride: 1 },
    ],
  },
};
type Kind = (typeof BLOCKS)[keyof typeof BLOCKS];

type Builder<Name extends 'resnet20' | 'resnet18'> = (options: ModelOptions<Name>, data: DataShape) => Architecture;

/** Returns the builder of a ResNet for small images: three stages of basic blocks, with `width`, 2·`width` and 4·`width` channels. */
export function smallResnet(name: string, blocks: number): Builder<'resnet20'> {
  return ({ width, ...options }, data) => {
    const widths = [width, 2 * width, 4 * width];
    const stages = [blocks, blocks, blocks];
    return { ...resnet({ ...options, stem: 'cifar', block: 'basic', blocks: stages, widths }, data), name };
  };
}

/** Returns the builder of a ResNet of torchvision: four stages, with `width`, 2·`width`, 4·`width` and 8·`width` channels. */
export function largeResnet(name: string, block: keyof typeof BLOCKS, blocks: number[]): Builder<'resnet18'> {
  return ({ width, ...options }, data) => {
    const widths = blocks.map((_, stage) => width * 2 ** stage);
    return { ...resnet({ ...options, block, blocks, widths }, data), name };
  };
}

/** Builds stages of residual blocks. Every stage after the first halves the height and width of the images. */
export function resnet(options: ModelOptions<'resnet'>, data: DataShape): Architecture {
  checkStages(options, data);
  const { stem, block, blocks: counts, widths } = options;
  const kind: Kind = BLOCKS[block];
  const weight = stem === 'cifar' ? uniformByFanIn : normalByFanOut;
  const blocks = arrange(counts, widths, kind.expansion);
  const norm = normalization(options);
  // The official code replaces torchvision's first convolution for small images, which leaves the new one with PyTorch's default.
  const first = { inputs: data.channels, outputs: widths[0]!, ...(stem === 'imagenet' && { weight }) };
  const body = sequence(
    ...(stem === 'imagenet'
      ? [convolution('conv1', { ...first, size: 7, stride: 2 }), norm('bn1', widths[0]!, { relu: true }), HALVED]
      : [convolution('conv1', { ...first, size: 3 }), norm('bn1', widths[0]!, { relu: true })]),
    ...blocks.map((one) => residual(one, kind, { weight, norm })),
    globalMean,
    classifier('fc', [data.classes, blocks.at(-1)!.outputs]),
  );
  return network('resnet', data, body);
}

const HALVED = maxPool({ size: 3, stride: 2, padding: 1 });

function checkStages({ stem, blocks, widths }: ModelOptions<'resnet'>, { height, width }: DataShape): void {
  if (widths.length !== blocks.length)
    throw new UserError(
      `model.options.widths has ${widths.length} entries, but model.options.blocks has ${blocks.length}. Both need one entry for each stage.`,
      { field: 'model.options.widths' },
    );
  const smallest = 2 ** (blocks.length - 1);
  if (stem !== 'imagenet' && Math.min(height, width) < smallest)
    throw new UserError(
      `model.options.blocks: ${blocks.length} stages need images of at least ${smallest} × ${smallest}, but the images are ${height} × ${width}. Remove stages.`,
      { field: 'model.options.blocks' },
    );
}

function arrange(counts: number[], widths: number[], expansion: number): Block[] {
  let inputs = widths[0]!;
  return counts.flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => {
      const width = widths[stage]!;
      const stride = stage > 0 && i === 0 ? 2 : 1;
      const block = { name: `layer${stage + 1}.${i}`, inputs, width, outputs: width * expansion, stride };
      inputs = block.outputs;
      return block;
    }),
  );
}

/** relu(body(x) + shortcut(x)). The shortcut is a 1 × 1 convolution if the block changes the shape. */
function residual(
  block: Block,
  kind: Kind,
  { weight, norm }: { weight: WeightInitializer; norm: Normalization },
): Layer<Tensor4D> {
  const { name, inputs, outputs, stride } = block;
  const convolutions = kind.convolutions(block);
  const body = sequence<Tensor4D>(
    ...convolutions.flatMap((options, i) => [
      convolution(`${name}.conv${i + 1}`, { ...options, weight }),
      norm(`${name}.bn${i + 1}`, options.outputs, { relu: i + 1 < convolutions.length }),
    ]),
  );
  if (stride === 1 && inputs === outputs) return compose([body], (x, net) => net.addRelu(body.forward(x, net), x));
  const shortcut = sequence<Tensor4D>(
    convolution(`${name}.downsample.0`, { inputs, outputs, size: 1, stride, weight }),
    norm(`${name}.downsample.1`, outputs),
  );
  return compose([body, shortcut], (x, net) => net.addRelu(body.forward(x, net), shortcut.forward(x, net)));
}
