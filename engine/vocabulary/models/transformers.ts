/** The options of vision transformers. */
import { count, probability } from './values';

const common = {
  naming: {
    enum: ['torchvision', 'timm'],
    default: 'torchvision',
    description: 'Whose names and initialization the network has.',
  },
  imageSize: {
    ...count,
    description: 'Height and width of the images. It is known from the data; if it is given, it must agree with them.',
  },
  dropout: { ...probability, default: 0, description: 'Fraction of values that a training step drops.' },
  dropConnect: {
    ...probability,
    default: 0,
    description:
      'Stochastic depth: how often a training step drops the last block. Earlier blocks are dropped less often.',
  },
} as const;

const dim = { ...count, description: 'Channels of a token.' } as const;
const depth = { ...count, default: 12, description: 'Number of blocks.' } as const;
const heads = { ...count, description: 'Heads of attention. Their number must divide the channels.' } as const;
const patchSize = {
  ...count,
  default: 16,
  description: 'Side of a patch in pixels. It must divide both sides of the images.',
} as const;

export const TRANSFORMERS = {
  vit: {
    title: 'ViT',
    description: 'Vision transformer of a size of your choice, with layer norm.',
    options: {
      ...common,
      patchSize: {
        ...count,
        description:
          'Side of a patch in pixels. It must divide both sides of the images. Default: the first of 4, 7, 8, 5, 6, 3, 2, 1 that does.',
      },
      dim: { ...dim, default: 192 },
      depth: { ...depth, default: 6 },
      heads: { ...heads, default: 3 },
    },
  },
  vit_b_16: {
    title: 'ViT-B/16',
    description: 'Vision transformer of 86 million parameters, with layer norm.',
    options: { ...common, patchSize, dim: { ...dim, default: 768 }, depth, heads: { ...heads, default: 12 } },
  },
  deit_tiny: {
    title: 'DeiT-Tiny',
    description: 'Vision transformer of 6 million parameters, with layer norm.',
    options: { ...common, patchSize, dim: { ...dim, default: 192 }, depth, heads: { ...heads, default: 3 } },
  },
  deit_small: {
    title: 'DeiT-Small',
    description: 'Vision transformer of 22 million parameters, with layer norm.',
    options: { ...common, patchSize, dim: { ...dim, default: 384 }, depth, heads: { ...heads, default: 6 } },
  },
} as const;
