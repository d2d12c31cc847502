/** The scales of the templates: how long their networks are trained, on which data, and with which seeds. */
import type { RunOptions } from '../../vocabulary/runOptions';

export const SCALES = {
  demo: 'The included sample, in minutes on two cores.',
  cifar: 'ResNet-20 on CIFAR-10, in hours.',
  paper: 'The settings of the official code, for a cluster.',
} as const;

export type Scale = keyof typeof SCALES;

/** What a scale decides: the training, and the seeds. */
export interface Setting {
  options: Partial<RunOptions>;
  /** Seeds of the searches, and of the initializations of the final trainings. */
  searchSeeds: readonly number[];
  seeds: readonly number[];
  /** The rounds that studies with many variants use, as shares of kept weights. */
  kept: readonly number[];
}

/** Where “winning-sign dataset get NAME --into data” puts the datasets. ImageNet has to be copied there. */
export const DATA = {
  cifar10: 'data/cifar10/cifar-10-batches-bin',
  cifar100: 'data/cifar100/cifar-100-binary',
  tiny: 'data/tiny-imagenet/tiny-imagenet-200',
  imagenet: 'data/imagenet',
} as const;

export const CIFAR_IMAGES = { crop: 4, flip: true } as const;

export const SETTINGS: Record<Scale, Setting> = {
  demo: {
    options: {
      ...{ model: 'convnet', dataset: 'sample', rounds: 3, pruningFraction: 0.6, warmupEpochs: 2, epochsPerRound: 2 },
      ...{ finalEpochs: 3, batchSize: 64, learningRate: 0.05, backend: 'wasm' },
    },
    searchSeeds: [1],
    seeds: [2, 3],
    kept: [0.16, 0.064],
  },
  cifar: {
    options: {
      ...{ model: 'resnet20', dataset: { format: 'cifar10', path: DATA.cifar10 }, rounds: 10 },
      ...{ warmupEpochs: 10, epochsPerRound: 10, finalEpochs: 60, augmentation: CIFAR_IMAGES },
    },
    searchSeeds: [1],
    seeds: [2, 3, 4],
    kept: [0.5, 0.2, 0.1],
  },
  paper: {
    options: {
      ...{ model: 'resnet50', dataset: { format: 'cifar100', path: DATA.cifar100, normalization: 'cifar10' } },
      ...{ rounds: 15, warmupEpochs: 10, epochsPerRound: 10, finalEpochs: 100, augmentation: CIFAR_IMAGES },
    },
    searchSeeds: [1],
    seeds: [2, 3],
    kept: [0.5, 0.3, 0.1, 0.05, 0.035],
  },
};
