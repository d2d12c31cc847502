/** What a table of runs shows of a run: what was done, how many weights are kept, and its accuracy with the way it was measured. Pure. */
import { DONE_LOOKS, type Done } from './looks';
import type { Measured } from './runEvents';
import type { ListedRun } from './runRelations';
import type { RunSummary } from './runSummary';
import { searchLabel, shownMeasure } from './searchAccuracy';

/** Returns what was done in a run. Undefined for a connectivity run, which trains nothing. */
export function doneIn({ kind, source }: Pick<RunSummary, 'kind' | 'source'>): Done | undefined {
  if (kind === 'connectivity') return undefined;
  if (kind === 'search') return 'search';
  return source?.from === 'checkpoint' ? source.variant : 'training';
}

/** Returns what was done, in words. */
export function doneText(run: Pick<RunSummary, 'kind' | 'source' | 'ends' | 'method'>): string {
  const done = doneIn(run);
  if (done === undefined) return run.ends?.c ? 'loss surface' : 'interpolation';
  return done === 'training' && run.method === 'dense' ? 'dense training' : DONE_LOOKS[done].label;
}

/** Returns the share of the prunable weights that is kept now, from 0 to 1. Undefined until the first round has ended. */
export function keptOf({ rounds }: RunSummary): number | undefined {
  const last = rounds.at(-1);
  return last && 1 - last.sparsity.prunable;
}

/** A run, with its sources if they are known. */
type Sourced = RunSummary & Partial<Pick<ListedRun, 'sources'>>;

/**
 * Returns the share of kept weights of each run. A ticket has that of the round it comes from until it is measured itself, because its mask
 * is known from the start.
 */
export function keptAmong(runs: readonly Sourced[]): (run: Sourced) => number | undefined {
  let byDirectory: Map<string, Sourced> | undefined;
  return (run) => {
    const own = keptOf(run);
    const source = run.sources?.[0];
    if (own !== undefined || run.kind !== 'train' || source?.run === undefined) return own;
    byDirectory ??= new Map(runs.map((one) => [one.directory, one]));
    const rounds = byDirectory.get(source.run)?.rounds ?? [];
    const found = rounds.find(({ round }) => round === source.role);
    return found && 1 - found.sparsity.prunable;
  };
}

/** Returns the newest measurement on the test split: re-estimated for a search, if it has that measure. */
export function measuredOf({ kind, rounds }: RunSummary): Measured | undefined {
  const last = rounds.at(-1);
  return last && (kind === 'search' ? shownMeasure(last) : last.test);
}

/** Returns how the accuracy of a run was measured: `after full training`, `in search` or `in search, re-estimated`. */
export function measuredHow({ kind, method, rounds }: RunSummary): string | undefined {
  const last = rounds.at(-1);
  if (!last) return undefined;
  return kind === 'search' ? searchLabel(last, method) : 'after full training';
}

/** Returns the round of a search that has ended last, or the round whose ticket a transfer trained. */
export function roundIn({ kind, rounds, sources }: ListedRun): number | undefined {
  if (kind === 'search') return rounds.at(-1)?.round;
  const role = kind === 'train' ? sources[0]?.role : undefined;
  return typeof role === 'number' ? role : undefined;
}

/** Returns the name of the study that a run belongs to, from its folder `NAME.study`. */
export function studyOf({ directory }: Pick<RunSummary, 'directory'>): string | undefined {
  return /(?:^|[\\/])([^\\/]+)\.study[\\/][^\\/]+$/u.exec(directory)?.[1];
}
