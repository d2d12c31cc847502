/**
 * Identifies processes. An identity differs from that of a later process with the same id, and from those on other machines or in
 * other containers.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

export interface ProcessName {
  pid: number;
  host: string;
  /** Start time in the format of the system. It distinguishes a process from a later one with the same id. Empty if unknown. */
  started: string;
  /** The boot and the process id namespace in which `pid` is valid, because containers may share a host name. Absent if unknown. */
  machine?: string;
}

/** Returns the process that parsed JSON names. Returns undefined if any part is not valid. */
export function processIn(value: Readonly<Record<string, unknown>>): ProcessName | undefined {
  const { pid, host, started = '', machine } = value;
  if (!isProcessId(pid) || !isWord(host) || host === '' || !isWord(started)) return undefined;
  if (machine === undefined) return { pid, host, started };
  return isWord(machine) ? { pid, host, started, machine } : undefined;
}

/** Whether a value is a text without control characters, so that it can be shown to users. */
export function isWord(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 255 && !/\p{Cc}/u.test(value);
}

/** `unknown`: the process is on another machine or in another container, so it cannot be checked from here. */
export type Liveness = 'alive' | 'ended' | 'unknown';

export function thisProcess(): ProcessName {
  const machine = machineName();
  const started = startTime(process.pid) ?? '';
  return { pid: process.pid, host: os.hostname(), started, ...(machine !== undefined && { machine }) };
}

/** Whether the process was started on this machine and in this process id namespace. */
export function isLocal({ host, machine }: ProcessName): boolean {
  return host === os.hostname() && (machine === undefined || machine === machineName());
}

export function livenessOf(named: ProcessName): Liveness {
  if (!isLocal(named)) return 'unknown';
  if (!exists(named.pid)) return 'ended';
  const now = startTime(named.pid);
  if (now === ZOMBIE) return 'ended';
  return isComparable(named) && now !== undefined && now !== named.started ? 'ended' : 'alive';
}

/** Sends a signal to a process, but only if the process is certainly the named one. Returns whether the signal was sent. */
export function signalProcess(named: ProcessName, signal: NodeJS.Signals): boolean {
  if (!isProcessId(named.pid) || !isLocal(named) || !isComparable(named)) return false;
  if (startTime(named.pid) !== named.started) return false;
  try {
    return process.kill(named.pid, signal);
  } catch {
    return false; // it has ended, or belongs to another user
  }
}

/**
 * Whether start times can be compared. Versions up to 0.1 wrote no `machine`, and on macOS they used the local language and time zone.
 */
function isComparable({ started, machine }: ProcessName): boolean {
  return started !== '' && (machine !== undefined || process.platform === 'linux');
}

/** Whether a process with this id exists. Returns false for zero and negative numbers, because they are the ids of process groups. */
function exists(pid: number): boolean {
  if (!isProcessId(pid)) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export function isProcessId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 2 ** 31;
}

const ZOMBIE = 'zombie';

/** Returns the start time of a process in the format of the system; undefined if it is unknown. */
function startTime(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the program name before the last “)” may contain spaces
      return fields[0] === 'Z' ? ZOMBIE : fields[19];
    }
    if (process.platform === 'win32') return undefined;
    // A fixed language and time zone, because they differ between a terminal and the job of a scheduler.
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Returns a name for this boot and this process id namespace; undefined if the system provides none. */
function machineName(): string | undefined {
  return (machine ??= { name: readMachineName() }).name;
}

let machine: { name: string | undefined } | undefined;

function readMachineName(): string | undefined {
  try {
    if (process.platform === 'linux') {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
    }
    if (process.platform === 'darwin')
      return execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim() || undefined;
    return undefined;
  } catch {
    return undefined;
  }
}
