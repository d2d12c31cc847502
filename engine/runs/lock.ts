/**
 * One runner per run directory. The lock names its process and is touched while that process lives.
 *
 * On this machine the process itself is looked at. The lock of another machine is stale once it was not seen changing for two
 * minutes: machines disagree on the time, so no clock is compared with another.
 */
import { rmSync } from 'node:fs';
import { readFile, utimes } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Cancelled } from '../children';
import { UserError } from '../errors';
import { createAtomically, writeAtomically } from '../files';
import { livenessOf, thisProcess } from '../processes';
import { duration } from '../vocabulary/numbers';
import { type LockFile, type LockHolder, parseHolder, readLock, silenceMs } from './lockFile';
import { paths } from './paths';

/** How often a holder touches its lock, and how often others look at it, within the time after which it is stale. */
const TOUCHES = 6;
const LOOKS = 60;
/** How long a lock that is not written yet is waited for. */
const WRITING_MS = 3_000;

/** Thrown in a process whose run was taken over by another, or whose directory is gone: it must write nothing any more. */
export class LockLost extends Error {
  override readonly name = 'LockLost';
}

export interface AcquireOptions {
  /** Wait for a lock that may be stale, instead of refusing it at once. Default true. */
  wait?: boolean | undefined;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
  /** Receives what is waited for. */
  say?: ((sentence: string) => void) | undefined;
}

/**
 * Takes the lock of a run directory, and replaces a stale one.
 * Throws UserError if a live process holds it, Cancelled if the signal comes while it waits.
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
    if (look.holder && !announced) options.say?.(waitingFor(look.holder, directory));
    announced ||= look.holder !== undefined;
    await watch.pause(options.signal);
  }
}

/** A network file system may report that the name exists although it has just made it for us, so the lock is read as well. */
async function createLock(file: string, holder: LockHolder): Promise<boolean> {
  return (await createAtomically(file, JSON.stringify(holder))) || readLock(file)?.holder?.id === holder.id;
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

  /** Throws LockLost if the lock is another's now, or gone. To be called immediately before anything is written. */
  check(): void {
    const found = this.#read();
    if (found === 'unknown' || found?.holder?.id === this.holder.id) return;
    clearInterval(this.#touching);
    const other = found?.holder;
    throw new LockLost(
      other
        ? `${this.file}: process ${other.pid} on ${other.host} took this run over, because this process gave no sign of life. This process ends and writes nothing more.`
        : `${this.file} is gone. The run directory was removed, or another process took this run over and ended. This process ends and writes nothing more.`,
    );
  }

  /** Gives the lock back, unless it is another's now. */
  release(): void {
    clearInterval(this.#touching);
    const found = this.#read();
    if (found !== 'unknown' && found?.holder?.id === this.holder.id) rmSync(this.file, { force: true });
  }

  /** A file server that cannot be reached for a moment says nothing about the lock. */
  #read(): LockFile | undefined | 'unknown' {
    try {
      return readLock(this.file);
    } catch {
      return 'unknown';
    }
  }

  /** A sign of life for other machines. One that fails is followed by the next. */
  async #touch(): Promise<void> {
    try {
      const found = parseHolder(await readFile(this.file, 'utf8'));
      if (found?.id === this.holder.id) await utimes(this.file, new Date(), new Date());
    } catch {
      // The next write shows whether the lock is lost.
    }
  }
}

/** Why a run cannot be started here, and when it can. */
export function heldBy({ pid, host }: LockHolder, directory: string): UserError {
  return new UserError(`${directory}: already running (process ${pid} on ${host}). Stop it first.`);
}

/** What a look at a lock shows. `unsure`: it is of another machine, or not written yet, and has not been watched for long. */
type Look =
  | { state: 'free' }
  | { state: 'held'; holder: LockHolder }
  | { state: 'unsure'; holder: LockHolder | undefined }
  | { state: 'stale'; lock: LockFile };

/**
 * Looks at a lock again and again. Silence is counted in looks, not in time: while this process or the file server stands
 * still, nobody's sign of life can be seen.
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

  /** Waits until the next look is due. Throws Cancelled when the signal comes. */
  async pause(signal?: AbortSignal): Promise<void> {
    try {
      await setTimeout(this.#interval, undefined, { signal });
    } catch (error) {
      throw new Cancelled('Cancelled while waiting for a lock.', { cause: error });
    }
  }
}

/** Settles when the process that holds a run now has ended, or has lost its lock. Throws Cancelled when the signal comes. */
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
  return `${directory}: waiting until the lock of process ${holder.pid} on ${holder.host} has been silent for ${silence()}. Then this process takes the run over.`;
}

function mayBeHeldBy(holder: LockHolder | undefined, directory: string): UserError {
  if (!holder)
    return new UserError(`${directory}: another process is just starting this run. Try again in a few seconds.`);
  return new UserError(
    `${directory}: process ${holder.pid} on ${holder.host} may still run this. Stop it first, or leave out --no-wait: then this command takes the run over once its lock has been silent for ${silence()}.`,
  );
}

function silence(): string {
  return duration(silenceMs() / 1000);
}

/**
 * Replaces a stale lock by ours; false if it is another than the one that was found stale. Only one process at a time may do
 * so: it holds the file `lock.takeover`, which exists for milliseconds.
 */
async function takeOver(directory: string, stale: LockFile, holder: LockHolder): Promise<boolean> {
  const [file, claim] = [paths.lock(directory), paths.takeover(directory)];
  if (!(await createLock(claim, holder))) {
    await removeIfStale(claim);
    return false;
  }
  try {
    if (readLock(file)?.version !== stale.version) return false;
    await writeAtomically(file, JSON.stringify(holder));
    return true;
  } finally {
    rmSync(claim, { force: true });
  }
}

/** Removes a claim whose process was killed while it had it. Should two processes do so at once, one of them loses its lock. */
async function removeIfStale(claim: string): Promise<void> {
  const found = readLock(claim);
  if (!found) return;
  const isEnded = found.holder !== undefined && livenessOf(found.holder) === 'ended';
  if (!isEnded) await setTimeout(Math.min(WRITING_MS, silenceMs()));
  if (readLock(claim)?.version === found.version) rmSync(claim, { force: true });
}
