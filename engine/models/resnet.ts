/** Residual networks (He et al. 2016) with torchvision's names, for small images (stem `cifar`, `cifar-wide`) and for ImageNet. */
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { UserError } from '../errors';
import { batchNorm, classifier, convolution, normalByFanOut, uniformByFanIn } from './entries';
import type { Architecture, DataShape, Entry, ForwardContext } from './network';
import type { ModelOptions } from '../vocabulary/runOptions';

type Initializers = typeof uniformByFanIn;

interface Block {
  name: string;
  inputs: number;
  width: number;
  outputs: number;
  stride: number;
}

/** The convolutions of both kinds of block, in order. Each is followed by its batch norm. */
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

/** ResNet-20 for small images: three stages of three basic blocks, with `width`, 2·`width` and 4·`width` channels. */
export function resnet20({ width }: ModelOptions<'resnet20'>, data: DataShape): Architecture {
  const widths = [width, 2 * width, 4 * width];
  return { ...resnet({ stem: 'cifar', block: 'basic', blocks: [3, 3, 3], widths }, data), name: 'resnet20' };
}

/** Builds stages of residual blocks. Every stage after the first halves the height and width of the images. */
export function resnet({ stem, block, blocks: counts, widths }: ModelOptions<'resnet'>, data: DataShape): Architecture {
  const kind: Kind = BLOCKS[block];
  if (widths.length !== counts.length)
    throw new UserError(
      `model.options.widths has ${widths.length} entries, but model.options.blocks has ${counts.length}. Both need one entry for each stage.`,
      { field: 'model.options.widths' },
    );
  const blocks = arrange(counts, widths, kind.expansion);
  const imagenet = stem === 'imagenet';
  const smallest = 2 ** (counts.length - 1);
  if (!imagenet && Math.min(data.height, data.width) < smallest)
    throw new UserError(
      `model.options.blocks: ${counts.length} stages need images of at least ${smallest} × ${smallest}, but the images are ${data.height} × ${data.width}. Remove stages.`,
      { field: 'model.options.blocks' },
    );
  const initializer = stem === 'cifar' ? uniformByFanIn : normalByFanOut;
  return {
    name: 'resnet',
    data,
    entries: [
      ...convolution('conv1', [widths[0]!, data.channels, ...(imagenet ? SEVEN : THREE)], initializer),
      ...batchNorm('bn1', widths[0]!),
      ...blocks.flatMap((block) => blockEntries(block, kind, initializer)),
      ...classifier('fc', [data.classes, blocks.at(-1)!.outputs]),
    ],
    forward(images, net) {
      let x = net.conv2d(images, 'conv1', imagenet ? { stride: 2, padding: 3 } : { stride: 1, padding: 1 });
      x = net.batchNorm(x, 'bn1', true);
      if (imagenet) x = net.maxPool(x, { size: 3, stride: 2, padding: 1 });
      for (const block of blocks) x = forwardBlock(x, block, kind, net);
      return net.linear(net.globalMean(x), 'fc') as Tensor2D;
    },
  };
}

const THREE = [3, 3] as const;
const SEVEN = [7, 7] as const;

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

function blockEntries(block: Block, kind: Kind, initializer: Initializers): Entry[] {
  const { name, inputs, outputs } = block;
  return [
    ...kind
      .convolutions(block)
      .flatMap((layer, i) => [
        ...convolution(`${name}.conv${i + 1}`, [layer.outputs, layer.inputs, layer.size, layer.size], initializer),
        ...batchNorm(`${name}.bn${i + 1}`, layer.outputs),
      ]),
    ...(projects(block)
      ? [
          ...convolution(`${name}.downsample.0`, [outputs, inputs, 1, 1], initializer),
          ...batchNorm(`${name}.downsample.1`, outputs),
        ]
      : []),
  ];
}

function forwardBlock(x: Tensor4D, block: Block, kind: Kind, net: ForwardContext): Tensor4D {
  const { name, stride } = block;
  const layers = kind.convolutions(block);
  let y = x;
  layers.forEach((layer, i) => {
    y = net.conv2d(y, `${name}.conv${i + 1}`, { stride: layer.stride, padding: (layer.size - 1) / 2 });
    y = net.batchNorm(y, `${name}.bn${i + 1}`, i + 1 < layers.length);
  });
  if (!projects(block)) return net.addRelu(y, x);
  const shortcut = net.conv2d(x, `${name}.downsample.0`, { stride, padding: 0 });
  return net.addRelu(y, net.batchNorm(shortcut, `${name}.downsample.1`, false));
}

/** Whether the shortcut needs a 1 × 1 convolution, because the block changes the shape. */
function projects({ inputs, outputs, stride }: Block): boolean {
  return stride !== 1 || inputs !== outputs;
}
