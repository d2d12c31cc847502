/** Makes training batches in a thread, each while the previous step is computed. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { countBatches, type TrainingOptions } from './batches';
import type { Batch, Dataset } from './dataset';

/** Which batches an epoch has, apart from the images. */
export type EpochOptions = Omit<TrainingOptions, 'dataset'>;

/** A question to the thread. */
export interface BatchAsked {
  epoch: EpochOptions;
  i: number;
}

/** The batches of `trainingBatches`. */
export interface BatchesAhead {
  count: number;
  /** Returns batch `i`, and starts making the next one. Throws the error of the thread if it failed. */
  batch(i: number): Promise<Batch>;
}

interface Waiting {
  resolve: (batch: Batch) => void;
  reject: (error: Error) => void;
}

/** Starts its thread with the first batch. Dispose it: the thread keeps the process alive. */
export class BatchMaker {
  private worker: Worker | undefined;
  /** Answers come in the order of the questions. */
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
          next.batch.catch(() => undefined); // thrown to whoever awaits it
        }
        return batch;
      },
    };
  }

  async dispose(): Promise<void> {
    this.fail(new Error('no batches are made any more'));
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
