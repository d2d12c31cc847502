/** One runner per run directory. The lock names its process, so that one left behind by a crash is known as stale. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import os from 'node:os';
import { asMachineError, UserError } from '../errors';
import { paths } from './paths';

interface Holder {
  pid: number;
  host: string;
  /** When the process started, as the system tells it: a reused pid has another. */
  started: string;
}

/** A holder on another machine is taken for dead when its lock was not touched for so long. */
const SILENCE_MS = 120_000;
const TOUCH_MS = 20_000;

/** Takes the lock, replacing a stale one; the returned function releases it. UserError when a live runner holds it. */
export function acquireLock(directory: string): () => void {
  const file = paths.lock(directory);
  const me: Holder = { pid: process.pid, host: os.hostname(), started: startOf(process.pid) ?? '' };
  for (let attempt = 0; ; attempt++) {
    try {
      const descriptor = openSync(file, 'wx');
      writeSync(descriptor, JSON.stringify(me));
      closeSync(descriptor);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 3)
        throw asMachineError(error, `cannot write ${file}`);
      removeIfStale(directory);
    }
  }
  const touching = setInterval(() => {
    touch(file);
  }, TOUCH_MS).unref();
  return () => {
    clearInterval(touching);
    rmSync(file, { force: true });
  };
}

/** A sign of life for other machines; a directory that was deleted meanwhile shows at the next write. */
function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Why a run cannot be begun here, and when it can. */
export function heldBy({ pid, host, local }: Held, directory: string): UserError {
  if (pid === undefined)
    return new UserError(`${directory}: another process is just beginning it; try again in a few seconds.`);
  const remedy = local
    ? 'stop it first'
    : `stop it first; if it is gone, try again once its lock has been silent for ${SILENCE_MS / 60_000} minutes`;
  return new UserError(`${directory}: already running (process ${pid} on ${host}); ${remedy}.`);
}

/** Of another machine it is only known that it touched the lock lately. */
interface Held {
  /** Undefined while it writes its lock. */
  pid: number | undefined;
  host: string;
  local: boolean;
}

/** The process holding a run, if it is alive (or may be, on another machine). */
export function holderOf(directory: string): Held | undefined {
  const file = paths.lock(directory);
  try {
    const holder = parseHolder(readFileSync(file, 'utf8'));
    const local = holder.host === os.hostname();
    const alive = local ? isAlive(holder) : Date.now() - statSync(file).mtimeMs < SILENCE_MS;
    return alive ? { pid: holder.pid, host: holder.host, local } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return beingWritten(file);
    return undefined;
  }
}

function parseHolder(text: string): Holder {
  const holder = JSON.parse(text) as Holder | null;
  if (typeof holder?.pid !== 'number' || typeof holder.host !== 'string') throw new SyntaxError('no holder');
  return holder;
}

/** A lock without its text yet: another process is between creating and writing it, or died there. */
function beingWritten(file: string): Held | undefined {
  const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return age < 2_000 ? { pid: undefined, host: os.hostname(), local: false } : undefined;
}

function removeIfStale(directory: string): void {
  const file = paths.lock(directory);
  const stale = readIfThere(file);
  const holder = holderOf(directory);
  if (holder) throw heldBy(holder, directory);
  // Renamed before it is removed: of two processes that find it stale one wins, and the other must not take the winner's.
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
    if (readIfThere(aside) === stale) rmSync(aside);
    else renameSync(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return now === undefined || started === '' || now === started;
}

/** A process's start time in the system's own words, or undefined where it cannot be known. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before it may hold spaces
      return fields[0] === 'Z' ? 'zombie' : fields[19];
    }
    if (process.platform === 'win32') return undefined;
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
