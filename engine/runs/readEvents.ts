/** Reads `events.jsonl` in chunks. Reads only complete lines, and checks each. */
import type { FileHandle } from 'node:fs/promises';
import { asReadError, openIfExists } from '../checkpoints/file';
import { UserError } from '../errors';
import { anything, parseShape } from '../shapes';
import type { LossPoint, RunEvent } from '../vocabulary/runEvents';
import { checkEvent } from './eventShapes';

/** The position up to which a log was read. */
export interface LogPosition {
  /** Number of bytes up to the end of the last complete line that was read. */
  end: number;
  lines: number;
  /** Inode of the file. A log that was cut back is a new file. */
  inode: number;
}

/** The start of a log. */
export const UNREAD: LogPosition = { end: 0, lines: 0, inode: 0 };

/** Lines that are not valid events, for example after a crash of the machine or an edit. They are ignored. */
export interface IgnoredLines {
  count: number;
  /** The problem of the first ignored line. */
  first?: string | undefined;
}

/** Returns a message about ignored lines, or undefined if there are none. */
export function ignoredText({ count, first }: IgnoredLines): string | undefined {
  if (first === undefined) return undefined;
  return count === 1
    ? `${first} The line is ignored.`
    : `${count} lines are not valid and are ignored. The first: ${first}`;
}

export function addIgnored(a: IgnoredLines, b: IgnoredLines): IgnoredLines {
  return { count: a.count + b.count, first: a.first ?? b.first };
}

/** A progress event. A run of several days has a million of these events, so they are parsed only on request. */
export interface ProgressLine {
  loss: number;
  readonly parse: () => LossPoint;
  /** Byte offset of the end of the line. */
  end: number;
}

/** Receives the events of a log in order. Events of unknown types are left out. */
export interface LogReader {
  /** Receives an event. `end` is the byte offset of the end of its line. */
  event(event: RunEvent, end: number): void;
  /** Receives progress events. If this is missing, `event` receives them. */
  progress?(line: ProgressLine): void;
}

/** The result of reading a part of a log. */
export interface LogPart extends LogPosition {
  ignored: IgnoredLines;
  /** Whether the log was replaced or cut, so that it must be read again from the start. */
  cut: boolean;
}

/** Reads the lines of a log from a position up to the byte `to`. */
export async function readLog(
  file: string,
  { from = UNREAD, to = Infinity }: { from?: LogPosition; to?: number },
  reader: LogReader,
): Promise<LogPart> {
  const ignored: IgnoredLines = { count: 0 };
  let { lines } = from;
  const position = await readLines(file, { from, to }, (line, end) => {
    lines++;
    try {
      takeLine(line, { place: `${file}, line ${lines}`, end, reader });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      ignored.first ??= error.message;
      ignored.count++;
    }
  });
  return { ...position, lines: position.cut ? 0 : lines, ignored };
}

/** Matches a progress event as the runner writes it, so that its loss can be read without parsing the line. */
const ROUND = String.raw`(?:0|[1-9]\d{0,3})`;
const [COUNT, NUMBER] = [String.raw`(?:0|[1-9]\d{0,14})`, String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d{1,2})?`];
const PROGRESS = new RegExp(
  `^\\{"type":"progress","round":${ROUND},"epoch":${COUNT},"step":${COUNT},"steps":${COUNT},"loss":(${NUMBER}|null),"accuracy":(?:${NUMBER}|null),"learningRate":${NUMBER}(?:,"secondsLeft":${NUMBER})?,"time":${COUNT}\\}$`,
);

function takeLine(line: string, { place, end, reader }: { place: string; end: number; reader: LogReader }): void {
  const match = reader.progress && PROGRESS.exec(line);
  if (match) {
    const loss = match[1] === 'null' ? NaN : Number(match[1]);
    reader.progress!({ loss, end, parse: () => pointOf(parseEvent(line, place)) });
    return;
  }
  const event = parseEvent(line, place);
  if (event?.type === 'progress' && reader.progress)
    reader.progress({ loss: event.loss, end, parse: () => pointOf(event) });
  else if (event) reader.event(event, end);
}

/** Parses a line. Returns undefined if the type of the event is unknown. Throws UserError if the line is not an event. */
function parseEvent(line: string, place: string): RunEvent | undefined {
  return checkEvent(parseShape(line, place, anything), place);
}

function pointOf(event: RunEvent | undefined): LossPoint {
  const { type, time, ...point } = event as Extract<RunEvent, { type: 'progress' }>;
  return point;
}

export interface EventPage extends LogPart {
  events: RunEvent[];
}

/** Returns the events after a position. `progress: false` leaves out progress events. */
export async function readEvents(file: string, from = UNREAD, { progress = true } = {}): Promise<EventPage> {
  const events: RunEvent[] = [];
  const reader: LogReader = {
    event: (event) => {
      events.push(event);
    },
    ...(!progress && { progress: () => undefined }),
  };
  return { events, ...(await readLog(file, { from }, reader)) };
}

/** Receives the lines of a log without line ends. */
type TakeLine = (line: string, end: number) => void;

/** Calls `take` with each complete line after a position. */
async function readLines(
  file: string,
  { from, to }: { from: LogPosition; to: number },
  take: TakeLine,
): Promise<Omit<LogPart, 'lines' | 'ignored'>> {
  const handle = await openIfExists(file);
  if (!handle) return { end: 0, inode: 0, cut: from.end > 0 };
  try {
    const { size, ino: inode } = await handle.stat();
    if (from.end > 0 && (size < from.end || inode !== from.inode)) return { end: 0, inode: 0, cut: true };
    return { end: await splitLines(handle, { from: from.end, to: Math.min(size, to) }, take), inode, cut: false };
  } catch (error) {
    throw asReadError(error, file);
  } finally {
    await handle.close();
  }
}

const CHUNK_BYTES = 2 ** 18;
/** Greatest length of a line in bytes. The event of a round has some hundred bytes per layer, so no run writes a longer line. */
const LONGEST_LINE = 2 ** 24;

/**
 * Calls `take` with each complete line, or with the beginning of a line that is too long. Returns the offset of the end of the last line.
 */
async function splitLines(handle: FileHandle, { from, to }: { from: number; to: number }, take: TakeLine) {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(0, to - from)));
  let end = from;
  let begun: Buffer = EMPTY; // the start of a line that ends in a later chunk
  for (let at = from; at < to;) {
    const { bytesRead } = await handle.read(chunk, 0, Math.min(chunk.length, to - at), at);
    if (bytesRead === 0) break;
    const read = chunk.subarray(0, bytesRead);
    let start = 0;
    for (let stop; (stop = read.indexOf(0x0a, start)) >= 0; start = stop + 1) {
      end = at + stop + 1;
      const isWhole = begun.length === 0;
      take(isWhole ? read.toString('utf8', start, stop) : join(begun, read.subarray(start, stop)).toString(), end);
      begun = EMPTY;
    }
    if (begun.length < LONGEST_LINE) begun = join(begun, read.subarray(start));
    at += bytesRead;
  }
  return end;
}

const EMPTY = Buffer.alloc(0);

/** Returns a copy of the bytes, because the buffer of the chunk is reused. */
function join(begun: Buffer, rest: Buffer): Buffer {
  return Buffer.concat([begun, rest]);
}
