/** Where a run goes on, and how much of its log still counts there. */
import { existsSync } from 'node:fs';
import { readMetadata } from '../checkpoints/open';
import { readNetworkState } from '../checkpoints/state';
import { UserError } from '../errors';
import { curvePoints, isBeginning } from '../runs/events';
import { hashOptions } from '../runs/options';
import { checkpointOfRound, INITIALIZATION, paths, rewindPointIn } from '../runs/paths';
import { type EventPage, ignoredText, readLog } from '../runs/readEvents';
import type { CurvePoint, RunEvent } from '../vocabulary/runEvents';
import type { RunRecord } from '../vocabulary/runRecord';
import { loadPosition, type Position, START } from './savedState';

export interface ResumePoint {
  /** Undefined where there is nothing to go on from. */
  from: { position: Position; by: 'state' | 'checkpoint' } | { points: CurvePoint[]; by: 'points' } | undefined;
  /** Of the log, in bytes: what lies behind is done again. */
  keep: number;
  /** What was lost, a sentence each. */
  losses: string[];
}

const NEW: ResumePoint = { from: undefined, keep: 0, losses: [] };

/** From the saved state; without one from the end of the last round, whose checkpoint has all that the next begins with; a connectivity run from its points. */
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
  const points = curvePoints(page.events);
  if (points.length === 0) return NEW;
  checkSameOptions(directory, record, page.events);
  const keep = await lastEnd(directory, ({ type }) => type !== 'ended');
  return { from: { points, by: 'points' }, keep, losses: lossesOf(directory, page) };
}

async function withoutState(directory: string, record: RunRecord, page: EventPage): Promise<ResumePoint> {
  checkSameOptions(directory, record, page.events);
  const initialization = await optionsIn(paths.checkpoint(directory, INITIALIZATION));
  if (initialization.options !== undefined && initialization.options !== hashOptions(record)) throw changed(directory);
  const hasBegun = page.events.some(({ type }) => type === 'epoch');
  if (!hasBegun && !existsSync(paths.checkpoint(directory, INITIALIZATION))) return NEW;
  const gone = `${paths.state(directory)}: there is no saved state`;
  const { round, damaged } = await lastRound(directory, record);
  if (round === undefined) return { ...NEW, losses: [...damaged, `${gone}, so this run begins anew.`] };
  const keep = await lastEnd(
    directory,
    (event) => event.type === 'started' || ('round' in event && event.type !== 'resumed' && event.round <= round),
  );
  const told = page.events.some((event) => event.type === 'round' && event.round === round);
  return {
    from: { position: { ...START, round: round + 1, eventBytes: keep }, by: 'checkpoint' },
    keep,
    losses: [
      ...damaged,
      `${gone}, so this run goes on from the end of round ${round}.`,
      ...(told ? [] : [lacking(directory)]),
      ...lossesOf(directory, page),
    ],
  };
}

/** The last round of a search before another whose checkpoint, of these very options, is there, and what is wrong with those that are no use. */
async function lastRound(directory: string, record: RunRecord): Promise<{ round?: number; damaged: string[] }> {
  const damaged: string[] = [];
  const rewinds = record.method === 'imp' && record.rewindStep > 0;
  if (record.kind !== 'search' || (rewinds && !existsSync(rewindPointIn(directory)))) return { damaged };
  const options = hashOptions(record);
  for (let round = record.rounds - 1; round >= 0; round--) {
    const found = await optionsIn(paths.checkpoint(directory, checkpointOfRound(round)), readNetworkState);
    if (found.options === options) return { round, damaged };
    if (found.problem !== undefined) damaged.push(found.problem);
  }
  return { damaged };
}

async function readHead(file: string) {
  return { metadata: await readMetadata(file) };
}

/** The hash of the options that a checkpoint is of, as far as it is read, or what is wrong with it; neither where it is not there. */
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

/** Whether what an event tells is done again from a position on. */
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

/** Where the last of the events that count ends in the log, which has a million events of progress after some days. */
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
  return `${paths.events(directory)} is shorter than this run left it: lists and panels will lack what is missing of it; checkpoints do not depend on it.`;
}

function lossesOf(directory: string, { events, ignored }: EventPage): string[] {
  const log = paths.events(directory);
  const losses: string[] = [];
  const lines = ignoredText(ignored);
  if (lines !== undefined) losses.push(lines);
  if (!events.some(isBeginning))
    losses.push(`${log} does not say which backend and data this run was on, so that they cannot be compared.`);
  return losses;
}

/** What was measured under other options would be told under these. */
export function checkSameOptions(directory: string, record: RunRecord, events: readonly RunEvent[]): void {
  const began = events.findLast(isBeginning)?.options;
  if (began !== undefined && began !== hashOptions(record)) throw changed(directory);
}

function changed(directory: string): UserError {
  return new UserError(
    `${paths.record(directory)} was changed since this run began; put back what it was, or make a new run of these options (--dir).`,
  );
}
