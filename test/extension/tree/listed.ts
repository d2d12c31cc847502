/** Listed runs for tests of the tree. */
import type { ListedRun, TransferVariant } from '../../../engine/protocol';
import type { SourceCheckpoint } from '../../../engine/vocabulary/runRelations';
import { summary } from '../summaries';

type Fields = Partial<ListedRun>;

const measured = (accuracy: number) => ({ loss: 1, accuracy });

/** Returns a finished search with three rounds. Each prunes 60 % of the weights that are left. */
export function search(directory: string, fields: Fields = {}): ListedRun {
  const rounds = [0, 1, 2, 3].map((round) => {
    const prunable = 1 - 0.4 ** round;
    const checkpoint = `${directory}/checkpoints/round-0${round}.safetensors`;
    return { round, sparsity: { prunable, all: prunable }, test: measured(40), reestimated: measured(85 - round), checkpoint }; // prettier-ignore
  });
  const { sparsity, checkpoint } = rounds[3]!;
  return {
    ...base(directory, 'search'),
    ...{ status: 'done', rounds, result: { kind: 'search', sparsity, checkpoint } },
    initialization: `${directory}/checkpoints/init.safetensors`,
    ...fields,
  };
}

/** Returns a finished training of a new initialization. */
export function dense(directory: string, accuracy: number, fields: Fields = {}): ListedRun {
  const sparsity = { prunable: 0, all: 0 };
  return { ...trained(directory, accuracy, sparsity), method: 'dense', source: { from: 'initialization' }, ...fields };
}

/** Returns a finished transfer from a round of a search. Transfers of one variant are one experiment. */
export function transfer(
  directory: string,
  { of, round = 3, variant, seed, accuracy }: { of: ListedRun; round?: number; variant: TransferVariant; seed: number; accuracy: number }, // prettier-ignore
  fields: Fields = {},
): ListedRun {
  const { sparsity } = of.rounds[round]!;
  const source = sourceOf(of, round);
  return {
    ...trained(directory, accuracy, sparsity),
    ...{ method: of.method, seed, seeds: { seed, 'source.seed': of.seed }, experiment: `${of.method} ${variant}` },
    source: { from: 'checkpoint', checkpoint: source.file, sha256: '', variant },
    sources: [source],
    ...fields,
  };
}

function trained(directory: string, accuracy: number, sparsity: { prunable: number; all: number }): ListedRun {
  const checkpoint = `${directory}/checkpoints/final.safetensors`;
  const test = measured(accuracy);
  return {
    ...base(directory, 'train'),
    ...{ status: 'done', rounds: [{ round: 0, sparsity, test, checkpoint }] },
    result: { kind: 'train', sparsity, test, train: test, checkpoint },
    initialization: `${directory}/checkpoints/init.safetensors`,
  };
}

/** Returns a finished interpolation between the final checkpoints of two runs. */
export function between(directory: string, [a, b]: [ListedRun, ListedRun], value: number, fields: Fields = {}) {
  const barrier = { value, alpha: value > 0 ? 0.5 : 0, quantity: 'error', split: 'test', baseline: 'mean of the ends', definition: '' } as const; // prettier-ignore
  const run: ListedRun = {
    ...base(directory, 'connectivity'),
    ...{ status: 'done', method: a.method, sources: [sourceOf(a, 'final'), sourceOf(b, 'final')] },
    result: { kind: 'connectivity', barrier, barriers: [barrier], normalization: '', masks: 'equal' },
    ...fields,
  };
  return run;
}

/** Returns a checkpoint of a run as another run refers to it. */
export function sourceOf(run: ListedRun, role: SourceCheckpoint['role'] & (number | 'final')): SourceCheckpoint {
  const file = run.rounds.at(typeof role === 'number' ? role : -1)!.checkpoint;
  return { file, sha256: '', label: `${run.name}/${role}`, run: run.directory, role };
}

function base(directory: string, kind: ListedRun['kind']): ListedRun {
  const name = directory.replace(/^.*\//, '');
  return { ...summary, directory, name, kind, experiment: name };
}
