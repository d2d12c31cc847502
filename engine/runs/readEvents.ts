/** Reads `events.jsonl`: a chunk at a time, complete lines only, each checked. */
import type { FileHandle } from 'node:fs/promises';
import { asReadError, openIfThere } from '../checkpoints/file';
import { UserError } from '../errors';
import { anything, parseShape } from '../shapes';
import type { LossPoint, RunEvent } from '../vocabulary/runEvents';
import { checkEvent } from './eventShapes';

/** How far a log was read. */
export interface LogPosition {
  /** Bytes, up to the end of the last complete line. */
  end: number;
  lines: number;
  /** Which file it was: a log that was cut back is another one. */
  inode: number;
}

/** The start of a log, before anything of it was read. */
export const UNREAD: LogPosition = { end: 0, lines: 0, inode: 0 };

/** Lines that are not events, because of a crash of the machine or an edit. They are ignored. */
export interface IgnoredLines {
  count: number;
  /** What is wrong with the first. */
  first?: string | undefined;
}

/** A sentence for a person; undefined if there are no such lines. */
export function ignoredText({ count, first }: IgnoredLines): string | undefined {
  if (first === undefined) return undefined;
  return count === 1 ? `${first} The line is ignored.` : `${first} ${count} such lines are ignored.`;
}

export function addIgnored(a: IgnoredLines, b: IgnoredLines): IgnoredLines {
  return { count: a.count + b.count, first: a.first ?? b.first };
}

/** The event of training steps. A run of days has a million of them, so they are parsed only where they are needed. */
export interface ProgressLine {
  loss: number;
  readonly parse: () => LossPoint;
  /** Where it ends, in bytes. */
  end: number;
}

/** Receives what a log says, in its order. Events of types that this version does not know are left out. */
export interface LogReader {
  /** `end`: where its line ends, in bytes. */
  event(event: RunEvent, end: number): void;
  /** Without it, progress comes as any other event. */
  progress?(line: ProgressLine): void;
}

/** What became of reading a log. */
export interface LogPart extends LogPosition {
  ignored: IgnoredLines;
  /** The log is not the one that was read before, or shorter: it has to be read anew. */
  cut: boolean;
}

/** Reads the lines of a log from a position on, up to the byte `to`. */
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

/** A line as the runner writes it, of which only the loss is needed at first. */
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

/** Returns undefined for an event of an unknown type. Throws UserError for what is not an event. */
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

/** Returns the events behind an earlier page. `progress: false` leaves out those of training steps. */
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

/** Receives the lines of a log, without their ends. */
type TakeLine = (line: string, end: number) => void;

/** Gives each complete line behind a position to `take`. */
async function readLines(
  file: string,
  { from, to }: { from: LogPosition; to: number },
  take: TakeLine,
): Promise<Omit<LogPart, 'lines' | 'ignored'>> {
  const handle = await openIfThere(file);
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
/** The event of a round takes some hundred bytes a layer; what is longer than this was not written by a run. */
const LONGEST_LINE = 2 ** 24;

/** Returns where the last complete line ends. Of a line that is too long, only the beginning is given to `take`. */
async function splitLines(handle: FileHandle, { from, to }: { from: number; to: number }, take: TakeLine) {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(0, to - from)));
  let end = from;
  let begun: Buffer = EMPTY; // the first part of a line whose end is in a later chunk
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

/** A copy, since the chunk is used again. */
function join(begun: Buffer, rest: Buffer): Buffer {
  return Buffer.concat([begun, rest]);
}
