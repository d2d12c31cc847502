/** Writes `events.jsonl`, one JSON object per line. The log only grows, except that a resume cuts it back to the saved state. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { asMachineError } from '../errors';
import { renameOverSync, type WriteGuard } from '../files';
import type { CurvePoint, RunEvent, SurfacePoint } from '../vocabulary/runEvents';

/** An event without its time, which the log adds. */
export type NewEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'time'> : never) : never;

export interface EventLogOptions {
  guard: WriteGuard;
  /** Receives each event after it is written. */
  onEvent?: ((event: RunEvent) => void) | undefined;
}

export class EventLog {
  readonly #file: string;
  readonly #options: EventLogOptions;
  #descriptor: number;
  #size: number;

  /** Opens the log and cuts it to its first `keep` bytes. The rest is an incomplete line, or steps that will be trained again. */
  constructor(file: string, keep: number, options: EventLogOptions) {
    this.#file = file;
    this.#options = options;
    [this.#descriptor, this.#size] = this.#open();
    this.cut(keep);
  }

  /** Cuts the log to its first `keep` bytes. If this fails, the log is unchanged. */
  cut(keep: number): void {
    if (keep >= this.#size) return;
    const rest = this.#write(keep);
    this.close(); // Windows cannot replace an open file
    try {
      renameOverSync(rest, this.#file, {
        rename: (from, to) => {
          this.#options.guard.check(); // before every attempt: the lock may be lost while another program holds the file
          renameSync(from, to);
        },
      });
    } catch (error) {
      throw asMachineError(error, `cannot write ${this.#file}`);
    } finally {
      [this.#descriptor, this.#size] = this.#open();
    }
  }

  /** Replaces the log by a new file with the first bytes of the log. Readers notice the new file and read again from the start. */
  #write(keep: number): string {
    const rest = `${this.#file}.tmp`;
    try {
      copyFileSync(this.#file, rest);
      const descriptor = openSync(rest, 'r+');
      ftruncateSync(descriptor, keep);
      fsyncSync(descriptor);
      closeSync(descriptor);
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

  /** Number of bytes written so far. A saved state records it, so that a resume can cut the log back. */
  get size(): number {
    return this.#size;
  }

  append(event: NewEvent): void {
    const stamped = { ...event, time: Date.now() };
    const line = Buffer.from(JSON.stringify(stamped) + '\n');
    this.#options.guard.check();
    try {
      // A full disk causes a short write. Writing the rest then either works or throws the error.
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

/** Returns the points of the interpolation curve in a log. */
export function curvePoints(events: readonly RunEvent[]): CurvePoint[] {
  return events.flatMap((event) =>
    event.type === 'point' ? [{ alpha: event.alpha, train: event.train, test: event.test }] : [],
  );
}

/** Returns the measured points of a loss surface. */
export function surfacePoints(events: readonly RunEvent[]): SurfacePoint[] {
  return events.flatMap((event) => {
    if (event.type !== 'cell') return [];
    const { type, time, ...point } = event;
    return [point];
  });
}
