/** Runs a run directory to its end in this process: start, resume and re-run are this one path. */
import { rmSync } from 'node:fs';
import { Cancelled } from '../children';
import { MachineError, UserError } from '../errors';
import type { Outcome, RunEvent, RunRecord, RunResult } from '../protocol';
import type { Dataset } from '../datasets/dataset';
import { removeLeftovers } from '../files';
import { connect, pointsOf } from './connect';
import { EventLog, readEvents } from './events';
import { trainFully } from './full';
import { acquireLock } from './lock';
import { hashOptions } from './options';
import { paths } from './paths';
import { checkRecord, readRecord } from './record';
import { search } from './search';
import {
  closeSession,
  countParameters,
  Diverged,
  openSession,
  Stopped,
  stopWatch,
  type Begun,
  type Session,
} from './session';
import { loadPosition, type Position } from './state';

export interface Execution {
  signal: AbortSignal;
  /** The run's, where it is loaded already. */
  dataset?: Dataset | undefined;
  /** Hears each event as it is logged. */
  heard?: (event: RunEvent) => void;
  /** Hears what takes a while before the first. */
  say?: (sentence: string) => void;
}

export interface Ending {
  outcome: Outcome;
  message?: string;
  result?: RunResult;
}

/**
 * Runs or continues the run in a directory; a run that has ended for good is not run again.
 * Throws UserError for bad input (also logged as the run's failure) and MachineError for a full disk (the run is then interrupted).
 */
export async function executeRun(directory: string, execution: Execution): Promise<Ending> {
  const record = await readRecord(directory);
  const release = acquireLock(directory);
  try {
    rmSync(paths.stop(directory), { force: true });
    await removeLeftovers(paths.written(directory));
    const { events } = await readEvents(paths.events(directory));
    const ending = finalEnding(events);
    if (!ending) return await executeLocked(directory, record, { ...execution, events });
    execution.say?.(`This run has ended (${ending.outcome}) and is not run again; make another with other options.`);
    return ending;
  } finally {
    release();
  }
}

function finalEnding(events: readonly RunEvent[]): Ending | undefined {
  const last = events.at(-1);
  if (last?.type !== 'ended' || (last.outcome !== 'done' && last.outcome !== 'diverged')) return undefined;
  const { outcome, message, result } = last;
  return { outcome, message, result };
}

async function executeLocked(
  directory: string,
  record: RunRecord,
  { heard, events, ...given }: Execution & { events: RunEvent[] },
): Promise<Ending> {
  const position = await loadPosition(directory, hashOptions(record));
  const points = pointsOf(events);
  const goesOn = position !== undefined || points.length > 0;
  if (!goesOn && events.some(({ type }) => type === 'epoch')) given.say?.('No state was saved: this run begins anew.');
  const log = new EventLog(paths.events(directory), bytesToKeep(record, position, events), heard);
  if (position && log.size < position.eventBytes)
    given.say?.(
      `${paths.events(directory)} was cut: what it told of this run before is lost; its checkpoints are not.`,
    );
  try {
    const began = goesOn ? beganAs(events) : undefined;
    const ending = await endingOf(directory, record, { ...given, log, position, points, goesOn, began });
    log.append({ type: 'ended', ...ending });
    return ending;
  } catch (error) {
    // A full disk takes no last word: without one the run counts as interrupted.
    if (!(error instanceof MachineError)) log.append({ type: 'ended', outcome: 'failed', message: messageOf(error) });
    throw error;
  } finally {
    log.sync();
    log.close();
  }
}

/** The backend and the data it trained on last. */
function beganAs(events: readonly RunEvent[]): Begun | undefined {
  return events.findLast((event) => event.type === 'started' || event.type === 'resumed');
}

interface Start extends Omit<Execution, 'heard'> {
  began: Begun | undefined;
  log: EventLog;
  position: Position | undefined;
  points: ReturnType<typeof pointsOf>;
  /** There is something to go on from. */
  goesOn: boolean;
}

async function endingOf(directory: string, record: RunRecord, start: Start): Promise<Ending> {
  const { signal, log, position, points, goesOn, ...choosing } = start;
  const options = checkRecord(directory, record);
  const opened = await unlessCancelled(openSession(directory, { record, options, signal, ...choosing }));
  if (!opened) return { outcome: 'stopped' };
  const session: Session = { ...opened, log, stopRequested: stopWatch(directory, signal) };
  const { architecture, datasetSha256 } = session;
  const backend = session.backend.choice;
  const { round, epoch, step } = position ?? { round: 0, epoch: 0, step: 0 };
  if (goesOn) log.append({ type: 'resumed', backend, datasetSha256, round, epoch, step });
  else log.append({ type: 'started', backend, datasetSha256, ...countParameters(architecture) });
  try {
    const result = await runKind(session, points);
    await session.writer.settle();
    return { outcome: 'done', result };
  } catch (error) {
    if (error instanceof Stopped) return { outcome: 'stopped' };
    if (!(error instanceof Diverged)) throw error;
    await session.writer.settle();
    return { outcome: 'diverged', message: error.message };
  } finally {
    await session.writer.idle(); // the lock is given back after this
    await closeSession(session);
  }
}

/** Stopped while backends were still being measured. */
async function unlessCancelled<T>(opening: Promise<T>): Promise<T | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof Cancelled) return undefined;
    throw error;
  }
}

function runKind(session: Session, points: ReturnType<typeof pointsOf>): Promise<RunResult> {
  const { record } = session;
  switch (record.kind) {
    case 'search':
      return search(session);
    case 'train':
      return trainFully(session, record.source);
    case 'connectivity':
      return connect(session, record, points);
  }
}

/** The log up to what the saved state knows; of a connectivity run, which has no state, all but the last word. */
function bytesToKeep(record: RunRecord, position: Position | undefined, events: RunEvent[]): number {
  if (record.kind !== 'connectivity') return position?.eventBytes ?? 0;
  const kept = events.filter((event) => event.type !== 'ended');
  return kept.reduce((bytes, event) => bytes + Buffer.byteLength(JSON.stringify(event)) + 1, 0);
}

function messageOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
