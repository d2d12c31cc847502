/** Verbs that only read: `inspect`, `compare`, `doctor`. */
import { UserError } from '../errors';
import { compareCheckpoints } from '../inspection/compare';
import { inspect } from '../inspection/inspect';
import { examine } from './doctor';
import { formatChecks, formatComparison, formatInspection } from './format';
import { refuseRun, type Verb } from './verb';

export const lookVerbs: Record<string, Verb> = {
  inspect: {
    usage: 'inspect FILE',
    summary: 'show layers, masks, signs and sparsity of a checkpoint, or its tensors if there is no layer',
    positionals: [1, 1],
    run: async ({ positionals }) => {
      refuseRun(positionals[0]!);
      const inspection = await inspect(positionals[0]!);
      return { json: inspection, text: formatInspection(inspection) };
    },
  },
  compare: {
    usage: 'compare A B',
    summary: 'show mask overlap and sign flips between two checkpoints',
    positionals: [2, 2],
    run: async ({ positionals }) => {
      positionals.forEach(refuseRun);
      const comparison = await compareCheckpoints(positionals[0]!, positionals[1]!);
      if (comparison.layers.length === 0)
        throw new UserError(
          `${comparison.a} and ${comparison.b} have no layer of the same name and shape. Compare checkpoints of one architecture.`,
        );
      return { json: comparison, text: formatComparison(comparison) };
    },
  },
  doctor: {
    usage: 'doctor',
    summary: 'check this machine and say what to fix',
    positionals: [0, 0],
    run: async () => {
      process.once('disconnect', () => process.exit(1)); // the server that started this has ended
      const checks = await examine();
      return { json: { checks }, text: formatChecks(checks) };
    },
  },
};
