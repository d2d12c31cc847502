/** Training batches made in a thread of their own, each while the step before it is computed. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { trainingBatches, type TrainingOptions } from './batches';
import type { Batch, Dataset, Split } from './dataset';

/** Which batches an epoch has, beside the images they are made of. */
export type EpochOptions = Omit<TrainingOptions, 'dataset'>;

/** What the thread is asked for. */
export interface BatchAsked {
  epoch: EpochOptions;
  i: number;
}

/** The batches of `trainingBatches`. */
export interface BatchesAhead {
  count: number;
  /** Batch `i`; from then on the next is made. Throws what became of the thread. */
  batch(i: number): Promise<Batch>;
}

interface Waiting {
  resolve: (batch: Batch) => void;
  reject: (error: Error) => void;
}

/** Has to be disposed of: its thread keeps the process alive. */
export class BatchMaker {
  /** The dataset with its training images in memory that both threads see; whoever keeps this one need not keep the other. */
  readonly dataset: Dataset;
  private readonly worker: Worker;
  /** Answers come in the order of the questions. */
  private readonly waiting: Waiting[] = [];
  private failure: Error | undefined;

  constructor(dataset: Dataset) {
    this.dataset = { ...dataset, train: share(dataset.train) };
    const nothing = { count: 0, images: new Uint8Array(0), labels: new Int32Array(0) };
    const workerData: Dataset = { ...this.dataset, test: nothing };
    this.worker = new Worker(path.join(__dirname, 'batchThread.js'), { workerData });
    this.worker.on('message', (batch: Batch) => {
      this.waiting.shift()?.resolve(batch);
    });
    this.worker.once('error', (error) => {
      this.fail(error);
    });
    this.worker.once('exit', () => {
      this.fail(new Error('the thread that makes batches has ended'));
    });
  }

  epoch(epoch: EpochOptions): BatchesAhead {
    const { count } = trainingBatches({ ...epoch, dataset: this.dataset });
    let next: { i: number; batch: Promise<Batch> } | undefined;
    return {
      count,
      batch: async (i) => {
        const batch = await (next?.i === i ? next.batch : this.make({ epoch, i }));
        if (i + 1 < count) {
          next = { i: i + 1, batch: this.make({ epoch, i: i + 1 }) };
          next.batch.catch(() => undefined); // thrown to who awaits it, if anybody does
        }
        return batch;
      },
    };
  }

  async dispose(): Promise<void> {
    await this.worker.terminate();
  }

  private make(asked: BatchAsked): Promise<Batch> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(asked);
    });
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
  }
}

function share(split: Split): Split {
  const { images } = split;
  const memory = new SharedArrayBuffer(images.byteLength);
  const shared = images instanceof Float32Array ? new Float32Array(memory) : new Uint8Array(memory);
  shared.set(images);
  return { ...split, images: shared };
}
