/** Reads how far the runs of a study are. Everything comes from the run directories. */
import { existsSync } from 'node:fs';
import { UserError } from '../errors';
import { mapParallel } from '../collections';
import { AT_ONCE, overviewIn, readBrief } from '../runs/list';
import { stampOf, type SummarizedRun } from '../runs/summaryFile';
import { paths } from '../runs/paths';
import type { RunOverview } from '../runs/snapshot';
import type { StudyStatus } from '../vocabulary/study';
import { WAYS_OUT } from '../vocabulary/studyChanges';
import { differences } from './differences';
import type { StudyRun } from './expand';
import { EndedRuns, type EndedRun, type IndexedStudy } from './endedRuns';
import { directoryOf } from './place';
import type { ReadStudy } from './studyFile';

type StudyName = Pick<ReadStudy, 'file' | 'name'>;

export interface RunState {
  run: StudyRun;
  directory: string;
  status: StudyStatus;
  /** Absent until the directory is made, and if it is not wanted. */
  overview?: RunOverview;
  /** Seconds that a run without overview worked. */
  seconds?: number;
  /** Why the run failed or was interrupted, or what is wrong with its directory. */
  message?: string;
  /** The fields in which the run in the directory differs from the one of the study file, which was changed since. */
  conflict?: readonly string[];
}

/** Returns the states of the runs, in their order, with everything that their tables need. */
export async function readStates(study: StudyName, runs: readonly StudyRun[]): Promise<RunState[]> {
  return withQueued(await mapParallel(runs, AT_ONCE, (run) => readState(study, run)));
}

/**
 * Returns the states of the runs, in their order. Those that are done or diverged have no overview, so the states of 10,000 runs need little
 * memory and a fifth of the time.
 */
export async function readProgress(study: IndexedStudy, runs: readonly StudyRun[]): Promise<RunState[]> {
  const ended = new EndedRuns(study, runs);
  const states = await mapParallel(runs, AT_ONCE, async (run): Promise<RunState> => {
    const directory = directoryOf(study, run.name);
    const known = ended.get(run.name, directory);
    if (known) return endedState(run, directory, known);
    const stamp = stampOf(directory);
    const state = await readState(study, run);
    const { status, message, overview } = state;
    if (!overview || (status !== 'done' && status !== 'diverged')) return state;
    const found: EndedRun = { status, message, seconds: overview.seconds };
    if (stamp) ended.add(run.name, stamp, found);
    return endedState(run, directory, found);
  });
  ended.keep();
  return withQueued(states);
}

function endedState(run: StudyRun, directory: string, { status, message, seconds }: EndedRun): RunState {
  return {
    run,
    directory,
    status,
    ...(message !== undefined && { message }),
    ...(seconds !== undefined && { seconds }),
  };
}

/** Returns the states, in which runs that can begin are `queued` instead of `waiting`. */
export function withQueued(states: readonly RunState[]): RunState[] {
  const byName = new Map(states.map((state) => [state.run.name, state]));
  return states.map((state) =>
    state.status === 'waiting' && isReady(state.run, byName) ? { ...state, status: 'queued' } : state,
  );
}

/** Returns the state of one run: `waiting` if it has not begun. */
export async function readState(study: StudyName, run: StudyRun): Promise<RunState> {
  const directory = directoryOf(study, run.name);
  const found = await readIfThere(directory);
  return stateFrom(study, run, typeof found === 'object' ? overviewIn(directory, found) : found);
}

/** Returns the state of a run whose directory was read. `overview` is a sentence if it could not be read, and undefined if it is not there. */
export function stateFrom(study: StudyName, run: StudyRun, overview: RunOverview | string | undefined): RunState {
  const state = briefState(study, run, overview);
  const isOfStudy = typeof overview === 'object' && overview.status === state.status; // else it has other options
  return { ...state, ...(isOfStudy && { overview }) };
}

/** Returns the state of a run without its overview. */
function briefState(
  study: StudyName,
  run: StudyRun,
  found: Pick<RunOverview, 'record' | 'status' | 'message'> | string | undefined,
): RunState {
  const directory = directoryOf(study, run.name);
  if (found === undefined) return { run, directory, status: 'waiting' };
  if (typeof found === 'string') return { run, directory, status: 'failed', message: found };
  const { record, status, message } = found;
  const fields = differences(run, record, (source) => directoryOf(study, source));
  if (fields.length === 0) return { run, directory, status, ...(message !== undefined && { message }) };
  const names = fields.map((field) => `"${field}"`).join(', ');
  const sentence = `${directory}: contains a run with other options (${names} ${fields.length === 1 ? 'differs' : 'differ'}). ${WAYS_OUT}`;
  return { run, directory, status: 'failed', message: sentence, conflict: fields };
}

/** Returns the run in a directory, a sentence if it cannot be read, or undefined if there is none. */
async function readIfThere(directory: string): Promise<SummarizedRun | string | undefined> {
  if (!existsSync(paths.record(directory))) return undefined; // thousands may not have begun, and an exception takes longer
  try {
    return await readBrief(directory);
  } catch (error) {
    if (!existsSync(paths.record(directory))) return undefined;
    if (error instanceof UserError) return error.inWindow;
    throw error;
  }
}

/** Whether everything that a run needs is there. */
export function isReady({ needs }: StudyRun, states: ReadonlyMap<string, Pick<RunState, 'status'>>): boolean {
  return needs.every((name) => states.get(name)?.status === 'done');
}

/** Whether a run needs nothing more: it is done, or its training diverged, which is a result, too. */
export function hasEnded(status: StudyStatus): boolean {
  return status === 'done' || status === 'diverged';
}
