/** The thread of ./ahead.ts. It answers each request with a batch. */
import { parentPort, workerData } from 'node:worker_threads';
import type { BatchAsked } from './ahead';
import { trainingBatches } from './batches';
import type { Dataset } from './dataset';

const dataset = workerData as Dataset;
let current: { epoch: string; batches: ReturnType<typeof trainingBatches> } | undefined;

parentPort!.on('message', ({ epoch, i }: BatchAsked) => {
  const key = JSON.stringify(epoch);
  if (current?.epoch !== key) current = { epoch: key, batches: trainingBatches({ ...epoch, dataset }) };
  const batch = current.batches.batch(i);
  parentPort!.postMessage(batch, [batch.images.buffer as ArrayBuffer]);
});
