/** The options of mobile networks. */
import { counts, probability } from './values';

const width = {
  type: 'number',
  exclusiveMinimum: 0,
  default: 1,
  description: 'Factor of the numbers of channels.',
} as const;

const blocks = { ...counts, description: 'Number of blocks of each stage.' } as const;

export const MOBILE = {
  mobilenetv2: {
    title: 'MobileNetV2',
    description: 'Inverted residual blocks with depthwise convolutions and batch norm.',
    options: {
      variant: {
        enum: ['official', 'torchvision'],
        enumDescriptions: [
          'Of the official AWS code, for small images.',
          'Of torchvision, with stride 2 in the first convolution and relu6.',
        ],
        default: 'official',
        description: 'Which implementation it equals.',
      },
      width,
      blocks: { ...blocks, default: [1, 2, 3, 4, 3, 3, 1] },
      dropout: {
        ...probability,
        default: 0,
        description:
          'Fraction of the inputs of the classifier that a training step drops. torchvision’s default is 0.2.',
      },
    },
  },
  efficientnet: {
    title: 'EfficientNet-B0',
    description: 'Inverted residual blocks with squeeze-excitation, swish and batch norm, for small images.',
    options: {
      variant: {
        enum: ['official'],
        enumDescriptions: ['Of the official AWS code.'],
        default: 'official',
        description: 'Which implementation it equals.',
      },
      width,
      blocks: { ...blocks, default: [1, 2, 2, 3, 3, 4, 1] },
      dropout: {
        ...probability,
        default: 0.2,
        description: 'Fraction of the inputs of the classifier that a training step drops.',
      },
      dropConnect: {
        ...probability,
        default: 0.2,
        description:
          'Stochastic depth: how often a training step drops the last block. Earlier blocks are dropped less often.',
      },
    },
  },
  shufflenet: {
    title: 'ShuffleNet',
    description: 'Grouped convolutions between which channels are shuffled, with batch norm, for small images.',
    options: {
      groups: {
        enum: [1, 2, 3, 4, 8],
        default: 3,
        description: 'Groups of the 1 × 1 convolutions. The numbers of channels follow from it.',
      },
      width,
      blocks: { ...blocks, default: [4, 8, 4] },
    },
  },
} as const;
