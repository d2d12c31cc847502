/** Reads one run, or all runs of a folder. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { mapParallel } from '../collections';
import type { RunEvent } from '../vocabulary/runEvents';
import { hasNotes } from '../vocabulary/runNotes';
import type { RunProblem, RunSnapshot } from '../vocabulary/runSummary';
import type { RunStatus } from '../vocabulary/runStatus';
import { findRuns } from './findRuns';
import { holderOf } from './lockFile';
import { readNotes, type ReadNotes } from './notes';
import { paths, tracesOf } from './paths';
import { type IgnoredLines, ignoredText, type LogPosition } from './readEvents';
import { readRecord } from './record';
import { type ContentOptions, type LogContent, readContent } from './runLog';
import { applyDelta, deltaOf, emptySnapshot, overviewOf, type RunOverview } from './snapshot';
import { isStopAsked } from './stopFile';

/** A run, and the position up to which its log was read. */
export interface ReadRun {
  snapshot: RunSnapshot;
  position: LogPosition;
  ignored: IgnoredLines;
  notes: ReadNotes;
}

/** Reads the current state of a run from its directory. */
export async function readRun(directory: string, options?: ContentOptions): Promise<ReadRun> {
  const snapshot = emptySnapshot(directory, await readRecord(directory));
  const content = await readContent(directory, options);
  applyDelta(snapshot, deltaOf(snapshot, content));
  snapshot.status = statusOf(directory, lastOf(content));
  snapshot.stopping = isStopping(directory, snapshot.status);
  if (existsSync(paths.log(directory))) snapshot.log = paths.log(directory);
  const notes = await readNotes(directory);
  if (hasNotes(notes.notes)) snapshot.notes = notes.notes;
  return { snapshot, position: content.position, ignored: content.ignored, notes };
}

/** Returns a message for the user about lines and notes that could not be read, or undefined if there are none. */
export function oddText(ignored: IgnoredLines, notes: Pick<ReadNotes, 'problem'>): string | undefined {
  const sentences = [ignoredText(ignored), notes.problem].filter((sentence) => sentence !== undefined);
  return sentences.length > 0 ? sentences.join(' ') : undefined;
}

/** Returns the last event of a part of a log, or undefined if the part has no event. */
export function lastOf({ events, progressed }: LogContent): LastEvent | undefined {
  return progressed ? { type: 'progress' } : events.at(-1);
}

/** The event that decides the status of a run. */
export type LastEvent = RunEvent | Pick<RunEvent, 'type'>;

/** Number of runs that are read at once. */
export const AT_ONCE = 8;

/** Reads the runs at or below a folder. A run that cannot be read, or whose log has ignored lines, is reported as a problem. */
export async function readRuns(folder: string): Promise<{ overviews: RunOverview[]; problems: RunProblem[] }> {
  const list = { overviews: [] as RunOverview[], problems: [] as RunProblem[] };
  const read = async (directory: string) => {
    try {
      const { snapshot, ignored, notes } = await readRun(directory, { losses: false });
      return { directory, overview: overviewOf(snapshot), message: oddText(ignored, notes) };
    } catch (error) {
      return { directory, message: sentenceOf(error) };
    }
  };
  for (const { directory, overview, message } of await mapParallel((await findRuns(folder)).runs, AT_ONCE, read)) {
    if (overview) list.overviews.push(overview);
    if (message !== undefined) list.problems.push({ directory, message: relativeTo(directory, message) });
  }
  return list;
}

/** Returns the outcome if the run has ended. Otherwise the status depends on the process and on the files of the run. */
export function statusOf(directory: string, last: LastEvent | undefined): RunStatus {
  if (last && 'outcome' in last) return last.outcome;
  if (holderOf(directory)) return 'running';
  return last || tracesOf(directory).length > 0 ? 'interrupted' : 'waiting';
}

/** Returns the status of a run after the events that were read since its last status. `last` is the last of them. */
export function statusNow({ directory, status }: RunOverview, last: LastEvent | undefined): RunStatus {
  if (last) return statusOf(directory, last);
  if (!['waiting', 'running', 'interrupted'].includes(status)) return status; // it has ended
  return statusOf(directory, status === 'waiting' ? undefined : { type: 'resumed' });
}

/** Whether a running run was asked to stop. */
export function isStopping(directory: string, status: RunStatus): boolean {
  return status === 'running' && isStopAsked(directory);
}

/** Returns the reason why a run could not be read, with paths relative to the directory of the run. */
export function problemOf(directory: string, error: unknown): string {
  return relativeTo(directory, sentenceOf(error));
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Makes the paths in a sentence relative to a directory. */
export function relativeTo(directory: string, sentence: string): string {
  return sentence.replaceAll(directory + path.sep, '').replaceAll(`${directory}: `, '');
}
