/** Reads how far the runs of a study are. Everything comes from the run directories. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { mapParallel } from '../collections';
import { AT_ONCE, readRun } from '../runs/list';
import { hashOptions, OPTION_NAMES } from '../runs/options';
import { paths } from '../runs/paths';
import { optionsOf } from '../runs/record';
import { overviewOf, type RunOverview } from '../runs/snapshot';
import type { RunOptions } from '../vocabulary/runOptions';
import type { RunRecord } from '../vocabulary/runRecord';
import type { StudyStatus } from '../vocabulary/study';
import type { StudyRun } from './expand';
import { directoryOf } from './place';
import type { ReadStudy } from './studyFile';

export interface RunState {
  run: StudyRun;
  directory: string;
  status: StudyStatus;
  /** Absent until the directory is made. */
  overview?: RunOverview;
  /** Why the run failed or was interrupted, or what is wrong with its directory. */
  message?: string;
}

/** Returns the states of the runs, in their order. */
export async function readStates(study: ReadStudy, runs: readonly StudyRun[]): Promise<RunState[]> {
  const states = await mapParallel(runs, AT_ONCE, (run) => readState(study, run));
  const byName = new Map(states.map((state) => [state.run.name, state]));
  return states.map((state) =>
    state.status === 'waiting' && isReady(state.run, byName) ? { ...state, status: 'queued' } : state,
  );
}

/** Returns the state of one run: `waiting` if it has not begun. */
export async function readState(study: ReadStudy, run: StudyRun): Promise<RunState> {
  const directory = directoryOf(study, run.name);
  if (!existsSync(paths.record(directory))) return { run, directory, status: 'waiting' };
  const overview = overviewOf((await readRun(directory, { losses: false })).snapshot);
  const fields = differences(run, overview.record, (source) => directoryOf(study, source));
  if (fields.length > 0) {
    const names = fields.map((field) => `"${field}"`).join(', ');
    const message = `${directory}: contains a run with other options (${names} ${fields.length === 1 ? 'differs' : 'differ'}). Remove it to run it anew, or rename the node.`;
    return { run, directory, status: 'failed', message };
  }
  return {
    run,
    directory,
    status: overview.status,
    overview,
    ...(overview.message !== undefined && { message: overview.message }),
  };
}

/** Returns the fields in which the run in a directory is not the run of the study, because the file was changed since. */
function differences(run: StudyRun, record: RunRecord, placeOf: (run: string) => string): string[] {
  const { kind, options, settings, sources } = run;
  const source = record.kind === 'train' && record.source.from === 'checkpoint' ? record.source : undefined;
  const found = source ? 'transfer' : record.kind === 'train' ? 'training' : record.kind;
  if (found !== kind) return ['kind'];
  const own = optionsOf(record);
  const isSame = (name: keyof RunOptions) =>
    hashOptions({ [name]: own[name] }) === hashOptions({ [name]: options[name] });
  const names = hashOptions(own) === hashOptions(options) ? [] : OPTION_NAMES.filter((name) => !isSame(name));
  const given = { ...record, ...source } as Readonly<Record<string, unknown>>;
  const fields = Object.keys(settings.fields).filter(
    (field) => !isDeepStrictEqual(given[field], settings.fields[field]),
  );
  const ends = source ? [source] : record.kind === 'connectivity' ? [record.a, record.b] : [];
  const isOther = sources.some(
    ({ run: name, checkpoint }, i) => ends[i]?.checkpoint !== path.join(placeOf(name), checkpoint),
  );
  return [...names, ...fields, ...(isOther ? ['checkpoint'] : [])];
}

/** Whether everything that a run needs is there. */
export function isReady({ needs }: StudyRun, states: ReadonlyMap<string, Pick<RunState, 'status'>>): boolean {
  return needs.every((name) => states.get(name)?.status === 'done');
}

/** Whether a run needs nothing more: it is done, or its training diverged, which is a result, too. */
export function hasEnded(status: StudyStatus): boolean {
  return status === 'done' || status === 'diverged';
}
