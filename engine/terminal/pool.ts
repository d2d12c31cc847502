/** Executes runs in processes of their own, several at once with one thread each or one after another, and prints their progress. */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { MachineError } from '../errors';
import { duration } from '../vocabulary/numbers';
import { writeLine } from './output';

/** Thrown by `run` after `stop`, for runs that were stopped and for those that had not begun. */
export class PoolStopped extends Error {
  override readonly name = 'PoolStopped';
}

export class RunnerPool {
  readonly #children = new Set<ChildProcess>();
  readonly #waiting: (() => void)[] = [];
  readonly #began = Date.now();
  #free: number;
  #done = 0;
  #stopped = false;
  #idle: () => void = () => undefined;

  constructor(
    size: number,
    /** `allThreads`: whether a run may use all threads. By default, it has one. */
    private readonly options: { cli: string; total: number; stream: NodeJS.WritableStream; allThreads?: true },
  ) {
    this.#free = size;
  }

  /** Waits until the run is done. Throws if it ends in any other way. */
  async run(directory: string): Promise<void> {
    await this.#turn();
    try {
      if (this.#stopped) throw new PoolStopped();
      await this.#child(directory);
    } finally {
      this.#free++;
      this.#waiting.shift()?.();
    }
    const { total, stream } = this.options;
    const elapsed = duration((Date.now() - this.#began) / 1000);
    const count = `[${String(++this.#done).padStart(2)}/${total}]`;
    writeLine(stream, `${count} ${elapsed.padStart(6)}  ${path.basename(directory)}`);
  }

  /** Stops the current runs, which save their state, and starts no other runs. A second call ends the runs at once. */
  stop(): void {
    this.#stopped = true;
    for (const child of this.#children) child.kill('SIGTERM');
  }

  /** Stops the runs, and waits until their processes have ended. */
  async dispose(): Promise<void> {
    this.stop();
    while (this.#children.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  async #turn(): Promise<void> {
    while (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#free--;
  }

  #child(directory: string): Promise<void> {
    const limit = this.options.allThreads ? {} : { WINNING_SIGN_THREADS: '1' };
    const env = { ...process.env, ...limit, ELECTRON_RUN_AS_NODE: '1' };
    const child = spawn(process.execPath, [this.options.cli, 'resume', directory, '--json'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#children.add(child);
    let output = '';
    child.stderr.on('data', (text: Buffer) => (output = (output + text.toString()).slice(-2_000)));
    return new Promise((resolve, reject) => {
      const ended = (error?: Error) => {
        this.#children.delete(child);
        if (this.#children.size === 0) this.#idle();
        if (error) reject(error);
        else resolve();
      };
      child.once('error', ended);
      child.once('close', (code) => {
        if (code === 0) ended();
        else ended(this.#stopped ? new PoolStopped() : new MachineError(failure(directory, code, output)));
      });
    });
  }
}

function failure(directory: string, code: number | null, output: string): string {
  return `${directory}: the run ended with exit code ${code ?? 'unknown'}. Its last output:\n${output.trim()}`;
}
