/** Starts the process of a run, which ends with this process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { MachineError } from '../errors';
import { isObject } from '../json/strict';
import { CLI } from '../runs/detached';

/** How the process of a run ended. `stopped` and `diverged` are outcomes of the run. */
export interface RunnerEnd {
  code: number | null;
  /** The signal that ended it, if it could not handle the signal. */
  signal: NodeJS.Signals | null;
  /** The end of its error output. */
  output: string;
  /** The code of the system's error that ended it, such as ENOSPC. */
  errorCode?: string;
}

/** Number of characters of output that are kept. */
const KEPT_OUTPUT = 2_000;

/** The runs that this process executes. */
export class Runners {
  readonly #children = new Set<ChildProcess>();

  /**
   * Executes a run with this number of threads. `onStart` receives the id of its process. Throws MachineError if the process cannot be
   * started.
   */
  async execute(directory: string, threads: number, onStart?: (pid: number) => void): Promise<RunnerEnd> {
    const env = { ...process.env, WINNING_SIGN_THREADS: String(threads), ELECTRON_RUN_AS_NODE: '1' };
    // A run stops, and saves its state, if its channel to this process closes.
    const child = spawn(process.execPath, [CLI, 'resume', directory, '--json'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#children.add(child);
    if (child.pid !== undefined) onStart?.(child.pid);
    let [output, document] = ['', ''];
    child.stderr!.on('data', (text: Buffer) => (output = (output + text.toString()).slice(-KEPT_OUTPUT)));
    child.stdout!.on('data', (text: Buffer) => (document = (document + text.toString()).slice(-KEPT_OUTPUT)));
    try {
      return await new Promise<RunnerEnd>((resolve, reject) => {
        const fail = (error: Error) => {
          const message = `The process of ${directory} cannot be started (${error.message}). Free some memory, then try again.`;
          reject(new MachineError(message, { cause: error }));
        };
        child.once('error', fail).once('close', (code, signal) => {
          const errorCode = code === 0 ? undefined : errorCodeIn(document);
          resolve({ code, signal, output, ...(errorCode !== undefined && { errorCode }) });
        });
      });
    } finally {
      this.#children.delete(child);
    }
  }

  /** Asks all runs to save their state and stop. */
  stop(): void {
    for (const child of this.#children) child.kill('SIGTERM');
  }
}

/** Returns the code of the error in the output of a verb with `--json`. */
function errorCodeIn(document: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(document);
    const error = isObject(parsed) ? parsed['error'] : undefined;
    return isObject(error) && typeof error['code'] === 'string' ? error['code'] : undefined;
  } catch {
    return undefined; // it was killed, or printed something else
  }
}
