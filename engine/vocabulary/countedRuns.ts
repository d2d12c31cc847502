/** Which runs the means of a table of runs count: those that are done, and each computation once. Pure. */
import { isMovedAside } from './movedAside';
import type { ListedRun } from './runRelations';
import { studyOf } from './runValues';

/** Why a run does not count: its status, or these words. */
const REPEATED = 'repeated';
const ASIDE = 'moved aside';

/** Runs that count, and the numbers of the others by the reason why they do not. */
export interface CountedRuns<R> {
  counted: R[];
  /** For example `stopped`, `diverged`, `repeated` or `moved aside`. */
  leftOut: Map<string, number>;
}

/** Returns the runs that count in means. Runs that would compute the same bytes count once: they say nothing about the spread. */
export function countedRuns<R extends ListedRun>(runs: readonly R[]): CountedRuns<R> {
  const seen = new Set<string>();
  const counted: R[] = [];
  const leftOut = new Map<string, number>();
  for (const run of runs) {
    const reason = isMovedAside(run.name)
      ? ASIDE
      : run.status !== 'done'
        ? run.status
        : seen.has(computationOf(run))
          ? REPEATED
          : undefined;
    if (reason !== undefined) leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
    else {
      seen.add(computationOf(run));
      counted.push(run);
    }
  }
  return { counted, leftOut };
}

const known = new WeakMap<ListedRun, string>();

/** Returns a key that runs share if they have the same options, seeds, data, sources and backend. */
function computationOf(run: ListedRun): string {
  let key = known.get(run);
  if (key === undefined) known.set(run, (key = textOf(run)));
  return key;
}

function textOf(run: ListedRun): string {
  const { kind, method, model, dataset, datasetSha256, seed, seeds, options, source, ends, backend } = run;
  const files = run.sources.map(({ sha256 }) => sha256);
  return JSON.stringify(
    [kind, method, model, dataset, datasetSha256, backend?.name, files, seed, seeds, options, source, ends],
    (name, value: unknown) =>
      PATHS.includes(name) && typeof value === 'string' ? undefined : isPlain(value) ? inOrder(value) : value,
  );
}

/** Places of files, which their hashes stand for: the same run may be in another folder. */
const PATHS: readonly string[] = ['path', 'checkpoint'];

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inOrder(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns the folder of the study that a run belongs to, or nothing. Two folders may have studies of the same name. */
export function studyFolderOf(run: ListedRun): string {
  return studyOf(run) === undefined ? '' : run.directory.slice(0, -run.name.length - 1);
}
