/** A thread of ./ahead.ts. It answers each request with a batch. */
import { parentPort, workerData } from 'node:worker_threads';
import { batchesOf } from './batches';
import { UserError } from '../errors';
import type { Batch, Dataset } from './dataset';
import type { PlannedBatch } from './plans';

const make = batchesOf(workerData as Dataset);

parentPort!.on('message', (planned: PlannedBatch) => {
  const batch = makeOrRefuse(planned);
  parentPort!.postMessage(batch, 'refused' in batch ? [] : [batch.images.buffer as ArrayBuffer]);
});

/** A message about input that the user has to correct. Errors that are sent between threads lose their class. */
export interface Refusal {
  refused: string;
  field?: string | undefined;
}

function makeOrRefuse(planned: PlannedBatch): Batch | Refusal {
  try {
    return make(planned);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { refused: error.message, field: error.field };
  }
}
