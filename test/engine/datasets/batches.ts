/** Makes batches in the thread of the test. */
import { batchesOf } from '../../../engine/datasets/batches';
import type { Batch, Dataset } from '../../../engine/datasets/dataset';
import {
  planEpoch,
  planEvaluation,
  planSample,
  type BatchPlan,
  type EpochOptions,
  type SampleOptions,
} from '../../../engine/datasets/plans';

export function trainingBatches({ dataset, ...options }: EpochOptions & { dataset: Dataset }) {
  const plan = planEpoch(dataset, options);
  const make = batchesOf(dataset);
  return { count: plan.count, batch: (i: number) => make(plan.batch(i)) };
}

export function evaluationBatches(dataset: Dataset, split: 'train' | 'test', batchSize: number): Iterable<Batch> {
  return eachOf(dataset, planEvaluation(dataset, split, batchSize));
}

export function sampleBatches(dataset: Dataset, options: SampleOptions): Iterable<Batch> {
  return eachOf(dataset, planSample(dataset, options));
}

function eachOf(dataset: Dataset, { count, batch }: BatchPlan): Iterable<Batch> {
  const make = batchesOf(dataset);
  return {
    *[Symbol.iterator]() {
      for (let i = 0; i < count; i++) yield make(batch(i));
    },
  };
}
