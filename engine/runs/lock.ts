/**
 * Makes sure that only one runner uses a run directory. The lock file names the process that holds it. This process touches the file
 * regularly.
 *
 * For a lock of this machine, the process itself is checked. The lock of another machine is stale if no change of the file was seen for
 * two minutes. Clocks of different machines are never compared, because they may disagree.
 */
import { rmSync } from 'node:fs';
import { readFile, utimes } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Cancelled } from '../children';
import { UserError } from '../errors';
import { livenessOf, thisProcess } from '../processes';
import { duration } from '../vocabulary/numbers';
import { createLock, type LockFile, type LockHolder, parseHolder, readLock, silenceMs, WRITING_MS } from './lockFile';
import { paths } from './paths';
import { takeOver } from './takeOver';

/**
 * An unchanged lock becomes stale after a certain time. In this time, a living holder touches the lock `TOUCHES` times, and others check it
 * `LOOKS` times.
 */
const TOUCHES = 6;
const LOOKS = 60;

/** Thrown if another process took over the run, or if the run directory was removed. This process must not write anything more. */
export class LockLost extends Error {
  override readonly name = 'LockLost';
}

export interface AcquireOptions {
  /** Whether to wait until it is known if a lock is stale, instead of failing at once. Default true. */
  wait?: boolean | undefined;
  /** Cancels the wait. */
  signal?: AbortSignal | undefined;
  /** Receives a message for the user about the wait. */
  onMessage?: ((sentence: string) => void) | undefined;
}

/**
 * Takes the lock of a run directory, and replaces a stale lock. Throws UserError if a live process holds the lock, and Cancelled if the
 * signal is aborted during the wait.
 */
export async function acquireLock(directory: string, options: AcquireOptions = {}): Promise<Lock> {
  const holder: LockHolder = { ...thisProcess(), id: randomUUID() };
  const file = paths.lock(directory);
  const watch = new LockWatch(file);
  for (let announced = false; ;) {
    const look = watch.look();
    if (look.state === 'free' && (await createLock(file, holder))) return new Lock(file, holder);
    if (look.state === 'held') throw heldBy(look.holder, directory);
    if (look.state === 'stale' && (await takeOver(directory, look.lock, holder))) return new Lock(file, holder);
    if (look.state !== 'unsure') continue;
    if (options.wait === false) throw mayBeHeldBy(look.holder, directory);
    if (look.holder && !announced) options.onMessage?.(waitingFor(look.holder, directory));
    announced ||= look.holder !== undefined;
    await watch.pause(options.signal);
  }
}

/** A lock that this process holds. */
export class Lock {
  readonly #touching: NodeJS.Timeout;

  constructor(
    private readonly file: string,
    private readonly holder: LockHolder,
  ) {
    this.#touching = setInterval(() => void this.#touch(), silenceMs() / TOUCHES).unref();
  }

  /** Differs for each lock. */
  get id(): string | undefined {
    return this.holder.id;
  }

  /** Throws LockLost if another process has the lock now, or if it is missing. Call this immediately before anything is written. */
  check(): void {
    const found = this.#read();
    if (found === 'unknown' || found?.holder?.id === this.holder.id) return;
    clearInterval(this.#touching);
    const other = found?.holder;
    throw new LockLost(
      other
        ? `${this.file}: process ${other.pid} on ${other.host} has taken over this run, because this process did not touch its lock for too long. This process ends and writes nothing more. Check why it was suspended.`
        : `${this.file} is missing. The run directory was removed, or another process took over this run and has ended. This process ends and writes nothing more.`,
    );
  }

  /** Releases the lock, unless another process has it now. */
  release(): void {
    clearInterval(this.#touching);
    const found = this.#read();
    if (found !== 'unknown' && found?.holder?.id === this.holder.id) rmSync(this.file, { force: true });
  }

  /** Reads the lock. Returns `unknown` if it cannot be read now, for example because the file server does not answer for a moment. */
  #read(): LockFile | undefined | 'unknown' {
    try {
      return readLock(this.file);
    } catch {
      return 'unknown';
    }
  }

  /**
   * Touches the lock, so that other machines see that this process is alive. A failure is ignored, because the lock will be touched again.
   */
  async #touch(): Promise<void> {
    try {
      const found = parseHolder(await readFile(this.file, 'utf8'));
      if (found?.id === this.holder.id) await utimes(this.file, new Date(), new Date());
    } catch {
      // The next write shows whether the lock is lost.
    }
  }
}

