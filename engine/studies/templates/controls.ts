/** Controls. */
import { keptAfter, roundsOf } from '../../vocabulary/rounds';
import type { RunOptions } from '../../vocabulary/runOptions';
import { PLAIN_OPTIONS } from '../../vocabulary/runSchema';
import { type Template } from './parts';
import type { Setting } from './scales';

export const CONTROLS = {
  'epoch-matched': {
    question: 'Is it the method, or only more training?',
    content: ({ seeds, options, kept }) => {
      const levels = levelsOf(options, kept);
      const finalEpochs = options.finalEpochs ?? PLAIN_OPTIONS.finalEpochs.default;
      const method = [
        { name: 'lrr', set: { method: 'lrr' } },
        { name: 'aws', set: { method: 'aws' } },
        { name: 'random mask', set: { method: 'lrr', criterion: 'random' } },
        { name: 'shuffled mask', set: { method: 'lrr', criterion: 'shuffled' } },
      ];
      const level = levels.map(({ round, share, epochs }) => ({
        name: `one-shot, as round ${round}`,
        set: {
          method: 'one-shot',
          targetSparsity: Number((1 - share).toFixed(6)),
          warmupEpochs: epochs - epochsPerRoundOf(options),
        },
      }));
      return {
        axes: { method, level, round: levels.map(({ round }) => round), seed: seeds },
        nodes: {
          dense: {
            run: 'training',
            over: ['seed'],
            set: { finalEpochs: Math.max(...levels.map(({ epochs }) => epochs)) + finalEpochs },
          },
          search: { run: 'search', over: ['method', 'seed'] },
          'one-shot': { run: 'search', over: ['level', 'seed'] },
          retrained: {
            ...{ run: 'transfer', over: ['method', 'round', 'seed'], from: 'search#round' },
            set: { variant: 'retrain' },
          },
          'one-shot-retrained': {
            ...{ run: 'transfer', over: ['level', 'seed'], from: 'one-shot', set: { variant: 'retrain' } },
          },
        },
        results: {
          accuracy: {
            title: 'Test accuracy after full training; dense was trained as many epochs in all as the longest',
            ...{ of: 'retrained', measure: 'accuracy', rows: ['method', 'round'], baseline: 'dense' },
          },
          'one-shot': {
            title: 'Test accuracy after full training, pruned once after as many epochs',
            ...{ of: 'one-shot-retrained', measure: 'accuracy', rows: ['level'], baseline: 'dense' },
          },
        },
      };
    },
  },
} as const satisfies Record<string, Template>;

const { rounds: ROUNDS, pruningFraction: FRACTION, warmupEpochs: WARMUP, epochsPerRound: EPOCHS } = PLAIN_OPTIONS;

function epochsPerRoundOf({ epochsPerRound = EPOCHS.default }: Partial<RunOptions>): number {
  return epochsPerRound;
}

/** A round of the search: the share of kept weights after it, and how many epochs the search has trained then. */
interface Level {
  round: number;
  share: number;
  epochs: number;
}

/** Returns the rounds that are nearest to these shares. */
function levelsOf(options: Partial<RunOptions>, kept: Setting['kept']): Level[] {
  const { rounds = ROUNDS.default, pruningFraction = FRACTION.default, warmupEpochs = WARMUP.default } = options;
  const search = { method: 'lrr', rounds, pruningFraction } as const;
  const all = Array.from({ length: roundsOf(search) }, (_, i): Level => {
    const round = i + 1;
    return { round, share: keptAfter(round, search), epochs: warmupEpochs + round * epochsPerRoundOf(options) };
  });
  const distance = ({ share }: Level, wanted: number) => Math.abs(Math.log(share) - Math.log(wanted));
  const nearest = (wanted: number) => all.reduce((a, b) => (distance(b, wanted) < distance(a, wanted) ? b : a));
  return [...new Set(kept.map(nearest))];
}
