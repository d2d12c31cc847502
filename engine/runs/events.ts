/** `events.jsonl`: append-only, one JSON object a line; cut back only by a resume, to what the saved state knew. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { asReadError, openIfThere } from '../checkpoints/file';
import { asMachineError } from '../errors';
import type { WriteGuard } from '../files';
import type { CurvePoint, RunEvent } from '../vocabulary/runEvents';

/** An event before it is stamped with the time. */
export type NewEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'time'> : never) : never;

export interface EventLogOptions {
  /** The lock of the run. */
  guard: WriteGuard;
  /** Receives each event once it is written. */
  onEvent?: ((event: RunEvent) => void) | undefined;
}

export class EventLog {
  readonly #file: string;
  readonly #options: EventLogOptions;
  #descriptor: number;
  #size: number;

  /** Opens the log and drops whatever stands after its first `keep` bytes: half a line, or what is done again. */
  constructor(file: string, keep: number, options: EventLogOptions) {
    this.#file = file;
    this.#options = options;
    [this.#descriptor, this.#size] = this.#open();
    this.cut(keep);
  }

  /** Drops whatever stands after its first `keep` bytes; fails with the log as it was. */
  cut(keep: number): void {
    if (keep >= this.#size) return;
    const rest = this.#write(keep);
    this.#options.guard.check();
    this.close(); // Windows renames nothing onto an open file
    try {
      renameSync(rest, this.#file);
    } catch (error) {
      throw asMachineError(error, `cannot write ${this.#file}`);
    } finally {
      [this.#descriptor, this.#size] = this.#open();
    }
  }

  /** A cut log is a new file in the old one's place, so that whoever follows it sees that what was read before no longer counts. */
  #write(keep: number): string {
    const rest = `${this.#file}.tmp`;
    try {
      writeFileSync(rest, readFileSync(this.#file).subarray(0, keep), { flush: true });
      return rest;
    } catch (error) {
      if (existsSync(rest) && statSync(rest).isFile()) rmSync(rest);
      throw asMachineError(error, `cannot write ${rest}`);
    }
  }

  #open(): [descriptor: number, size: number] {
    try {
      const descriptor = openSync(this.#file, 'a');
      return [descriptor, fstatSync(descriptor).size];
    } catch (error) {
      throw asMachineError(error, `cannot write ${this.#file}`);
    }
  }

  /** Bytes written so far: what a saved state remembers, to cut back to. */
  get size(): number {
    return this.#size;
  }

  append(event: NewEvent): void {
    const stamped = { ...event, time: Date.now() };
    const line = Buffer.from(JSON.stringify(stamped) + '\n');
    this.#options.guard.check();
    try {
      // A short write (a full disk) is finished or thrown, never left as half a line that counts.
      for (let done = 0; done < line.length;) done += writeSync(this.#descriptor, line, done);
    } catch (error) {
      ftruncateSync(this.#descriptor, this.#size);
      throw asMachineError(error, `cannot write ${this.#file}`);
    }
    this.#size += line.length;
    this.#options.onEvent?.(stamped);
  }

  sync(): void {
    fsyncSync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

export function isBeginning(event: RunEvent): event is Extract<RunEvent, { type: 'started' | 'resumed' }> {
  return event.type === 'started' || event.type === 'resumed';
}

export interface EventPage {
  events: RunEvent[];
  /** Where the line of each ends, in bytes. */
  ends: number[];
  /** Lines that are no events: a crash of the machine, an edit. They are passed over. */
  unreadable: number;
  /** Where the next page starts: behind the last complete line. */
  end: number;
  /** Which file it was: a log that was cut back is another one. */
  inode: number;
  /** The log is not the one that was read before, or shorter: it has to be read anew. */
  cut: boolean;
}

/** The start of a log, before anything of it was read. */
export const UNREAD: Pick<EventPage, 'end' | 'inode'> = { end: 0, inode: 0 };

/** The complete lines behind an earlier page. */
export async function readEvents(file: string, before = UNREAD): Promise<EventPage> {
  const handle = await openIfThere(file);
  if (!handle) return { ...NOTHING, cut: before.end > 0 };
  try {
    const { size, ino: inode } = await handle.stat();
    if (before.end > 0 && (size < before.end || inode !== before.inode)) return { ...NOTHING, cut: true };
    const bytes = Buffer.alloc(size - before.end);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, before.end);
    const complete = bytes.subarray(0, bytes.subarray(0, bytesRead).lastIndexOf(0x0a) + 1);
    return { ...parseLines(complete, before.end), end: before.end + complete.length, inode, cut: false };
  } catch (error) {
    throw asReadError(error, file);
  } finally {
    await handle.close();
  }
}

const NOTHING = { events: [], ends: [], unreadable: 0, ...UNREAD };

/** `lines` are complete, and stand at `start` of their file. */
function parseLines(lines: Buffer, start: number): Pick<EventPage, 'events' | 'ends' | 'unreadable'> {
  const page = { events: [] as RunEvent[], ends: [] as number[], unreadable: 0 };
  for (let from = 0; from < lines.length;) {
    const to = lines.indexOf(0x0a, from) + 1;
    const event = parseLine(lines.toString('utf8', from, to));
    from = to;
    if (!event) page.unreadable++;
    else {
      page.events.push(event);
      page.ends.push(start + to);
    }
  }
  return page;
}

function parseLine(line: string): RunEvent | undefined {
  try {
    const event = JSON.parse(line) as Record<string, unknown> | null;
    const needed = FIELDS.get(event?.['type']);
    return needed?.every((name) => event![name] !== undefined) ? (event as unknown as RunEvent) : undefined;
  } catch {
    return undefined;
  }
}

/** What whoever reads an event of a type counts on. */
const FIELDS: ReadonlyMap<unknown, readonly string[]> = new Map(
  Object.entries({
    started: ['backend', 'layers', 'parameters'],
    resumed: ['backend', 'round', 'epoch', 'step'],
    progress: ['round', 'epoch', 'step', 'steps', 'loss'],
    epoch: ['round', 'epoch', 'train', 'test'],
    round: ['round', 'sparsity', 'train', 'test', 'checkpoint', 'layers'],
    point: ['alpha', 'train', 'test'],
    ended: ['outcome'],
  } satisfies Record<RunEvent['type'], readonly string[]>),
);

/** Returns the points of the interpolation curve that a log holds. */
export function curvePoints(events: readonly RunEvent[]): CurvePoint[] {
  return events.flatMap((event) =>
    event.type === 'point' ? [{ alpha: event.alpha, train: event.train, test: event.test }] : [],
  );
}
