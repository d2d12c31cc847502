/** Writes `events.jsonl`: append-only, one JSON object a line; cut back only by a resume, to what the saved state knew. */
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
    this.close(); // Windows renames nothing onto an open file
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

  /** A cut log is a new file in the old one's place, so that whoever follows it sees that what was read before no longer counts. */
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

/** Returns the points of the interpolation curve that a log holds. */
export function curvePoints(events: readonly RunEvent[]): CurvePoint[] {
  return events.flatMap((event) =>
    event.type === 'point' ? [{ alpha: event.alpha, train: event.train, test: event.test }] : [],
  );
}
