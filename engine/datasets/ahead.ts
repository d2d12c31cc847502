/** Makes training batches in a thread: the next batch is made while the current step is computed. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { countBatches, type TrainingOptions } from './batches';
import type { Batch, Dataset } from './dataset';

/** The options that determine the batches of an epoch. */
export type EpochOptions = Omit<TrainingOptions, 'dataset'>;

/** A request to the thread. */
export interface BatchAsked {
  epoch: EpochOptions;
  i: number;
}

/** The batches of an epoch. They are the same as those from `trainingBatches`. */
export interface BatchesAhead {
  count: number;
  /** Returns batch `i` and starts to make the next one. Throws the error of the thread if the thread failed. */
  batch(i: number): Promise<Batch>;
}

interface Waiting {
  resolve: (batch: Batch) => void;
  reject: (error: Error) => void;
}

/**
 * Makes batches in a thread, which starts at the first request. Call `dispose` at the end, because the thread keeps the process alive.
 */
export class BatchMaker {
  private worker: Worker | undefined;
  /** The pending requests. The thread answers them in this order. */
  private readonly waiting: Waiting[] = [];
  private failure: Error | undefined;

  constructor(private readonly dataset: Dataset) {}

  epoch(epoch: EpochOptions): BatchesAhead {
    const count = countBatches(this.dataset, epoch);
    let next: { i: number; batch: Promise<Batch> } | undefined;
    return {
      count,
      batch: async (i) => {
        const batch = await (next?.i === i ? next.batch : this.make({ epoch, i }));
        if (i + 1 < count) {
          next = { i: i + 1, batch: this.make({ epoch, i: i + 1 }) };
          next.batch.catch(() => undefined); // the caller that awaits the batch receives the error
        }
        return batch;
      },
    };
  }

  async dispose(): Promise<void> {
    this.fail(new Error('the batch maker was disposed'));
    await this.worker?.terminate();
  }

  private start(): Worker {
    const nothing = { count: 0, images: new Uint8Array(0), labels: new Int32Array(0) };
    const workerData: Dataset = { ...this.dataset, test: nothing };
    const worker = new Worker(path.join(__dirname, 'batchThread.js'), { workerData });
    worker.on('message', (batch: Batch) => {
      this.waiting.shift()?.resolve(batch);
    });
    worker.once('error', (error) => {
      this.fail(error);
    });
    worker.once('exit', () => {
      this.fail(new Error('the thread that makes batches has ended'));
    });
    return worker;
  }

  private make(asked: BatchAsked): Promise<Batch> {
    if (this.failure) return Promise.reject(this.failure);
    const worker = (this.worker ??= this.start());
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      worker.postMessage(asked);
    });
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
  }
}
