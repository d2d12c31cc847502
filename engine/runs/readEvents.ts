/** Reads `events.jsonl`: a chunk at a time, complete lines only, each checked. */
import type { FileHandle } from 'node:fs/promises';
import { asReadError, openIfThere } from '../checkpoints/file';
import { UserError } from '../errors';
import { anything, parseShape } from '../shapes';
import type { RunEvent } from '../vocabulary/runEvents';
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
  first?: string;
}

/** A sentence for a person; undefined if there are no such lines. */
export function ignoredText({ count, first }: IgnoredLines): string | undefined {
  if (first === undefined) return undefined;
  return count === 1 ? `${first} The line is ignored.` : `${first} ${count} such lines are ignored.`;
}

export function addIgnored(a: IgnoredLines, b: IgnoredLines): IgnoredLines {
  return { count: a.count + b.count, first: a.first ?? b.first };
}

export interface EventPage extends LogPosition {
  events: RunEvent[];
  /** Where the line of each ends, in bytes. */
  ends: number[];
  ignored: IgnoredLines;
  /** The log is not the one that was read before, or shorter: it has to be read anew. */
  cut: boolean;
}

/** Receives the lines of a log, without their ends. */
type TakeLine = (line: string, end: number) => void;

/** Returns the events behind an earlier page. Events of types that this version does not know are left out. */
export async function readEvents(file: string, before = UNREAD): Promise<EventPage> {
  const page = { events: [] as RunEvent[], ends: [] as number[], ignored: { count: 0 } as IgnoredLines };
  let { lines } = before;
  const position = await readLines(file, before, (line, end) => {
    lines++;
    try {
      const event = parseEvent(line, `${file}, line ${lines}`);
      if (!event) return;
      page.events.push(event);
      page.ends.push(end);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      page.ignored.first ??= error.message;
      page.ignored.count++;
    }
  });
  return { ...page, ...position, lines };
}

/** Returns undefined for an event of an unknown type. Throws UserError for what is no event; `place` is the file and the line. */
function parseEvent(line: string, place: string): RunEvent | undefined {
  return checkEvent(parseShape(line, place, anything), place);
}

/** Gives each complete line behind a position to `take`. */
async function readLines(
  file: string,
  before: LogPosition,
  take: TakeLine,
): Promise<Omit<LogPosition, 'lines'> & { cut: boolean }> {
  const handle = await openIfThere(file);
  if (!handle) return { end: 0, inode: 0, cut: before.end > 0 };
  try {
    const { size, ino: inode } = await handle.stat();
    if (before.end > 0 && (size < before.end || inode !== before.inode)) return { end: 0, inode: 0, cut: true };
    return { end: await splitLines(handle, { from: before.end, to: size }, take), inode, cut: false };
  } catch (error) {
    throw asReadError(error, file);
  } finally {
    await handle.close();
  }
}

const CHUNK_BYTES = 2 ** 20;
/** The event of a round takes some hundred bytes a layer; what is longer than this was not written by a run. */
const LONGEST_LINE = 2 ** 24;

/** Returns where the last complete line ends. Of a line that is too long, only the beginning is given to `take`. */
async function splitLines(handle: FileHandle, { from, to }: { from: number; to: number }, take: TakeLine) {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, to - from));
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
