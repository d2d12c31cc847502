/** Where a run goes on, and how much of its log still counts there. */
import { existsSync } from 'node:fs';
import { readMetadata } from '../checkpoints/open';
import type { CurvePoint, RunEvent, RunRecord } from '../protocol';
import { pointsOf } from './connect';
import type { EventPage } from './events';
import { hashOptions } from './options';
import { paths } from './paths';
import { loadPosition, START, type Position } from './state';

export interface GoingOn {
  /** Undefined where there is nothing to go on from. */
  from: { position: Position; by: 'state' | 'checkpoint' } | { points: CurvePoint[]; by: 'points' } | undefined;
  /** Of the log, in bytes: what lies behind is done again. */
  keep: number;
  /** What was lost, a sentence each. */
  losses: string[];
}

const NEW: GoingOn = { from: undefined, keep: 0, losses: [] };

/** From the saved state; without one from the end of the last round, whose checkpoint has all that the next begins with; a connectivity run from its points. */
export async function whereToGoOn(directory: string, record: RunRecord, page: EventPage): Promise<GoingOn> {
  if (record.kind === 'connectivity') {
    const points = pointsOf(page.events);
    if (points.length === 0) return NEW;
    const keep = endOf(page, ({ type }) => type !== 'ended');
    return { from: { points, by: 'points' }, keep, losses: lossesOf(directory, page) };
  }
  const saved = await loadPosition(directory, hashOptions(record));
  if (saved) {
    const keep = page.ends.findLast((end) => end <= saved.eventBytes) ?? 0;
    return { from: { position: saved, by: 'state' }, keep, losses: lossesOf(directory, page, saved) };
  }
  return withoutState(directory, record, page);
}

async function withoutState(directory: string, record: RunRecord, page: EventPage): Promise<GoingOn> {
  if (!page.events.some(({ type }) => type === 'epoch')) return NEW;
  const gone = `${paths.state(directory)}: there is no saved state`;
  const round = record.kind === 'search' ? await lastRound(directory, record, page.events) : undefined;
  if (!round) return { from: undefined, keep: 0, losses: [`${gone}, so this run begins anew.`] };
  const keep = endOf(page, (event) => event === round);
  return {
    from: { position: { ...START, round: round.round + 1, eventBytes: keep }, by: 'checkpoint' },
    keep,
    losses: [`${gone}, so this run goes on from the end of round ${round.round}.`, ...lossesOf(directory, page)],
  };
}

/** The last round before another that is in the log and whose checkpoint, of these very options, is there. */
async function lastRound(directory: string, record: RunRecord, events: readonly RunEvent[]) {
  const options = hashOptions(record);
  for (const event of events.toReversed()) {
    if (event.type !== 'round' || event.round >= record.rounds) continue;
    const file = paths.checkpoint(directory, event.checkpoint);
    if (!existsSync(file)) continue;
    if ((await readMetadata(file))['options'] === options) return event;
  }
  return undefined;
}

/** Where the last event of a kind ends. */
function endOf({ events, ends }: EventPage, counts: (event: RunEvent) => boolean): number {
  return ends[events.findLastIndex(counts)] ?? 0;
}

function lossesOf(directory: string, { events, end, unreadable }: EventPage, saved?: Position): string[] {
  const log = paths.events(directory);
  const losses: string[] = [];
  if (saved && end < saved.eventBytes)
    losses.push(
      `${log} is shorter than this run left it: lists and panels will lack what is missing of it; checkpoints do not depend on it.`,
    );
  if (unreadable === 1) losses.push(`${log}: one line cannot be read and is passed over.`);
  if (unreadable > 1) losses.push(`${log}: ${unreadable} lines cannot be read and are passed over.`);
  if (!events.some(isBeginning))
    losses.push(`${log} does not say which backend and data this run was on, so that they cannot be compared.`);
  return losses;
}

export function isBeginning(event: RunEvent): event is Extract<RunEvent, { type: 'started' | 'resumed' }> {
  return event.type === 'started' || event.type === 'resumed';
}
