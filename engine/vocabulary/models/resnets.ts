/** The options of residual networks. */
import { count, counts, norms } from './values';

const small = {
  width: {
    ...count,
    default: 16,
    description: 'Channels of the first stage. The second stage has twice as many, the third four times as many.',
  },
  ...norms,
} as const;

const large = {
  stem: {
    enum: ['cifar-wide', 'imagenet'],
    enumDescriptions: ['3 × 3 convolution, for small images.', '7 × 7 convolution with stride 2 and max pooling.'],
    default: 'cifar-wide',
    description: 'The first layers.',
  },
  width: {
    ...count,
    default: 64,
    description: 'Channels of the first stage. Each later stage has twice as many as the one before.',
  },
  ...norms,
} as const;

export const RESNETS = {
  resnet20: {
    title: 'ResNet-20',
    description: 'Residual network for small images.',
    options: small,
  },
  resnet32: {
    title: 'ResNet-32',
    description: 'Residual network for small images, with five blocks in each stage.',
    options: small,
  },
  resnet56: {
    title: 'ResNet-56',
    description: 'Residual network for small images, with nine blocks in each stage.',
    options: small,
  },
  resnet18: { title: 'ResNet-18', description: 'Residual network of torchvision, with 18 layers.', options: large },
  resnet34: { title: 'ResNet-34', description: 'Residual network of torchvision, with 34 layers.', options: large },
  resnet50: {
    title: 'ResNet-50',
    description: 'Residual network of torchvision, with 50 layers in bottleneck blocks.',
    options: large,
  },
  resnet: {
    title: 'ResNet',
    description: 'Residual network with stages of your choice.',
    options: {
      stem: {
        enum: ['cifar', 'cifar-wide', 'imagenet'],
        enumDescriptions: [
          '3 × 3 convolution, PyTorch’s default initialization.',
          '3 × 3 convolution, PyTorch’s default initialization; the others are initialized as in torchvision.',
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
      ...norms,
    },
  },
} as const;
