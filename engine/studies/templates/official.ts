/**
 * The published scripts of the official code (script/*.sh), as studies: the same options, seeds and trainings. A search has the seed 1.
 * Then, with the seeds 2 and 3, each of its rounds is trained from its signed mask, from its mask alone, and as it is.
 */
import type { RunOptions } from '../../vocabulary/runOptions';
import type { Nodes, Template } from './parts';
import { CIFAR_IMAGES, DATA } from './scales';

interface Script {
  options: Partial<RunOptions>;
  /** Rounds whose tickets are trained. */
  round: 'all' | readonly number[];
  /** Whether the script also trains from the mask alone. */
  masks: boolean;
}

const NETWORKS = {
  resnet50: { model: 'resnet50' },
  mobilenetv2: { model: 'mobilenetv2', learningRate: 0.05 },
  efficientnet: { model: 'efficientnet' },
  shufflenet: { model: 'shufflenet' },
} as const satisfies Record<string, Partial<RunOptions>>;

const SMALL = {
  ...{ rounds: 15, pruningFraction: 0.2, warmupEpochs: 10, epochsPerRound: 10, finalEpochs: 100 },
  ...{ optimizer: 'sgd', learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4, schedule: 'step', batchSize: 128 },
} as const satisfies Partial<RunOptions>;

const IMAGES = {
  cifar100: {
    dataset: { format: 'cifar100', path: DATA.cifar100, normalization: 'cifar10' },
    augmentation: CIFAR_IMAGES,
  },
  tiny: {
    dataset: { format: 'folder', path: DATA.tiny, normalization: 'imagenet' },
    augmentation: { crop: 0, scale: [0.5, 1], flip: true },
  },
} as const satisfies Record<string, Partial<RunOptions>>;

const IMAGENET = {
  ...{ rounds: 10, pruningFraction: 0.2, warmupEpochs: 20, epochsPerRound: 5, finalEpochs: 100, schedule: 'cosine' },
  dataset: { format: 'folder', path: DATA.imagenet, size: 224, resize: 256, normalization: 'imagenet' },
  augmentation: { crop: 0, scale: [0.08, 1], flip: true },
} as const satisfies Partial<RunOptions>;

const LARGE = {
  mobilenetv2: {
    model: { model: 'mobilenetv2', options: { variant: 'torchvision' } },
    ...{ optimizer: 'sgd', learningRate: 0.05, momentum: 0.9, weightDecay: 5e-5, batchSize: 256 },
  },
  resnet50: {
    model: { model: 'resnet50', options: { stem: 'imagenet' } },
    ...{ optimizer: 'adam', learningRate: 0.001, weightDecay: 1e-5, batchSize: 256 },
  },
  mlpmixer: {
    model: { model: 'mixer', options: { patchSize: 16, dim: 512, depth: 12 } },
    ...{ optimizer: 'adam', learningRate: 0.001, weightDecay: 5e-5, batchSize: 512 },
  },
} as const satisfies Record<string, Partial<RunOptions>>;

const METHODS = ['aws', 'lrr'] as const;

type Subject = `${keyof typeof IMAGES}_${keyof typeof NETWORKS}` | `imagenet_${keyof typeof LARGE}`;
export type OfficialName = `official/${Subject}_${(typeof METHODS)[number]}`;

function templateOf(method: (typeof METHODS)[number], { options, round, masks }: Script): Template {
  const ticket = (variant: string): Nodes[string] => ({
    ...{ run: 'transfer', over: ['round', 'seed'], from: 'search#round', set: { variant } },
  });
  const nodes: Nodes = {
    search: { run: 'search', set: { method, seed: 1 } },
    signtransfer: ticket('signed-mask'),
    ...(masks && { masktransfer: ticket('mask-only') }),
    retraining: ticket('retrain'),
  };
  const of = Object.keys(nodes).filter((name) => name !== 'search');
  return {
    question: `The published script for ${method.toUpperCase()}: how well do its tickets train, retrained and from new initializations?`,
    scales: ['paper'],
    content: () => ({
      options,
      axes: { round, seed: [2, 3] },
      nodes,
      results: {
        accuracy: { title: 'Test accuracy after full training', of, measure: 'accuracy', rows: ['round'] },
        kept: { title: 'Kept weights in percent', of: 'search', measure: 'kept', rows: ['round'] },
      },
    }),
  };
}

const SCRIPTS = [
  ...Object.entries(IMAGES).flatMap(([data, images]) =>
    Object.entries(NETWORKS).map(([network, own]): [string, Script] => [
      `${data}_${network}`,
      { options: { ...images, ...SMALL, ...own }, round: 'all', masks: true },
    ]),
  ),
  ...Object.entries(LARGE).map(([network, own]): [string, Script] => [
    `imagenet_${network}`,
    { options: { ...IMAGENET, ...own }, round: [10], masks: false },
  ]),
];

export const OFFICIAL = Object.fromEntries(
  SCRIPTS.flatMap(([name, script]) =>
    METHODS.map((method) => [`official/${name}_${method}`, templateOf(method, script)]),
  ),
) as Record<OfficialName, Template>;
