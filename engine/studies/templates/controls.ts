/** Controls. */
import { type Template } from './parts';

export const CONTROLS = {
  'epoch-matched': {
    question: 'Is it the method, or only more training?',
    content: ({ seeds, options }) => {
      const { rounds = 15, warmupEpochs = 10, epochsPerRound = 10, pruningFraction = 0.2 } = options;
      const all = warmupEpochs + rounds * epochsPerRound;
      const method = [
        { name: 'lrr', set: { method: 'lrr' } },
        { name: 'aws', set: { method: 'aws' } },
        { name: 'random mask', set: { method: 'lrr', criterion: 'random' } },
        { name: 'shuffled mask', set: { method: 'lrr', criterion: 'shuffled' } },
      ];
      const target = Number((1 - (1 - pruningFraction) ** rounds).toFixed(4));
      return {
        axes: { method, seed: seeds },
        nodes: {
          dense: { run: 'training', over: ['seed'], set: { finalEpochs: all + (options.finalEpochs ?? 100) } },
          search: { run: 'search', over: ['method', 'seed'] },
          'one-shot': {
            run: 'search',
            over: ['seed'],
            set: { method: 'one-shot', targetSparsity: target, warmupEpochs: all - epochsPerRound },
          },
          retrained: { run: 'transfer', over: ['method', 'seed'], from: 'search', set: { variant: 'retrain' } },
          'one-shot-retrained': { run: 'transfer', over: ['seed'], from: 'one-shot', set: { variant: 'retrain' } },
        },
        results: {
          accuracy: {
            title: 'Test accuracy after full training; dense was trained as many epochs in all',
            ...{ of: ['retrained', 'one-shot-retrained'], measure: 'accuracy', rows: ['method'], baseline: 'dense' },
          },
        },
      };
    },
  },
} as const satisfies Record<string, Template>;
