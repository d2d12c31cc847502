/** Whether a signed mask that was found on one task can be used on another. */
import type { RunOptions } from '../../vocabulary/runOptions';
import { KEPT, type Template } from './parts';
import { CIFAR_IMAGES, DATA, type Scale } from './scales';

type Images = Pick<RunOptions, 'dataset'> & { augmentation?: Partial<RunOptions['augmentation']> };

/** The task of the search, and the other one. At the scale demo, they are two halves of the classes of the sample. */
const TASKS: Record<Scale, { found: Images; used: Images }> = {
  demo: {
    found: { dataset: { format: 'sample', classes: [0, 1, 2, 3, 4] } },
    used: { dataset: { format: 'sample', classes: [5, 6, 7, 8, 9] } },
  },
  cifar: {
    found: { dataset: { format: 'cifar100', path: DATA.cifar100 }, augmentation: CIFAR_IMAGES },
    used: { dataset: { format: 'cifar10', path: DATA.cifar10 }, augmentation: CIFAR_IMAGES },
  },
  paper: {
    found: {
      ...{ dataset: { format: 'cifar100', path: DATA.cifar100, normalization: 'cifar10' } },
      augmentation: CIFAR_IMAGES,
    },
    used: {
      dataset: { format: 'folder', path: DATA.tiny },
      augmentation: { scale: [0.5, 1], flip: true },
    },
  },
};

export const CROSS_TASK = {
  'cross-task': {
    question: 'Does a signed mask carry over to another task?',
    content: ({ searchSeeds, seeds, kept }, scale) => {
      const { found, used } = TASKS[scale];
      const seed = '$searchSeed';
      const over = ['method', 'searchSeed', 'round', 'variant', 'seed'];
      // All start with a new classifier, so that only the origin of the mask and its signs differ.
      const signed = { name: 'signed-mask', set: { variant: 'signed-mask', classifier: 'new' } };
      const masked = { name: 'mask-only', set: { variant: 'mask-only' } };
      return {
        axes: {
          ...{ method: ['lrr', 'aws'], searchSeed: searchSeeds, round: { kept } },
          ...{ variant: [signed, masked], seed: seeds },
        },
        nodes: {
          dense: { run: 'training', over: ['seed'], set: { ...used } },
          'other-search': { run: 'search', over: ['method', 'searchSeed'], set: { ...found, seed } },
          'own-search': { run: 'search', over: ['method', 'searchSeed'], set: { ...used, seed } },
          'random-search': {
            ...{ run: 'search', over: ['searchSeed'] },
            set: { ...found, seed, method: 'lrr', criterion: 'shuffled' },
          },
          'other-task': { run: 'transfer', over, from: 'other-search#round', set: { ...used } },
          'own-task': { run: 'transfer', over, from: 'own-search#round' },
          'random-mask': {
            ...{ run: 'transfer', over: ['searchSeed', 'round', 'seed'], from: 'random-search#round' },
            set: { ...used, variant: 'mask-only' },
          },
        },
        results: {
          accuracy: {
            title: 'Test accuracy on the second task, with tickets of the other task, of its own, and random masks',
            ...{ of: ['other-task', 'own-task', 'random-mask'], measure: 'accuracy' },
            ...{ rows: ['variant', 'method', 'round'], baseline: 'dense' },
          },
          kept: { ...KEPT, of: 'other-search' },
        },
      };
    },
  },
} as const satisfies Record<string, Template>;
