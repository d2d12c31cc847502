/**
 * The summary of a run that is done or diverged has what lists show: its record, and the events of its log without layers and epochs. It is
 * stored next to the log, so that lists of ten thousand runs open at once. It is used only while record and log have the size and the time
 * of change that it names. If it is lost or wrong, the log is read, which takes longer.
 */
import { readFileSync } from 'node:fs';
import { isOfSystem, writeCache } from '../cacheFile';
import { UserError } from '../errors';
import { statIfPossible } from '../files';
import { anything, count, flag, list, measurement, object, oneOf, optional, parseShape, text } from '../shapes';
import type { RunEvent } from '../vocabulary/runEvents';
import type { RunRecord } from '../vocabulary/runRecord';
import type { SignAgreement } from '../vocabulary/transferSigns';
import { checkEvent } from './eventShapes';
import { paths } from './paths';
import type { IgnoredLines } from './readEvents';
import { checkRecord } from './recordShape';
import { type LogContent, noContent } from './runLog';

/** The record of a run, and the part of its log that lists need. In the file the record has relative paths, as in `run.json`. */
export interface SummarizedRun {
  record: RunRecord;
  content: LogContent;
  /** For a transfer: the signs of the start network in all layers together. */
  signs?: SignAgreement | undefined;
}

/** A text for each of the two files that differs if the file has changed. */
export interface Stamp {
  record: string;
  log: string;
  inode: number;
}

const AGREEMENT = { sameSign: count, chance: measurement };
const SUMMARY = object({
  version: oneOf(1),
  stamp: object({ record: text, log: text }),
  record: anything,
  end: count,
  lines: count,
  ignored: object<IgnoredLines>({ count, first: optional(text) }),
  progressed: flag,
  events: list(anything),
  signs: optional(object<SignAgreement>({ kept: count, ...AGREEMENT, initialization: optional(object(AGREEMENT)) })),
});

/** Returns the stamp of a run; undefined if it has no record or no log. */
export function stampOf(directory: string): Stamp | undefined {
  const record = statIfPossible(paths.record(directory));
  const log = record?.isFile() ? statIfPossible(paths.events(directory)) : undefined;
  if (!record || !log?.isFile()) return undefined;
  return { record: `${record.size} ${record.mtimeMs}`, log: `${log.size} ${log.mtimeMs}`, inode: log.ino };
}

/** Reads the summary of a run. Returns undefined if there is none, or if record or log have changed since. */
export function readSummary(directory: string, stamp: Stamp): SummarizedRun | undefined {
  const file = paths.summary(directory);
  try {
    const { events, ignored, end, lines, progressed, signs, ...given } = parseShape(
      readFileSync(file, 'utf8'),
      file,
      SUMMARY,
    );
    if (given.stamp.record !== stamp.record || given.stamp.log !== stamp.log) return undefined;
    const record = checkRecord(given.record, file);
    const checked = events.flatMap((event) => checkEvent(event, file) ?? []);
    if (!isFinal(checked.at(-1))) return undefined;
    const position = { end, lines, inode: stamp.inode };
    return {
      record,
      content: { ...noContent(position), ignored, progressed, events: checked },
      ...(signs && { signs }),
    };
  } catch (error) {
    if (error instanceof UserError || isOfSystem(error)) return undefined;
    throw error;
  }
}

/**
 * Writes the summary of a run that has ended. Does nothing for other runs, and if the directory is read-only or belongs to another user.
 * @param stamp was taken before record and log were read
 */
export function keepSummary(directory: string, stamp: Stamp, { record, content, signs }: SummarizedRun): void {
  const { position, ignored, progressed, events } = content;
  if (!isFinal(events.at(-1)) || progressed) return;
  const summary = {
    version: 1,
    stamp: { record: stamp.record, log: stamp.log },
    ...{ record, end: position.end, lines: position.lines, ignored, progressed },
    events: events.flatMap((event, at) => shortened(event, events[at + 1])),
    ...(signs && { signs }),
  };
  writeCache(paths.summary(directory), JSON.stringify(summary));
}

/** Whether a run ended in a way that no resume changes. */
function isFinal(last: RunEvent | undefined): boolean {
  return last?.type === 'ended' && (last.outcome === 'done' || last.outcome === 'diverged');
}

/** Returns an event without what lists do not show, or nothing. The time before `resumed` was no work, so it begins with the event before. */
function shortened(event: RunEvent, next: RunEvent | undefined): RunEvent[] {
  switch (event.type) {
    case 'started':
    case 'transferred':
      return [{ ...event, layers: [] }];
    case 'round': {
      const { normalization, ...round } = event;
      return [{ ...round, layers: [] }];
    }
    case 'resumed':
    case 'progress':
    case 'warning':
    case 'ended':
      return [event];
    default:
      return next?.type === 'resumed' ? [event] : [];
  }
}
