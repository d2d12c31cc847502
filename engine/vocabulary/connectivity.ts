/** The choices of a measurement between checkpoints, with the words for them in the terminal, the palette and the panels. */

/** What is done with batch-norm statistics at each measured point. `sentence` is `normalization` in the result. */
export const NORMALIZATIONS = {
  exact: {
    label: 'exact average',
    detail: 'Mean over one pass of the training set in its order, without augmentation, weighted by images.',
    sentence:
      'batch-norm statistics re-estimated at each point: the mean over one pass of the training set, weighted by images',
  },
  ema: {
    label: 'moving average, as in the official code',
    detail:
      'Starts with mean 0 and variance 1. Moving average with momentum 0.1 over one pass of the augmented and shuffled training set.',
    sentence:
      'batch-norm statistics re-estimated at each point as in the official code: from mean 0 and variance 1, a moving average with momentum 0.1 over one pass of the augmented and shuffled training set',
  },
  none: {
    label: 'left alone',
    detail: 'Running statistics are interpolated like weights. This often makes networks between the ends look worse.',
    sentence: 'batch-norm statistics left alone: interpolated linearly between those of A and B',
  },
} as const;

export type ConnectivityNormalization = keyof typeof NORMALIZATIONS;

/** The `normalization` in the result of a network without batch norm. */
export const NO_BATCH_NORM = 'nothing was re-estimated, because the network has no batch norm';

/** Which weights the networks between the ends have, if the masks of the ends differ. */
export const MASK_RULES = {
  union: {
    label: 'union',
    detail: 'Every weight that an end keeps. The ends themselves do not change.',
  },
  intersection: {
    label: 'intersection',
    detail: 'Only weights that all ends keep. The ends lose the others too, so they are not the given networks.',
  },
  equal: {
    label: 'must be equal',
    detail: 'Refuses ends with different masks, as the official script does.',
  },
} as const;

export type MaskRule = keyof typeof MASK_RULES;

export const DEFAULT_NORMALIZATION: ConnectivityNormalization = 'exact';
export const DEFAULT_MASKS: MaskRule = 'union';

/** Which pairs of several checkpoints are measured. */
export const PAIR_CHOICES = {
  all: { label: 'All pairs', detail: 'each checkpoint with each other' },
  consecutive: { label: 'Consecutive pairs', detail: 'each checkpoint with the next' },
  first: { label: 'The first with each other', detail: 'the first checkpoint with each other' },
} as const;

export type PairChoice = keyof typeof PAIR_CHOICES;

export const PAIR_CHOICE_NAMES = ['all', 'consecutive', 'first'] as const satisfies readonly PairChoice[];

/** Returns the pairs of `count` checkpoints, as places from 0. The first place of a pair is the lower one. */
export function pairsOf(count: number, choice: PairChoice): [a: number, b: number][] {
  const all = Array.from({ length: count }, (_, a) =>
    Array.from({ length: count - a - 1 }, (_, i): [number, number] => [a, a + 1 + i]),
  ).flat();
  if (choice === 'all') return all;
  return all.filter(([a, b]) => (choice === 'first' ? a === 0 : b === a + 1));
}
