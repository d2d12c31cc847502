/** Starts processes that inspect files, and replaces one that ends or takes too long. */
import { fork, type ChildProcess } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import type { Examined } from './examiner';

/** Time limit of one file. It is generous, because other processes may need the processor. */
const LONGEST_MS = 20_000;

export class Examiner {
  #child: ChildProcess | undefined;

  /** Inspects a file. A process that ends, or takes longer than the limit, counts as a crash. */
  examine(file: string): Promise<Examined> {
    const child = (this.#child ??= fork(path.join(__dirname, 'examiner.js'), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: ['--max-old-space-size=1024'],
    }));
    return new Promise((resolve) => {
      const end = (examined: Examined) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(examined);
      };
      const crash = (message: string) => {
        this.dispose();
        end({ outcome: 'crash', message, ms: LONGEST_MS, memory: 0 });
      };
      const timer = setTimeout(crash, LONGEST_MS, `it took longer than ${LONGEST_MS / 1000} s`);
      child.once('message', (examined) => {
        end(examined as Examined);
      });
      child.once('exit', (code, signal) => {
        crash(`the process ended with ${signal ?? `code ${code}`}`);
      });
      child.send(file);
    });
  }

  dispose(): void {
    this.#child?.removeAllListeners();
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}

/** Number of processes that inspect files at the same time. */
export const JOBS = Math.min(4, os.availableParallelism());

/** Calls `work` for each item, with one of `JOBS` processes each. */
export async function examineAll<Item>(
  items: Iterable<Item>,
  work: (item: Item, examiner: Examiner) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const worker = async () => {
    const examiner = new Examiner();
    try {
      for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value, examiner);
    } finally {
      examiner.dispose();
    }
  };
  await Promise.all(Array.from({ length: JOBS }, worker));
}
