/** Reads the file `lock` of a run directory, and checks the process that holds it. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { numberFrom } from '../environment';
import { asMachineError, UserError } from '../errors';
import { createAtomically } from '../files';
import { isLocal, livenessOf, type ProcessName, isWord, processIn } from '../processes';
import { paths } from './paths';

/** The content of a lock. `id` identifies this lock; versions up to 0.1 did not write it. */
export interface LockHolder extends ProcessName {
  id?: string;
}

/** A lock file. */
export interface LockFile {
  /** Undefined if the text is not valid, because another process is writing the file or died while writing it. */
  holder: LockHolder | undefined;
  /** Differs for each lock, but versions up to 0.1 wrote no id. */
  text: string;
  /** Changes each time the holder touches the lock. */
  version: string;
  /** Time of the last touch in milliseconds since the epoch, by the clock of the file server. That clock may differ from ours. */
  touched: number;
}

/** Time without a change after which the lock of another machine is stale. Machines that share a folder need the same value. */
export function silenceMs(): number {
  return 1000 * (numberFrom('WINNING_SIGN_LOCK_SECONDS') ?? 120);
}

/** Time in ms to wait for another process that is just writing its lock. */
export const WRITING_MS = 3_000;

/** Creates the lock. A network file system may report that the file exists although this call created it, so the content is checked. */
export async function createLock(file: string, holder: LockHolder): Promise<boolean> {
  return (await createAtomically(file, JSON.stringify(holder))) || readLock(file)?.holder?.id === holder.id;
}

/** Reads the lock. Returns undefined if there is no lock. */
export function readLock(file: string, attempts = 3): LockFile | undefined {
  try {
    return readNow(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'EISDIR') throw new UserError(`${file} is a folder, not a lock. Move it away.`, { cause: error });
    if (code === 'ESTALE' && attempts > 1) return readLock(file, attempts - 1); // NFS: another machine has just replaced it
    throw asMachineError(error, `${file} cannot be read`);
  }
}

/** Reads a lock. Opens the file first, because NFS then asks the server for the current attributes. */
function readNow(file: string): LockFile {
  const descriptor = openSync(file, 'r');
  try {
    const { ino, mtimeMs } = fstatSync(descriptor);
    const text = readFileSync(descriptor, 'utf8');
    return { holder: parseHolder(text), text, version: `${ino} ${mtimeMs} ${text}`, touched: mtimeMs };
  } finally {
    closeSync(descriptor);
  }
}

/** Parses the text of a lock. Returns undefined if any part of the text is not valid. */
export function parseHolder(text: string): LockHolder | undefined {
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const [named, { id }] = [processIn(parsed), parsed];
    if (!named || !(id === undefined || isWord(id))) return undefined;
    return { ...named, ...(id !== undefined && { id }) };
  } catch {
    return undefined;
  }
}

/** The process that holds a run, as far as it is known. */
export interface Held {
  holder: LockHolder;
  /** Whether the process is on this machine. Then it can be checked, and it can receive signals. */
  local: boolean;
}

/**
 * Returns the process that holds a run if it is alive, or if it may be alive on another machine. Use this only for display, because the
 * first check of another machine's lock compares clocks. (Later checks only test whether the lock changes.) To take a lock, use
 * `acquireLock`, which never compares clocks.
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

/** Reads a lock. Returns undefined if the lock cannot be read now, because a later check reads it again. */
function readQuietly(file: string): LockFile | undefined {
  try {
    return readLock(file);
  } catch {
    return undefined;
  }
}

/** The times at which locks of other machines were last seen changing, by our own monotonic clock. */
const lastChanges = new Map<string, { version: string; at: number }>();

function isSilent(file: string, { version, touched }: LockFile): boolean {
  const now = performance.now();
  const last = lastChanges.get(file);
  if (last?.version === version) return now - last.at >= silenceMs();
  const age = last ? 0 : Math.max(0, Date.now() - touched);
  lastChanges.set(file, { version, at: now - age });
  return age >= silenceMs();
}
