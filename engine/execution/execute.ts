/** Executes the run of a run directory in this process. Starting and resuming use the same code. */
import { droppedText } from '../checkpoints/dropped';
import { existsSync } from 'node:fs';
import { Cancelled } from '../children';
import type { Dataset } from '../datasets/dataset';
import { MachineError, UserError } from '../errors';
import { countParameters } from '../models/parameters';
import { EventLog, isBeginning } from '../runs/events';
import { removeLeftovers } from '../runs/leftovers';
import { acquireLock, type Lock, LockLost } from '../runs/lock';
import { hashOptions } from '../runs/options';
import { paths } from '../runs/paths';
import { type EventPage, readEvents, UNREAD } from '../runs/readEvents';
import { readRecord, resolveRecord } from '../runs/record';
import { clearStop } from '../runs/stopFile';
import type { CurvePoint, RunEvent, RunResult, SurfacePoint } from '../vocabulary/runEvents';
import type { Outcome } from '../vocabulary/runStatus';
import type { ConnectivityEnds, RunRecord } from '../vocabulary/runRecord';
import { connect } from './connectivity';
import { trainFully } from './fullTraining';
import { Diverged, Stopped } from './outcomes';
import { checkSameOptions, type ResumePoint, findResumePoint } from './resumePoint';
import { START } from './savedState';
import { search } from './search';
import { measureSurface } from './surface';
import { closeSession, type OpenedSession, openSession, type Session } from './session';
import { stopWatch } from './stopWatch';
import { summarize } from './summarize';

export interface Execution {
  signal: AbortSignal;
  /** The dataset of the run, if the caller has loaded it already. */
  dataset?: Dataset | undefined;
  /** Receives each event when it is logged. */
  onEvent?: (event: RunEvent) => void;
  /** Receives messages for the user. Each message is one sentence. */
  onMessage?: (sentence: string) => void;
  /** Whether to wait if another machine holds the lock and the lock may be stale. Default true. */
  wait?: boolean;
  /** False skips the re-estimated accuracy of a search. Tests use this to show that the accuracy affects nothing else. Default true. */
  reestimates?: boolean;
}

export interface Ending {
  outcome: Outcome;
  message?: string;
  result?: RunResult;
}

/**
 * Starts or resumes the run in a directory. A run that is done or diverged is not run again, and its ending is returned. Throws
 * UserError for bad input, which is also logged as the failure of the run. Throws MachineError for a full disk, and the run then
 * counts as interrupted. If another process acquires the lock of the run, this process stops and writes nothing more.
 */
export async function executeRun(directory: string, execution: Execution): Promise<Ending> {
  const record = await readRecord(directory);
  const ending = endedFor(directory, record, await readBefore(directory), execution);
  if (ending) return ending; // the lock is not acquired, so this works in a read-only directory
  const lock = await unlessCancelled(acquireLock(directory, execution));
  if (!lock) return { outcome: 'stopped' };
  try {
    clearStop(directory, lock.id);
    await removeLeftovers(directory);
    const page = await readBefore(directory);
    return (
      endedFor(directory, record, page, execution) ??
      (await executeLocked(directory, record, { ...execution, page, lock }))
    );
  } catch (error) {
    if (error instanceof LockLost) return { outcome: 'stopped', message: error.message };
    throw error;
  } finally {
    lock.release();
  }
}

/** Reads the events of earlier executions. Leaves out progress, because a long run has a million progress events. */
function readBefore(directory: string): Promise<EventPage> {
  return readEvents(paths.events(directory), UNREAD, { progress: false });
}

