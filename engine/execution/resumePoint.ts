/** Finds the point where a run resumes, and how much of its log is valid up to that point. */
import { existsSync } from 'node:fs';
import { readMetadata } from '../checkpoints/open';
import { readNetworkState } from '../checkpoints/state';
import { UserError } from '../errors';
import { curvePoints, isBeginning, surfacePoints } from '../runs/events';
import { hashOptions } from '../runs/options';
import { checkpointOfRound, INITIALIZATION, paths, rewindPointIn } from '../runs/paths';
import { type EventPage, ignoredText, readLog } from '../runs/readEvents';
import type { CurvePoint, RunEvent, SurfacePoint } from '../vocabulary/runEvents';
import type { RunRecord } from '../vocabulary/runRecord';
import { roundsOf } from '../vocabulary/rounds';
import { loadPosition, type Position, START } from './savedState';

export interface ResumePoint {
  /**
   * Where the run resumes: at a saved state, at the start of the round after a checkpoint, or after measured points. Undefined if the
   * run starts from the beginning.
   */
  from:
    | { position: Position; by: 'state' | 'checkpoint' }
    | { points: CurvePoint[]; cells: SurfacePoint[]; by: 'points' }
    | undefined;
  /** Number of bytes of the log to keep. Later events are removed, and their work is repeated. */
  keep: number;
  /** Messages for the user about everything that was lost, one sentence each. */
  losses: string[];
}

const NEW: ResumePoint = { from: undefined, keep: 0, losses: [] };

/**
 * Finds the resume point: the saved state, or if that is missing, the end of the last round with a usable checkpoint. A connectivity
 * run resumes after its measured points.
 */
export async function findResumePoint(directory: string, record: RunRecord, page: EventPage): Promise<ResumePoint> {
  if (record.kind === 'connectivity') return fromPoints(directory, record, page);
  const saved = await loadPosition(directory, hashOptions(record));
  if (!saved) return withoutState(directory, record, page);
  let isPast = false;
  const keep = await lastEnd(directory, (event, end) => {
    isPast ||= end > saved.eventBytes || isBeyond(event, saved);
    return !isPast;
  });
  const shorter = page.end < saved.eventBytes ? [lacking(directory)] : [];
  return { from: { position: saved, by: 'state' }, keep, losses: [...shorter, ...lossesOf(directory, page)] };
}

async function fromPoints(directory: string, record: RunRecord, page: EventPage): Promise<ResumePoint> {
  const [points, cells] = [curvePoints(page.events), surfacePoints(page.events)];
  if (points.length === 0 && cells.length === 0) return NEW;
  checkSameOptions(directory, record, page.events);
  const keep = await lastEnd(directory, ({ type }) => type !== 'ended');
  return { from: { points, cells, by: 'points' }, keep, losses: lossesOf(directory, page) };
}

async function withoutState(directory: string, record: RunRecord, page: EventPage): Promise<ResumePoint> {
  checkSameOptions(directory, record, page.events);
  const initialization = await optionsIn(paths.checkpoint(directory, INITIALIZATION));
  if (initialization.options !== undefined && initialization.options !== hashOptions(record)) throw changed(directory);
  const hasBegun = page.events.some(({ type }) => type === 'epoch');
  if (!hasBegun && !existsSync(paths.checkpoint(directory, INITIALIZATION))) return NEW;
  const missing = `${paths.state(directory)}: the saved state is missing`;
  const { round, problems } = await lastRound(directory, record);
  if (round === undefined)
    return { ...NEW, losses: [...problems, `${missing}, so this run starts from the beginning.`] };
  const keep = await lastEnd(
    directory,
    (event) => event.type === 'started' || ('round' in event && event.type !== 'resumed' && event.round <= round),
  );
  const isCopied = record.kind === 'search' && round === record.start?.round; // from the run that trained it, which has its log
  const isLogged = isCopied || page.events.some((event) => event.type === 'round' && event.round === round);
  return {
    from: { position: { ...START, round: round + 1, eventBytes: keep }, by: 'checkpoint' },
    keep,
    losses: [
      ...problems,
      `${missing}, so this run resumes from the end of round ${round}.`,
      ...(isLogged ? [] : [lacking(directory)]),
      ...lossesOf(directory, page),
    ],
  };
}

