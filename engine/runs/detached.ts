/** Starts processes that continue when this process ends, and tells how they ended if they end at once. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { asMachineError, UserError } from '../errors';

/** Path of the command-line program. All programs of the engine are in the same folder. */
export const CLI = path.join(__dirname, 'cli.js');

/** Greatest number of bytes of a log that an error quotes. */
const QUOTED = 2_000;

/** A process of its own that executes the command-line program. */
export interface Detached {
  child: ChildProcess;
  /** Resolves with how the process ended, such as `exit code 1`, or why it could not be started. */
  ended: Promise<string>;
  /** The file with its output. */
  log: string;
  /** Size of that file before, in bytes. */
  from: number;
}

/** Starts the program with these arguments. Its output is appended to a log. Throws MachineError if the log cannot be written. */
export function spawnDetached(args: readonly string[], log: string): Detached {
  const output = openLog(log);
  try {
    const from = statSync(log).size;
    const child = spawn(process.execPath, [CLI, ...args], {
      detached: true,
      windowsHide: true,
      stdio: ['ignore', output, output],
      // The executable of VS Code behaves like Node only if the first variable is set. With the second one, errors have its words.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', WINNING_SIGN_WORDS: 'window' },
    });
    const ended = endOf(child);
    child.unref();
    return { child, ended, log, from };
  } finally {
    closeSync(output);
  }
}

function openLog(log: string): number {
  try {
    return openSync(log, 'a');
  } catch (error) {
    throw asMachineError(error, `${log} cannot be written`);
  }
}

/** Returns how a process ended: `exit code 1`, or `signal SIGKILL`. */
export function howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
  return code === null ? `signal ${String(signal)}` : `exit code ${code}`;
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child
      .once('exit', (code, signal) => {
        resolve(howItEnded(code, signal));
      })
      .once('error', (error) => {
        resolve(error.message);
      });
  });
}

/** Returns what the process has written since its start, at most the last part. */
export async function outputOf({ log, from }: Detached): Promise<string> {
  const file = await open(log);
  try {
    const { size } = await file.stat();
    const start = Math.max(from, size - QUOTED);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - start)), 0, undefined, start);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await file.close();
  }
}

/** Returns the error of a process that ended at once: its own message, or how it ended, with the end of its output. */
export function endedAtOnce(
  what: string,
  { end, output, log }: { end: string; output: string; log: string },
): UserError {
  const said = errorsIn(output);
  if (said.length > 0) return new UserError(said.join('\n'));
  const last = output === '' ? 'It wrote nothing.' : `It wrote:\n${output}`;
  return new UserError(`The process of the ${what} ended at once (${end}). Its output is in ${log}. ${last}`);
}

const PREFIX = 'winning-sign: ';

/** Returns the messages of an error in the output of the command line. Further lines of the first message follow it. */
function errorsIn(output: string): string[] {
  const lines = output.split('\n');
  const first = lines.findIndex((line) => line.startsWith(PREFIX));
  return first < 0 ? [] : lines.slice(first).map((line) => line.replace(PREFIX, ''));
}
