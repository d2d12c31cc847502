/** Verbs that only read: `inspect`, `compare`, `doctor`. */
import { fileAtRevision } from '../checkpoints/revision';
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
    usage: 'compare A B | A --revision REVISION',
    summary:
      'show mask overlap and sign flips between two checkpoints, or between a file in a Git revision (A) and the file now (B)',
    positionals: [1, 2],
    options: { revision: 'a Git commit, branch or tag, for example HEAD~1' },
    run: async ({ positionals, text: { revision } }) => {
      positionals.forEach(refuseRun);
      const [file = '', other] = positionals;
      if ((other === undefined) === (revision === undefined))
        throw new UserError('Name two checkpoints, or one checkpoint and a --revision.');
      const [a, b] = revision === undefined ? [file, other ?? ''] : [await fileAtRevision(file, revision), file];
      const comparison = await compareCheckpoints(a, b);
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
