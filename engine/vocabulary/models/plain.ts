/** The options of networks of plain convolutions. */
import { count, counts, probability } from './values';

export const PLAIN = {
  lenet: {
    title: 'LeNet-5',
    description: 'Two 5 × 5 convolutions with max pooling, and fully connected layers.',
    options: {
      widths: { ...counts, default: [6, 16], description: 'Output channels of the two convolutions.' },
      hidden: { ...counts, default: [120, 84], description: 'Units of each hidden layer.' },
      batchNorm: {
        type: 'boolean',
        default: false,
        description: 'Batch norm after each hidden layer. Without it there is no ψ, and aws is the same as lrr.',
      },
    },
  },
  vgg: {
    title: 'VGG',
    description: 'Stages of 3 × 3 convolutions with torchvision’s names, and fully connected layers.',
    options: {
      depth: {
        enum: [11, 13, 16, 19],
        default: 16,
        description: 'Number of layers with weights, with two hidden layers.',
      },
      batchNorm: {
        type: 'boolean',
        default: true,
        description: 'Batch norm after each convolution. Without it there is no ψ, and aws is the same as lrr.',
      },
      width: {
        ...count,
        default: 64,
        description: 'Channels of the first stage. Later stages have 2, 4, 8 and 8 times as many.',
      },
      hidden: {
        type: 'array',
        items: count,
        default: [4096, 4096],
        description: 'Units of each hidden fully connected layer. Small images are often trained with none.',
      },
      pool: {
        ...count,
        default: 7,
        description: 'Side of the map that the last convolutions are averaged to. With 1 it is a global mean.',
      },
      dropout: { ...probability, default: 0.5, description: 'Fraction of hidden units that a training step drops.' },
    },
  },
} as const;