/**
 * Finds the last round of a search that has a usable checkpoint with the same options. The final round does not count. Also returns the
 * problems of the checkpoints of later rounds.
 */
async function lastRound(directory: string, record: RunRecord): Promise<{ round?: number; problems: string[] }> {
  const problems: string[] = [];
  const rewinds = record.method === 'imp' && record.rewindStep > 0;
  if (record.kind !== 'search' || (rewinds && !existsSync(rewindPointIn(directory)))) return { problems };
  const options = hashOptions(record);
  for (let round = roundsOf(record) - 1; round >= 0; round--) {
    const found = await optionsIn(paths.checkpoint(directory, checkpointOfRound(round)), readNetworkState);
    if (found.options === options) return { round, problems };
    if (found.problem !== undefined) problems.push(found.problem);
  }
  return { problems };
}

async function readHead(file: string) {
  return { metadata: await readMetadata(file) };
}

/**
 * Returns the options hash in the metadata of a checkpoint. If the checkpoint cannot be read, returns the problem instead. If it does
 * not exist, returns neither.
 */
async function optionsIn(
  checkpoint: string,
  read: (file: string) => Promise<{ metadata: Readonly<Record<string, string>> }> = readHead,
): Promise<{ options?: string | undefined; problem?: string }> {
  if (!existsSync(checkpoint)) return {};
  try {
    return { options: (await read(checkpoint)).metadata['options'] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problem: error.message };
  }
}

/** Whether an event was logged after a position. The work of such an event is repeated. */
function isBeyond(event: RunEvent, { round, epoch, step }: Position): boolean {
  switch (event.type) {
    case 'progress':
      return compare([event.round, event.epoch, event.step], [round, epoch, step]) > 0;
    case 'epoch':
      return compare([event.round, event.epoch], [round, epoch]) >= 0;
    case 'round':
      return event.round >= round;
    default:
      return false;
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((value, i) => value !== b[i]);
  return differing < 0 ? 0 : a[differing]! - b[differing]!;
}

/**
 * Returns the byte offset at which the last matching event ends; 0 if no event matches. Reads the log in parts, because a log can be
 * very long.
 */
async function lastEnd(directory: string, counts: (event: RunEvent, end: number) => boolean): Promise<number> {
  let last = 0;
  const take = (event: RunEvent, end: number) => {
    if (counts(event, end)) last = end;
  };
  await readLog(
    paths.events(directory),
    {},
    {
      event: take,
      progress: ({ end, parse }) => {
        take({ type: 'progress', time: 0, ...parse() }, end);
      },
    },
  );
  return last;
}

function lacking(directory: string): string {
  return `${paths.events(directory)} is shorter than when this run saved its state. Lists and panels cannot show the lost part. Checkpoints are not affected.`;
}

function lossesOf(directory: string, { events, ignored }: EventPage): string[] {
  const log = paths.events(directory);
  const losses: string[] = [];
  const lines = ignoredText(ignored);
  if (lines !== undefined) losses.push(lines);
  if (!events.some(isBeginning))
    losses.push(
      `${log} does not contain the backend and the data that this run used. If either has changed, the change cannot be detected.`,
    );
  return losses;
}

/**
 * Throws UserError if the log was written with other options, because then its results would be shown as results of the current
 * options.
 */
export function checkSameOptions(directory: string, record: RunRecord, events: readonly RunEvent[]): void {
  const began = events.findLast(isBeginning)?.options;
  if (began !== undefined && began !== hashOptions(record)) throw changed(directory);
}

function changed(directory: string): UserError {
  return new UserError(
    `${paths.record(directory)} was changed after this run began. Undo the change, or make a new run with the new options in another directory.`,
  );
}
