/** Reads one run, or all runs of a folder. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { mapParallel } from '../collections';
import type { RunEvent } from '../vocabulary/runEvents';
import { hasNotes } from '../vocabulary/runNotes';
import type { RunRecord } from '../vocabulary/runRecord';
import type { RunProblem, RunSnapshot } from '../vocabulary/runSummary';
import type { RunStatus } from '../vocabulary/runStatus';
import { findRuns } from './findRuns';
import { holderOf } from './lockFile';
import { readNotes, type ReadNotes } from './notes';
import { paths, tracesOf } from './paths';
import { type IgnoredLines, ignoredText, type LogPosition } from './readEvents';
import { readRecord, readStoredRecord } from './record';
import { absoluteRecord } from './recordPaths';
import { type ContentOptions, type LogContent, readContent } from './runLog';
import { applyDelta, deltaOf, emptySnapshot, overviewOf, type RunOverview } from './snapshot';
import { isStopAsked } from './stopFile';
import { keepSummary, readSummary, stampOf, type SummarizedRun } from './summaryFile';

/** A run, and the position up to which its log was read. */
export interface ReadRun {
  snapshot: RunSnapshot;
  position: LogPosition;
  ignored: IgnoredLines;
  notes: ReadNotes;
}

/** The part of a run that lists and relations need, and the position up to which its log was read. */
export interface ReadOverview {
  overview: RunOverview;
  position: LogPosition;
  ignored: IgnoredLines;
  notes: ReadNotes;
}

/** Greatest time in ms for which summaries are read before other work of this process runs. */
const BREATH_MS = 20;

/** Reads the current state of a run from its directory. */
export async function readRun(directory: string, options?: ContentOptions): Promise<ReadRun> {
  const record = await readRecord(directory);
  const content = await readContent(directory, options);
  const snapshot = snapshotOf(directory, record, content);
  const notes = await readNotes(directory);
  if (hasNotes(notes.notes)) snapshot.notes = notes.notes;
  return { snapshot, position: content.position, ignored: content.ignored, notes };
}

/** Reads the part of a run that lists need. */
export async function readOverview(directory: string): Promise<ReadOverview> {
  const run = await readBrief(directory);
  const { position, ignored } = run.content;
  const overview = overviewIn(directory, run);
  const notes = await readNotes(directory);
  if (hasNotes(notes.notes)) overview.notes = notes.notes;
  return { overview, position, ignored, notes };
}

/**
 * Reads the record of a run, with absolute paths, and the events that lists need: from its summary if it has one, else from its log. Writes
 * the summary of a run that has ended without one.
 */
export async function readBrief(directory: string): Promise<SummarizedRun> {
  await breathe();
  const stamp = stampOf(directory);
  const known = stamp && readSummary(directory, stamp);
  if (known) return { ...known, record: absoluteRecord(directory, known.record) };
  const stored = await readStoredRecord(directory);
  const content = await readContent(directory, { losses: false });
  const run = { record: absoluteRecord(directory, stored), content };
  if (stamp) keepSummary(directory, stamp, { record: stored, content, signs: overviewIn(directory, run).signs });
  return run;
}

/** Returns the part of a run that lists and relations need, without its notes. */
export function overviewIn(directory: string, { record, content, signs }: SummarizedRun): RunOverview {
  const overview = overviewOf(snapshotOf(directory, record, content));
  if (signs) overview.signs = signs;
  return overview;
}

function snapshotOf(directory: string, record: RunRecord, content: LogContent): RunSnapshot {
  const snapshot = emptySnapshot(directory, record);
  applyDelta(snapshot, deltaOf(snapshot, content));
  snapshot.status = statusOf(directory, lastOf(content));
  snapshot.stopping = isStopping(directory, snapshot.status);
  if (existsSync(paths.log(directory))) snapshot.log = paths.log(directory);
  return snapshot;
}

/** Returns a message for the user about lines and notes that could not be read, or undefined. Paths are relative to the directory. */
export function oddText(
  directory: string,
  ignored: IgnoredLines,
  notes: Pick<ReadNotes, 'problem'>,
): string | undefined {
  const sentences = [ignoredText(ignored), notes.problem].filter((sentence) => sentence !== undefined);
  return sentences.length > 0 ? relativeTo(directory, sentences.join(' ')) : undefined;
}

let lastBreath = performance.now();

/** Lets other work of this process run, because summaries are read synchronously, which is several times as fast. */
async function breathe(): Promise<void> {
  if (performance.now() - lastBreath < BREATH_MS) return;
  await setImmediate();
  lastBreath = performance.now();
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
      const { overview, ignored, notes } = await readOverview(directory);
      return { directory, overview, message: oddText(directory, ignored, notes) };
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

/** Returns the state of a run after the events that were read since its last state. `last` is the last of them. */
export function stateNow(overview: RunOverview, last: LastEvent | undefined): Pick<RunOverview, 'status' | 'stopping'> {
  const status = statusNow(overview, last);
  return { status, stopping: isStopping(overview.directory, status) };
}

function statusNow({ directory, status }: RunOverview, last: LastEvent | undefined): RunStatus {
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
