/** A thread with the HDF5 library. The thread is ended if it hangs. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answer, Asked, ThreadData } from './messages';

/** A thread is ended if it neither answers nor reads from the file for this time. */
const PATIENCE_MS = 5000;
const HEAP_MB = 192;

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

export class Hdf5Worker {
  private readonly progress = new Int32Array(new SharedArrayBuffer(4));
  private readonly worker: Worker;
  /** The pending requests. The thread answers them in this order. */
  private readonly waiting: Waiting[] = [];
  private failure: Error | undefined;
  private watch: NodeJS.Timeout | undefined;

  constructor() {
    const workerData: ThreadData = { progress: this.progress };
    this.worker = new Worker(path.join(__dirname, 'hdf5Thread.js'), {
      ...{ workerData, stdout: true, stderr: true }, // the library prints what it also reports
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.worker.on('message', (answer: Answer) => {
      const asker = this.waiting.shift();
      this.keepWatch();
      if (!('refused' in answer)) asker?.resolve(answer);
      else asker?.reject((this.failure ??= new Error(answer.refused)));
    });
    this.worker.once('error', () => {
      this.fail(new Error('the HDF5 library cannot read it'));
    });
    this.worker.once('exit', () => {
      this.fail(new Error('the HDF5 library cannot read it'));
    });
  }

  /** Whether a request was refused or the thread has ended. After a failure the library may not work, so the thread is not used again. */
  get hasFailed(): boolean {
    return this.failure !== undefined;
  }

  /** Sends a request. Throws an `Error` with the reason if the thread refuses it. */
  ask(asked: Asked): Promise<Answer> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.keepWatch();
      this.worker.postMessage(asked);
    });
  }

  /** Closes the file. Returns whether the thread can open another one. */
  async canBeReused(): Promise<boolean> {
    try {
      const { closed } = (await this.ask({ close: true })) as { closed: { reusable: boolean } };
      return closed.reusable;
    } catch {
      return false;
    }
  }

  async end(): Promise<void> {
    this.fail(new Error('the file is closed'));
    await this.worker.terminate();
  }

  /** Ends the thread if it hangs while a request is pending. */
  private keepWatch(): void {
    clearTimeout(this.watch);
    if (this.waiting.length === 0)
      this.worker.unref(); // a file that was left open does not keep the process alive
    else this.worker.ref();
    if (this.waiting.length === 0 || this.failure) return;
    const before = Atomics.load(this.progress, 0);
    this.watch = setTimeout(() => {
      if (Atomics.load(this.progress, 0) !== before) {
        this.keepWatch();
        return;
      }
      this.fail(new Error(`the HDF5 library did not answer within ${PATIENCE_MS / 1000} s`));
      void this.worker.terminate();
    }, PATIENCE_MS);
  }

  private fail(error: Error): void {
    clearTimeout(this.watch);
    this.failure ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
  }
}
