/** A thread of ./ahead.ts. It answers each request with a batch. */
import { parentPort, workerData } from 'node:worker_threads';
import { batchesOf } from './batches';
import type { Dataset } from './dataset';
import type { PlannedBatch } from './plans';

const make = batchesOf(workerData as Dataset);

parentPort!.on('message', (planned: PlannedBatch) => {
  const batch = make(planned);
  parentPort!.postMessage(batch, [batch.images.buffer as ArrayBuffer]);
});
