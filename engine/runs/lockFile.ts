/** The file `lock` of a run directory: its format, and what can be known about the process that holds it. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { numberFrom } from '../environment';
import { asMachineError, UserError } from '../errors';
import { isLocal, isProcessId, livenessOf, type ProcessName } from '../processes';
import { paths } from './paths';

/** What a lock says. `id` names this very lock; versions up to 0.1 wrote none. */
export interface LockHolder extends ProcessName {
  id?: string;
}

/** A lock as it was read. */
export interface LockFile {
  /** Undefined if the text is not a lock's: another process is just writing it, or died while it did. */
  holder: LockHolder | undefined;
  /** Changes with each sign of life of the holder. */
  version: string;
  /** Milliseconds since the epoch by the clock of the file server, which may differ from ours. */
  touched: number;
}

/** How long the lock of another machine may be silent before it is stale. Machines that share a folder need the same value. */
export function silenceMs(): number {
  return 1000 * (numberFrom('WINNING_SIGN_LOCK_SECONDS') ?? 120);
}

/** Returns the lock as it is now; undefined if there is none. */
export function readLock(file: string, attempts = 3): LockFile | undefined {
  try {
    return readNow(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'EISDIR') throw new UserError(`${file} is a folder, not a lock. Move it away.`, { cause: error });
    if (code === 'ESTALE' && attempts > 1) return readLock(file, attempts - 1); // NFS: another machine has just replaced it
    throw asMachineError(error, `${file} could not be read`);
  }
}

/** Opening the file makes NFS ask its server, which reading its attributes would not. */
function readNow(file: string): LockFile {
  const descriptor = openSync(file, 'r');
  try {
    const { ino, mtimeMs } = fstatSync(descriptor);
    const text = readFileSync(descriptor, 'utf8');
    return { holder: parseHolder(text), version: `${ino} ${mtimeMs} ${text}`, touched: mtimeMs };
  } finally {
    closeSync(descriptor);
  }
}

/** Returns what a lock's text says; undefined if any part of it is not valid. */
export function parseHolder(text: string): LockHolder | undefined {
  try {
    const { pid, host, started, machine, id } = JSON.parse(text) as Record<string, unknown>;
    if (!isProcessId(pid) || !isWord(host) || host === '') return undefined;
    if (![started, machine, id].every((part) => part === undefined || isWord(part))) return undefined;
    return {
      pid,
      host,
      started: (started ?? '') as string,
      ...(machine !== undefined && { machine: machine as string }),
      ...(id !== undefined && { id: id as string }),
    };
  } catch {
    return undefined;
  }
}

/** These words are shown to people, so they have no control characters. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 255 && !/\p{Cc}/u.test(value);
}

/** The process that holds a run, as far as it is known. */
export interface Held {
  holder: LockHolder;
  /** It runs on this machine, so that it can be looked at and signalled. */
  local: boolean;
}

/**
 * Returns the process that holds a run if it is alive, or may be on another machine. For display: at first sight of another
 * machine's lock this has to trust the clocks; from then on it only counts whether the lock changes. Whoever wants to take
 * the lock calls `acquireLock`, which trusts no clock.
 */
export function holderOf(directory: string): Held | undefined {
  const file = paths.lock(directory);
  const found = readQuietly(file);
  if (!found?.holder) {
    if (!found) lastChanges.delete(file);
    return undefined;
  }
  const { holder } = found;
  const liveness = livenessOf(holder);
  const isHeld = liveness === 'unknown' ? !isSilent(file, found) : liveness === 'alive';
  return isHeld ? { holder, local: isLocal(holder) } : undefined;
}

/** A lock that cannot be read now is looked at again later. */
function readQuietly(file: string): LockFile | undefined {
  try {
    return readLock(file);
  } catch {
    return undefined;
  }
}

/** When the locks of other machines were last seen changing, by our own monotonic clock. */
const lastChanges = new Map<string, { version: string; at: number }>();

function isSilent(file: string, { version, touched }: LockFile): boolean {
  const now = performance.now();
  const last = lastChanges.get(file);
  if (last?.version === version) return now - last.at >= silenceMs();
  const age = last ? 0 : Math.max(0, Date.now() - touched);
  lastChanges.set(file, { version, at: now - age });
  return age >= silenceMs();
}
