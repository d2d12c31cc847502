/** The names of the options of searches. */
import type { RunOptions } from './runOptions';

/** Options that only a search uses: they have no effect in a full training. */
export const SEARCH_OPTIONS: readonly (keyof RunOptions)[] = [
  'rounds',
  'targetSparsity',
  'pruningFraction',
  'scope',
  'criterion',
  'warmupEpochs',
  'epochsPerRound',
  'rewindStep',
  'roundSchedule',
  'normalizationInterpolation',
];