/** Returns the ending of a run that is done or diverged, and informs the user; undefined for any other run. */
function endedFor(
  directory: string,
  record: RunRecord,
  { events }: EventPage,
  { onMessage }: Execution,
): Ending | undefined {
  const ending = finalEnding(events);
  if (!ending) return undefined;
  checkSameOptions(directory, record, events);
  onMessage?.(
    `This run has ended (${ending.outcome}) and is not run again. To train with other options, make a new run.`,
  );
  const { result } = ending;
  const checkpoint = result && 'checkpoint' in result ? paths.checkpoint(directory, result.checkpoint) : undefined;
  if (checkpoint !== undefined && !existsSync(checkpoint))
    onMessage?.(
      droppedText(checkpoint) ??
        `The last checkpoint of this run, ${checkpoint}, is missing. To create it again, make a new run with the same options.`,
    );
  return ending;
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
  { onEvent, page, ...given }: Execution & { page: EventPage; lock: Lock },
): Promise<Ending> {
  const log = new EventLog(paths.events(directory), page.end, { guard: given.lock, onEvent });
  try {
    const { record: resolved, moved } = await resolveRecord(directory, record);
    const resumePoint = await findResumePoint(directory, record, page);
    for (const sentence of [...moved, ...resumePoint.losses]) given.onMessage?.(sentence);
    const ending = await endingOf(directory, resolved, {
      ...given,
      ...resumePoint,
      moved,
      optionsHash: hashOptions(record),
      log,
      events: page.events,
    });
    log.append({ type: 'ended', ...ending });
    return ending;
  } catch (error) {
    // On a full disk nothing can be logged. A run whose log does not end with `ended` counts as interrupted.
    if (!(error instanceof MachineError)) log.append({ type: 'ended', outcome: 'failed', message: messageOf(error) });
    throw error;
  } finally {
    log.sync();
    log.close();
    await summarize(directory, given);
  }
}

interface Start extends Omit<Execution, 'onEvent'>, Pick<ResumePoint, 'from' | 'keep'> {
  optionsHash: string;
  lock: Lock;
  log: EventLog;
  /** For each file that was found at another path than the recorded one: a sentence for the user. */
  moved: readonly string[];
  /** The events of earlier executions. */
  events: readonly RunEvent[];
}

async function endingOf(directory: string, record: RunRecord, start: Start): Promise<Ending> {
  const { optionsHash, signal, lock, log, from, events, dataset, onMessage, reestimates = true } = start;
  const began = from && events.findLast(isBeginning);
  const opening = { record, optionsHash, lock, signal, began, dataset, onMessage };
  const opened = await unlessCancelled(openSession(directory, opening));
  if (!opened) return { outcome: 'stopped' };
  const warned = new Set<string>();
  const warn = (message: string) => {
    if (!warned.has(message)) log.append({ type: 'warning', message });
    warned.add(message);
  };
  const begin = () => {
    logBeginning(opened, start);
    start.moved.forEach(warn);
  };
  const stopRequested = stopWatch(directory, signal);
  const session: Session = { ...opened, log, begin, warn, warned, reestimates, stopRequested };
  try {
    const result = await runKind(session, from);
    await session.writer.settle();
    return { outcome: 'done', result };
  } catch (error) {
    if (error instanceof Stopped) return { outcome: 'stopped' };
    if (!(error instanceof Diverged)) throw error;
    await session.writer.settle();
    return { outcome: 'diverged', message: error.message };
  } finally {
    await session.writer.idle(); // the lock is released after this
    await closeSession(session);
  }
}

/** Removes the events after the resume point from the log and logs `resumed`. If the run is new or its log was lost, logs `started`. */
function logBeginning(session: OpenedSession, { log, from, keep, events }: Start): void {
  const { optionsHash, backend, datasetSha256, architecture } = session;
  const on = { backend: backend.choice, datasetSha256, options: optionsHash };
  log.cut(keep);
  if (!from || log.size === 0 || !events.some(({ type }) => type === 'started'))
    log.append({ type: 'started', ...on, ...countParameters(architecture) });
  if (!from) return;
  const { round, epoch, step } = from.by === 'points' ? START : from.position;
  log.append({ type: 'resumed', ...on, round, epoch, step });
}

/** Returns undefined if the run was stopped while it waited for the lock or measured backends. */
async function unlessCancelled<T>(opening: Promise<T>): Promise<T | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof Cancelled) return undefined;
    throw error;
  }
}

function runKind(session: Session, from: ResumePoint['from']): Promise<RunResult> {
  const { record } = session;
  switch (record.kind) {
    case 'search':
      return search(session, {
        roundStart: from?.by === 'checkpoint' ? from.position : undefined,
        start: record.start,
      });
    case 'train':
      return trainFully(session, record.source);
    case 'connectivity':
      return measure(session, record, from?.by === 'points' ? from : undefined);
  }
}

function measure(
  session: Session,
  { c, ...ends }: ConnectivityEnds,
  from: { points: CurvePoint[]; cells: SurfacePoint[] } | undefined,
): Promise<RunResult> {
  return c ? measureSurface(session, { ...ends, c }, from?.cells ?? []) : connect(session, ends, from?.points ?? []);
}

/** Returns the message for the log, which terminal and panels show: the words without options of the command line. */
function messageOf(error: unknown): string {
  if (error instanceof UserError) return error.inWindow;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
