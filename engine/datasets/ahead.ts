/** Makes batches in threads: the next batches are made while the current one is computed. */
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { numberFrom } from '../environment';
import { UserError } from '../errors';
import type { Refusal } from './batchThread';
import type { Batch, Dataset } from './dataset';
import {
  planEpoch,
  planEvaluation,
  planSample,
  type BatchPlan,
  type EpochOptions,
  type PlannedBatch,
  type SampleOptions,
} from './plans';

/** The batches of an epoch. */
export interface BatchesAhead {
  count: number;
  /** Returns batch `i` and starts to make the next ones. Throws the error of a thread if the thread failed. */
  batch: (i: number) => Promise<Batch>;
}

interface Waiting {
  resolve: (batch: Batch) => void;
  reject: (error: Error) => void;
}

/** Number of threads for images in memory. One thread copies them faster than a network is trained on them. */
const COPYING = 1;
/** Greatest number of threads that decode image files. */
const MOST_DECODING = 16;

/** Memory that the batches made ahead may use, in bytes. At least one batch is made ahead. */
const MOST_MEMORY = 2 ** 29;

/**
 * Makes the batches of a dataset in threads. They start at the first request. Call `dispose` at the end, because the threads keep the
 * process alive.
 */
export class BatchMaker {
  private readonly threads: BatchThread[] = [];
  private failure: Error | undefined;

  private readonly most: number;

  constructor(private readonly dataset: Dataset) {
    this.most = 'files' in dataset.train ? decodingThreads() : COPYING;
  }

  /** Returns the batches of an epoch of training. */
  epoch(options: EpochOptions): BatchesAhead {
    return this.ahead(planEpoch(this.dataset, options));
  }

  /** Returns the batches of an epoch of training, one after another. The result can be iterated several times. */
  pass(options: EpochOptions): AsyncIterable<Batch> {
    return this.each(planEpoch(this.dataset, options));
  }

  /** Returns the batches of a whole split in stored order. The result can be iterated several times. */
  evaluation(split: 'train' | 'test', batchSize: number): AsyncIterable<Batch> {
    return this.each(planEvaluation(this.dataset, split, batchSize));
  }

  /** Returns the batches of a random sample of the training images. The result can be iterated several times. */
  sample(options: SampleOptions): AsyncIterable<Batch> {
    return this.each(planSample(this.dataset, options));
  }

  async dispose(): Promise<void> {
    this.fail(new Error('the batch maker was disposed'));
    await Promise.all(this.threads.map((thread) => thread.end()));
  }

  private ahead({ count, batch: plan }: BatchPlan): BatchesAhead {
    const made = new Map<number, Promise<Batch>>();
    const ask = (i: number) => {
      let batch = made.get(i);
      if (batch) return batch;
      batch = this.make(plan(i));
      batch.catch(() => undefined); // the caller that awaits the batch receives the error
      made.set(i, batch);
      return batch;
    };
    return {
      count,
      batch: (i) => {
        const batch = ask(i);
        const last = Math.min(count - 1, i + this.depth(plan(i)));
        for (const other of made.keys()) if (other <= i || other > last) made.delete(other);
        for (let next = i + 1; next <= last; next++) void ask(next);
        return batch;
      },
    };
  }

  private each(plan: BatchPlan): AsyncIterable<Batch> {
    const ahead = (): BatchesAhead => this.ahead(plan);
    return {
      async *[Symbol.asyncIterator]() {
        const { count, batch } = ahead();
        for (let i = 0; i < count; i++) yield await batch(i);
      },
    };
  }

  /** Returns how many batches are made ahead. */
  private depth({ members }: PlannedBatch): number {
    const { height, width, channels } = this.dataset;
    const bytes = Float32Array.BYTES_PER_ELEMENT * members.length * height * width * channels;
    return Math.max(1, Math.min(this.most + 1, Math.floor(MOST_MEMORY / bytes)));
  }

  private make(planned: PlannedBatch): Promise<Batch> {
    if (this.failure) return Promise.reject(this.failure);
    while (this.threads.length < this.most)
      this.threads.push(
        new BatchThread(this.dataset, (error) => {
          this.fail(error);
        }),
      );
    return this.threads.reduce((a, b) => (b.pending < a.pending ? b : a)).make(planned);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const thread of this.threads) thread.reject(this.failure);
  }
}

function decodingThreads(): number {
  return Math.min(MOST_DECODING, numberFrom('WINNING_SIGN_THREADS') ?? os.availableParallelism());
}

class BatchThread {
  private readonly worker: Worker;
  /** The pending requests. The thread answers them in this order. */
  private readonly waiting: Waiting[] = [];

  constructor(dataset: Dataset, onFailure: (error: Error) => void) {
    this.worker = new Worker(path.join(__dirname, 'batchThread.js'), { workerData: dataset });
    this.worker.on('message', (made: Batch | Refusal) => {
      const waiting = this.waiting.shift();
      if ('refused' in made) waiting?.reject(new UserError(made.refused, made));
      else waiting?.resolve(made);
    });
    this.worker.once('error', onFailure);
    this.worker.once('messageerror', onFailure);
    this.worker.once('exit', () => {
      onFailure(new Error('the thread that makes batches has ended'));
    });
  }

  get pending(): number {
    return this.waiting.length;
  }

  make(planned: PlannedBatch): Promise<Batch> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(planned);
    });
  }

  reject(error: Error): void {
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}