/** Returns the error for a run that another process holds. */
export function heldBy({ pid, host }: LockHolder, directory: string): UserError {
  return new UserError(`${directory}: already running (process ${pid} on ${host}). Stop it first.`);
}

/**
 * The result of checking a lock. `unsure`: another machine holds the lock, or the lock is not written yet, and it was not observed for long
 * enough.
 */
type Look =
  | { state: 'free' }
  | { state: 'held'; holder: LockHolder }
  | { state: 'unsure'; holder: LockHolder | undefined }
  | { state: 'stale'; lock: LockFile };

/**
 * Checks a lock repeatedly. Counts checks without a change, not seconds, because no change can be seen while this process or the
 * file server is suspended.
 */
class LockWatch {
  #version: string | undefined;
  #silentLooks = 0;
  readonly #silence = silenceMs();
  readonly #interval = this.#silence / LOOKS;

  constructor(private readonly file: string) {}

  look(): Look {
    const lock = readLock(this.file);
    if (!lock) return { state: 'free' };
    const { holder, version } = lock;
    const liveness = holder ? livenessOf(holder) : 'unknown';
    if (liveness === 'ended') return { state: 'stale', lock };
    const hasChanged = this.#version !== undefined && this.#version !== version;
    this.#silentLooks = hasChanged ? 0 : this.#silentLooks + 1;
    this.#version = version;
    if (holder && (liveness === 'alive' || hasChanged)) return { state: 'held', holder };
    const patience = holder ? this.#silence : Math.min(WRITING_MS, this.#silence);
    const isStale = this.#silentLooks * this.#interval > patience;
    return isStale ? { state: 'stale', lock } : { state: 'unsure', holder };
  }

  /** Waits until the next check. Throws Cancelled if the signal is aborted. */
  async pause(signal?: AbortSignal): Promise<void> {
    try {
      await setTimeout(this.#interval, undefined, { signal });
    } catch (error) {
      throw new Cancelled('Cancelled while waiting for a lock.', { cause: error });
    }
  }
}

/** Waits until the process that holds a run now has ended or lost its lock. Throws Cancelled if the signal is aborted. */
export async function untilReleased(directory: string, signal?: AbortSignal): Promise<void> {
  const watch = new LockWatch(paths.lock(directory));
  let first: LockHolder | undefined;
  for (;;) {
    const look = watch.look();
    if (look.state === 'free' || look.state === 'stale') return;
    first ??= look.holder;
    if (look.holder?.id !== first?.id) return;
    await watch.pause(signal);
  }
}

function waitingFor(holder: LockHolder, directory: string): string {
  return `${directory}: waiting until the lock of process ${holder.pid} on ${holder.host} has not changed for ${silence()}. Then this process takes over the run.`;
}

function mayBeHeldBy(holder: LockHolder | undefined, directory: string): UserError {
  if (!holder)
    return new UserError(`${directory}: another process is starting this run right now. Try again in a few seconds.`);
  return new UserError(`${directory}: process ${holder.pid} on ${holder.host} may still be running.`, {
    advice: {
      terminal: `Stop that process first, or leave out --no-wait to take over the run when its lock has not changed for ${silence()}.`,
      window: `Stop that process first, or try again when its lock has not changed for ${silence()}.`,
    },
  });
}

function silence(): string {
  return duration(silenceMs() / 1000);
}
