/** A thread with the HDF5 library. The thread is ended if it hangs. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answer, Asked, ThreadData } from './messages';

/**
 * A thread is ended if it neither answers nor reads from the file for this time. Listing is quick, but unpacking a large chunk takes time.
 */
const PATIENCE_MS = { start: 10_000, list: 1500, read: 5000 };
const HEAP_MB = 192;
/** The library leaks some memory each time it refuses a file. */
const MOST_REFUSALS = 20;

interface Waiting {
  isList: boolean;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

export class Hdf5Worker {
  private readonly progress = new Int32Array(new SharedArrayBuffer(4));
  private readonly worker: Worker;
  /** The pending requests. The thread answers them in this order. */
  private readonly waiting: Waiting[] = [];
  private failure: Error | undefined;
  private refusals = 0;
  private watch: NodeJS.Timeout | undefined;

  constructor() {
    const workerData: ThreadData = { progress: this.progress };
    this.worker = new Worker(path.join(__dirname, 'hdf5Thread.js'), {
      ...{ workerData, stdout: true, stderr: true }, // the library prints errors that it also throws
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.worker.on('message', (answer: Answer) => {
      const asker = this.waiting.shift();
      this.keepWatch();
      if (!('refused' in answer)) asker?.resolve(answer);
      else asker?.reject(this.refuse(answer));
    });
    this.worker.once('error', () => {
      this.fail(new Error('the HDF5 library cannot read it'));
    });
    this.worker.once('exit', () => {
      this.fail(new Error('the HDF5 library cannot read it'));
    });
  }

  /** Sends a request. Throws an `Error` with the reason if the thread refuses it. */
  ask(asked: Asked): Promise<Answer> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiting.push({ isList: 'open' in asked, resolve, reject });
      this.keepWatch();
      this.worker.postMessage(asked);
    });
  }

  /** Closes the file. Returns whether the thread can open another one. */
  async canBeReused(): Promise<boolean> {
    if (this.failure || this.refusals > MOST_REFUSALS) return false;
    try {
      const { closed } = (await this.ask({ close: true })) as { closed: { reusable: boolean } };
      return closed.reusable;
    } catch {
      return false;
    }
  }

  get hasFailed(): boolean {
    return this.failure !== undefined;
  }

  async end(): Promise<void> {
    this.fail(new Error('the file is closed'));
    await this.worker.terminate();
  }

  private refuse({ refused, aborted }: Extract<Answer, { refused: string }>): Error {
    const error = new Error(refused);
    this.refusals++;
    if (aborted) {
      this.fail(error);
      void this.worker.terminate();
    }
    return error;
  }

  /** Ends the thread if it hangs while a request is pending. */
  private keepWatch(): void {
    clearTimeout(this.watch);
    if (this.failure) return;
    if (this.waiting.length === 0) {
      this.worker.unref(); // a file that was left open does not keep the process alive
      return;
    }
    this.worker.ref();
    const before = Atomics.load(this.progress, 0);
    const patience = PATIENCE_MS[before === 0 ? 'start' : this.waiting[0]!.isList ? 'list' : 'read'];
    this.watch = setTimeout(() => {
      if (Atomics.load(this.progress, 0) !== before) {
        this.keepWatch();
        return;
      }
      this.fail(new Error(`the HDF5 library did not answer within ${patience / 1000} s`));
      void this.worker.terminate();
    }, patience);
  }

  private fail(error: Error): void {
    clearTimeout(this.watch);
    this.failure ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
  }
}
