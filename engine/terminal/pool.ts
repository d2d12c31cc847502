/** Executes several runs at once, each in its own process with one thread, and prints their progress. */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { CLI } from '../runs/launch';
import { duration } from '../vocabulary/numbers';
import { writeLine } from './output';

export class RunnerPool {
  readonly #children = new Set<ChildProcess>();
  readonly #waiting: (() => void)[] = [];
  readonly #began = Date.now();
  #free: number;
  #done = 0;

  constructor(
    size: number,
    private readonly report: { total: number; stream: NodeJS.WritableStream },
  ) {
    this.#free = size;
  }

  /** Waits until the run is done. Throws if it ends in any other way. */
  async run(directory: string): Promise<void> {
    await this.#turn();
    try {
      await this.#child(directory);
    } finally {
      this.#free++;
      this.#waiting.shift()?.();
    }
    const { total, stream } = this.report;
    const elapsed = duration((Date.now() - this.#began) / 1000);
    const count = `[${String(++this.#done).padStart(2)}/${total}]`;
    writeLine(stream, `${count} ${elapsed.padStart(6)}  ${path.basename(directory)}`);
  }

  /** Stops the runs that still run. They save their state. */
  dispose(): void {
    for (const child of this.#children) child.kill('SIGTERM');
  }

  async #turn(): Promise<void> {
    while (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#free--;
  }

  #child(directory: string): Promise<void> {
    const env = { ...process.env, WINNING_SIGN_THREADS: '1', ELECTRON_RUN_AS_NODE: '1' };
    const child = spawn(process.execPath, [CLI, 'resume', directory, '--json'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#children.add(child);
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-2_000)));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        this.#children.delete(child);
        if (code === 0) resolve();
        else reject(new Error(`${path.basename(directory)} ended with code ${code}:\n${said}`));
      });
    });
  }
}
