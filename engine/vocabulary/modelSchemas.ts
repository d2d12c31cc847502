/**
 * The networks that a run file can name, each with its options as JSON schema. Types, bounds, defaults and help texts all come from here.
 * `engine/models` has one builder for each.
 */

const count = { type: 'integer', minimum: 1 } as const;
const counts = { type: 'array', items: count, minItems: 1 } as const;

export const MODELS = {
  resnet20: {
    title: 'ResNet-20',
    description: 'Residual network for small images, with batch norm.',
    options: {
      width: {
        ...count,
        default: 16,
        description: 'Channels of the first stage. The second stage has twice as many, the third four times as many.',
      },
    },
  },
  convnet: {
    title: 'Small convolutional net',
    description: '3 × 3 convolutions with batch norm. It trains in minutes on a CPU.',
    options: {
      widths: {
        ...counts,
        default: [8, 16, 32, 64],
        description:
          'Output channels of each convolution. Each convolution except the first halves the height and width of the image.',
      },
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
    options: {
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
        description:
          'Height and width of the images. It is known from the data; if it is given, it must agree with them.',
      },
      channels: {
        ...count,
        description:
          'Channels of the images. They are known from the data; if they are given, they must agree with them.',
      },
    },
  },
  resnet: {
    title: 'ResNet',
    description: 'Residual network with stages of your choice, with batch norm.',
    options: {
      stem: {
        enum: ['cifar', 'cifar-wide', 'imagenet'],
        enumDescriptions: [
          '3 × 3 convolution, PyTorch’s default initialization.',
          '3 × 3 convolution, initialized as in torchvision.',
          '7 × 7 convolution with stride 2 and max pooling, initialized as in torchvision.',
        ],
        default: 'cifar',
        description: 'The first layers, and how convolutions are initialized.',
      },
      block: {
        enum: ['basic', 'bottleneck'],
        default: 'basic',
        description:
          'Kind of residual block: two 3 × 3 convolutions, or 1 × 1, 3 × 3, 1 × 1 with four times as many outputs.',
      },
      blocks: { ...counts, default: [3, 3, 3], description: 'Number of blocks of each stage.' },
      widths: { ...counts, default: [16, 32, 64], description: 'Channels of each stage; one number for each stage.' },
    },
  },
} as const;

/** The fields of every network, next to its options. */
export const MODEL_FIELDS = {
  classes: {
    type: 'integer',
    minimum: 2,
    description: 'Number of classes. It is known from the data; if it is given, it must agree with them.',
  },
  prunable: {
    enum: ['default', 'official'],
    enumDescriptions: [
      'Every convolution and linear layer except the classifier.',
      'As in the official AWS code, which also leaves out hidden layers with as many outputs as there are classes.',
    ],
    description: 'Which layers can be pruned. Without it, the rule is default.',
  },
} as const;

export type ModelName = keyof typeof MODELS;
