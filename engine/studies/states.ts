/** Reads how far the runs of a study are. Everything comes from the run directories. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { mapParallel } from '../collections';
import { AT_ONCE, overviewIn, readBrief } from '../runs/list';
import { paths } from '../runs/paths';
import type { SummarizedRun } from '../runs/summaryFile';
import type { RunOverview } from '../runs/snapshot';
import type { StudyStatus } from '../vocabulary/study';
import { REPLACED, WAYS_OUT } from '../vocabulary/studyChanges';
import { differences, replacedSources } from './differences';
import type { SourceOfRun, StudyRun } from './expand';
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
  /**
   * The fields in which the run in the directory differs from the one of the study file, which was changed since. `REPLACED` if it was made
   * from a checkpoint that has another content now.
   */
  conflict?: readonly string[];
}

/** Returns the states of the runs, in their order, with everything that their tables need. */
export async function readStates(study: StudyName, runs: readonly StudyRun[]): Promise<RunState[]> {
  const reader = new StateReader(study);
  return withQueued(await mapParallel(runs, AT_ONCE, (run) => reader.read(run)));
}

/**
 * Returns the states of the runs, in their order. Those that are done or diverged have no overview, so the states of 10,000 runs need little
 * memory and a fifth of the time.
 */
export async function readProgress(study: IndexedStudy, runs: readonly StudyRun[]): Promise<RunState[]> {
  const ended = new EndedRuns(study, runs);
  const reader = new StateReader(study);
  const states = await mapParallel(runs, AT_ONCE, async (run): Promise<RunState> => {
    const directory = directoryOf(study, run.name);
    const known = ended.get(run);
    if (known) return endedState(run, directory, known);
    const stamp = ended.stampOf(run);
    const state = await reader.read(run);
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
export function readState(study: StudyName, run: StudyRun): Promise<RunState> {
  return new StateReader(study).read(run);
}

/** The SHA-256 of the checkpoints that a run has written, by the names of their files. */
type Hashes = ReadonlyMap<string, string>;

/** Reads the states of runs. What the sources of a run have written is read once for all runs that begin with them. */
class StateReader {
  readonly #hashes = new Map<string, Promise<Hashes>>();

  constructor(private readonly study: StudyName) {}

  async read(run: StudyRun): Promise<RunState> {
    const reading = this.#overview(run.name);
    this.#hashes.set(run.name, reading.then(hashesOf));
    const overview = await reading;
    const hashes = new Map<string, Hashes>();
    if (typeof overview === 'object') for (const name of run.needs) hashes.set(name, await this.#hashesOf(name));
    return stateFrom(this.study, run, overview, ({ run: name }) => hashes.get(name));
  }

  #hashesOf(name: string): Promise<Hashes> {
    const known = this.#hashes.get(name) ?? this.#overview(name).then(hashesOf);
    this.#hashes.set(name, known);
    return known;
  }

  async #overview(name: string): Promise<RunOverview | string | undefined> {
    const directory = directoryOf(this.study, name);
    const found = await readIfThere(directory);
    return typeof found === 'object' ? overviewIn(directory, found) : found;
  }
}

/** Returns the SHA-256 of the checkpoints that a run has logged; none if it cannot be read. */
export function hashesOf(overview: RunOverview | string | undefined): Hashes {
  const rounds = typeof overview === 'object' ? overview.rounds : [];
  return new Map(
    rounds.flatMap(({ checkpoint, sha256 }) => (sha256 === undefined ? [] : [[path.basename(checkpoint), sha256]])),
  );
}

/**
 * Returns the state of a run whose directory was read. `overview` is a sentence if it could not be read, and undefined if it is not there.
 * @param hashesIn returns the SHA-256 of what a source has written
 */
export function stateFrom(
  study: StudyName,
  run: StudyRun,
  overview: RunOverview | string | undefined,
  hashesIn: (source: SourceOfRun) => Hashes | undefined,
): RunState {
  const directory = directoryOf(study, run.name);
  if (overview === undefined) return { run, directory, status: 'waiting' };
  if (typeof overview === 'string') return { run, directory, status: 'failed', message: overview };
  const { record, status, message } = overview;
  const fields = differences(run, record, (source) => directoryOf(study, source));
  const kept = { run, directory, status: 'failed' } as const;
  if (fields.length > 0) {
    const names = fields.map((field) => `"${field}"`).join(', ');
    const sentence = `${directory}: contains a run with other options (${names} ${fields.length === 1 ? 'differs' : 'differ'}). ${WAYS_OUT}`;
    return { ...kept, message: sentence, conflict: fields };
  }
  const hashOf = (source: SourceOfRun) => hashesIn(source)?.get(path.basename(source.checkpoint));
  const [replaced] = replacedSources(run, record, hashOf);
  if (replaced === undefined) return { run, directory, status, ...(message !== undefined && { message }), overview };
  const sentence = `${directory}: was made from a checkpoint of ${replaced}, which was made anew since. Move this directory away to run it anew.`;
  return { ...kept, message: sentence, conflict: [REPLACED] };
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
