/** The rule `keep` of a study: which networks its runs write, which of them its runs read, and which can be dropped. */
import { checkpointOfRound, FINAL, INITIALIZATION, REWIND_POINT, STATE } from '../runs/paths';
import { roundsOf } from '../vocabulary/rounds';
import type { KeepRule } from '../vocabulary/study';
import type { StudyRun } from './expand';

/** The part of a run that the rule needs. */
type KeptRun = Pick<StudyRun, 'name' | 'kind' | 'sources' | 'options'>;

/** A checkpoint, or the saved state of a run, that is dropped when its run and all runs that read it are done. */
export interface DroppableFile {
  /** Path relative to the run directory. */
  file: string;
  /** Names of the runs that read it. */
  readers: readonly string[];
}

/** Returns the files with networks that a run has written when it is done, relative to its directory. */
export function filesOf({ kind, options }: Pick<KeptRun, 'kind' | 'options'>): string[] {
  if (kind === 'connectivity') return [];
  if (kind !== 'search') return [STATE, INITIALIZATION, FINAL];
  const rounds = Array.from({ length: roundsOf(options) + 1 }, (_, round) => checkpointOfRound(round));
  const rewinds = options.method === 'imp' && options.rewindStep > 0;
  return [STATE, INITIALIZATION, ...(rewinds ? [REWIND_POINT] : []), ...rounds];
}

/**
 * Returns the files that can be dropped, by the name of their run. A search keeps everything that runs of the study read, so that
 * added runs do not need another search. With `rounds`, it also keeps its rounds, and the weights to which imp rewinds them.
 */
export function droppableFiles(keep: KeepRule, runs: readonly KeptRun[]): Map<string, DroppableFile[]> {
  if (keep === 'all') return new Map();
  const readers = readersIn(runs);
  return new Map(
    runs.map((run) => {
      const files = filesOf(run).map((file) => ({ file, readers: readers.get(keyOf(run.name, file)) ?? [] }));
      return [run.name, files.filter((one) => run.kind !== 'search' || !isKept(keep, run, one))];
    }),
  );
}

/** Whether a search keeps one of its files. */
function isKept(keep: KeepRule, { options }: KeptRun, { file, readers }: DroppableFile): boolean {
  if (readers.length > 0) return true;
  if (keep !== 'rounds' || file === STATE) return false;
  const rewound = options.rewindStep > 0 ? REWIND_POINT : INITIALIZATION;
  return file === rewound ? options.method === 'imp' : file !== INITIALIZATION;
}

/** Returns the runs that read a checkpoint, by run and checkpoint. */
function readersIn(runs: readonly KeptRun[]): Map<string, string[]> {
  const readers = new Map<string, string[]>();
  for (const { name, kind, sources } of runs)
    for (const { run, checkpoint } of sources) {
      // A transfer compares its signs with the initialization of its ticket, and retrains a ticket of imp from its rewind point.
      const beside = kind === 'transfer' ? [INITIALIZATION, REWIND_POINT] : [];
      for (const file of new Set([checkpoint, ...beside])) {
        const key = keyOf(run, file);
        const known = readers.get(key);
        if (!known) readers.set(key, [name]);
        else if (known.at(-1) !== name) known.push(name);
      }
    }
  return readers;
}

function keyOf(run: string, file: string): string {
  return `${run}/${file}`;
}
