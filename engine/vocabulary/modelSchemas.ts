/**
 * The networks that a run file can name, each with its options as JSON schema. Types, bounds, defaults and help texts all come from here.
 * `engine/models` has one builder for each.
 */

import { MOBILE } from './models/mobile';
import { PLAIN } from './models/plain';
import { RESNETS } from './models/resnets';
import { TRANSFORMERS } from './models/transformers';
import { count, counts, norms } from './models/values';

const { resnet20, ...resnets } = RESNETS;

const mixerOptions = {
  patchSize: {
    ...count,
    description:
      'Side of a patch in pixels. It must divide both sides of the images. Default: the first of 4, 7, 8, 5, 6, 3, 2, 1 that does.',
  },
  dim: { ...count, default: 64, description: 'Channels.' },
  depth: { ...count, default: 4, description: 'Number of blocks.' },
  expansionFactor: {
    type: 'number',
    exclusiveMinimum: 0,
    default: 4,
    description: 'Hidden units per patch, in the layers that mix patches.',
  },
  expansionFactorToken: {
    type: 'number',
    exclusiveMinimum: 0,
    default: 0.5,
    description: 'Hidden units per channel, in the layers that mix channels.',
  },
  imageSize: {
    ...count,
    description: 'Height and width of the images. It is known from the data; if it is given, it must agree with them.',
  },
  channels: {
    ...count,
    description: 'Channels of the images. They are known from the data; if they are given, they must agree with them.',
  },
} as const;

export const MODELS = {
  resnet20,
  convnet: {
    title: 'Small convolutional net',
    description: '3 × 3 convolutions. It trains in minutes on a CPU.',
    options: {
      widths: {
        ...counts,
        default: [8, 16, 32, 64],
        description:
          'Output channels of each convolution. Each convolution except the first halves the height and width of the image.',
      },
      ...norms,
    },
  },
  mlp: {
    title: 'MLP',
    description: 'Fully connected layers.',
    options: {
      hidden: { ...counts, default: [300, 100], description: 'Units of each hidden layer.' },
      batchNorm: {
        type: 'boolean',
        default: true,
        description: 'Batch norm after each hidden layer. Without it there is no ψ, and aws is the same as lrr.',
      },
    },
  },
  mixer: {
    title: 'MLP-Mixer',
    description: 'Mixes patches and channels in turn, with layer norm instead of batch norm.',
    options: mixerOptions,
  },
  mixer_tiny: {
    title: 'MLP-Mixer, tiny',
    description: 'MLP-Mixer with two blocks of 32 channels, for quick trials.',
    options: {
      ...mixerOptions,
      dim: { ...mixerOptions.dim, default: 32 },
      depth: { ...mixerOptions.depth, default: 2 },
    },
  },
  mixer_d512: {
    title: 'MLP-Mixer of 512 channels',
    description:
      'The official AWS code trains it on ImageNet, with 8 million parameters: 12 blocks on patches of 16 × 16.',
    options: {
      ...mixerOptions,
      patchSize: {
        ...count,
        default: 16,
        description: 'Side of a patch in pixels. It must divide both sides of the images.',
      },
      dim: { ...mixerOptions.dim, default: 512 },
      depth: { ...mixerOptions.depth, default: 12 },
    },
  },
  ...resnets,
  ...PLAIN,
  ...MOBILE,
  ...TRANSFORMERS,
} as const;

const PRUNABLE_RULE = {
  enum: ['default', 'official'],
  enumDescriptions: [
    'Every convolution and linear layer except the classifier.',
    'As in the official AWS code, which also leaves out hidden layers with as many outputs as there are classes.',
  ],
} as const;

const PATTERNS = { type: 'array', items: { type: 'string', minLength: 1 } } as const;

/** The fields of every network, next to its options. */
export const MODEL_FIELDS = {
  classes: {
    type: 'integer',
    minimum: 2,
    description: 'Number of classes. It is known from the data; if it is given, it must agree with them.',
  },
  prunable: {
    description:
      'Which layers can be pruned: a rule, or an object with a rule and names, such as { "exclude": ["conv1"] }. Without it, the rule is default.',
    anyOf: [
      { type: 'string', ...PRUNABLE_RULE },
      {
        type: 'object',
        additionalProperties: false,
        properties: {
          rule: { ...PRUNABLE_RULE, description: 'The rule that patterns add layers to or remove layers from.' },
          include: {
            ...PATTERNS,
            description:
              'Layers that are pruned although the rule leaves them out, such as the classifier. In a pattern, * stands for any text, and ? for one character.',
          },
          exclude: {
            ...PATTERNS,
            description: 'Layers that are not pruned. If a layer is included and excluded, it is not pruned.',
          },
        },
      },
    ],
  },
} as const;

export type ModelName = keyof typeof MODELS;
