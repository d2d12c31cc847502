/** Runs a run directory to its end in this process: start, resume and re-run are this one path. */
import { rmSync } from 'node:fs';
import { Cancelled } from '../children';
import { MachineError, UserError } from '../errors';
import type { Outcome, RunEvent, RunRecord, RunResult } from '../protocol';
import type { Dataset } from '../datasets/dataset';
import { removeLeftovers } from '../files';
import { connect } from './connect';
import { EventLog, readEvents, type EventPage } from './events';
import { trainFully } from './full';
import { isBeginning, whereToGoOn, type GoingOn } from './goOn';
import { acquireLock } from './lock';
import { paths } from './paths';
import { checkRecord, readRecord } from './record';
import { search } from './search';
import { closeSession, countParameters, Diverged, openSession, Stopped, stopWatch, type Session } from './session';
import { START } from './state';

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
    const page = await readEvents(paths.events(directory));
    const ending = finalEnding(page.events);
    if (!ending) return await executeLocked(directory, record, { ...execution, page });
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
  { heard, page, ...given }: Execution & { page: EventPage },
): Promise<Ending> {
  const { from, keep, losses } = await whereToGoOn(directory, record, page);
  for (const loss of losses) given.say?.(loss);
  const log = new EventLog(paths.events(directory), keep, heard);
  try {
    const ending = await endingOf(directory, record, { ...given, log, from, events: page.events });
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

interface Start extends Omit<Execution, 'heard'> {
  log: EventLog;
  from: GoingOn['from'];
  /** Of its executions before. */
  events: readonly RunEvent[];
}

async function endingOf(directory: string, record: RunRecord, start: Start): Promise<Ending> {
  const { signal, log, from, events, ...choosing } = start;
  const options = checkRecord(directory, record);
  const began = from && events.findLast(isBeginning);
  const opened = await unlessCancelled(openSession(directory, { record, options, signal, began, ...choosing }));
  if (!opened) return { outcome: 'stopped' };
  const session: Session = { ...opened, log, stopRequested: stopWatch(directory, signal) };
  try {
    logBeginning(session, start);
    const result = await runKind(session, from);
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

/** A log that was lost is told anew what the run is of. */
function logBeginning({ log, backend, datasetSha256, architecture }: Session, { from, events }: Start): void {
  const on = { backend: backend.choice, datasetSha256 };
  if (!from || !events.some(({ type }) => type === 'started'))
    log.append({ type: 'started', ...on, ...countParameters(architecture) });
  if (!from) return;
  const { round, epoch, step } = from.by === 'points' ? START : from.position;
  log.append({ type: 'resumed', ...on, round, epoch, step });
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

function runKind(session: Session, from: GoingOn['from']): Promise<RunResult> {
  const { record } = session;
  switch (record.kind) {
    case 'search':
      return search(session, from?.by === 'checkpoint' ? from.position : undefined);
    case 'train':
      return trainFully(session, record.source);
    case 'connectivity':
      return connect(session, record, from?.by === 'points' ? from.points : []);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
