/** Decides which images are in each minibatch. Content and order depend only on the data seed, the round and the epoch. */
import { permutation, random, type Random } from '../random';
import type { Augmentation } from '../vocabulary/runOptions';
import type { Dataset } from './dataset';

/** A batch that has not been made yet. Every thread that has the dataset makes the same batch from it. */
export interface PlannedBatch {
  split: 'train' | 'test';
  /** Indices of the images. */
  members: Uint32Array;
  /** The augmentation, and the position from which its random numbers are drawn. Without it, images are not changed. */
  augmentation?: Augmentation & { seed: number; position: readonly [round: number, epoch: number, batch: number] };
}

/** The batches of a pass over images. They can be requested in any order. The last one may be smaller. */
export interface BatchPlan {
  count: number;
  batch: (i: number) => PlannedBatch;
}

export interface EpochOptions {
  batchSize: number;
  /** The `dataSeed` of the run. */
  seed: number;
  round: number;
  epoch: number;
  augmentation: Augmentation;
}

/** Plans an epoch of training: all training images in random order. */
export function planEpoch(dataset: Dataset, options: EpochOptions): BatchPlan {
  const { batchSize, seed, round, epoch, augmentation } = options;
  const order = permutation(dataset.train.count, random(seed, 'order', round, epoch));
  return {
    count: countBatches(dataset, options),
    batch: (i) => ({
      split: 'train',
      members: order.slice(i * batchSize, (i + 1) * batchSize),
      augmentation: { ...augmentation, seed, position: [round, epoch, i] },
    }),
  };
}

/** Returns the number of batches of an epoch. */
export function countBatches({ train }: Dataset, { batchSize }: Pick<EpochOptions, 'batchSize'>): number {
  return Math.ceil(train.count / batchSize);
}

/** Plans a pass over a whole split in stored order, without augmentation. */
export function planEvaluation(dataset: Dataset, split: 'train' | 'test', batchSize: number): BatchPlan {
  const { count } = dataset[split];
  return {
    count: Math.ceil(count / batchSize),
    batch: (i) => {
      const first = i * batchSize;
      const size = Math.min(batchSize, count - first);
      return { split, members: Uint32Array.from({ length: size }, (_, member) => first + member) };
    },
  };
}

export interface SampleOptions {
  /** Number of images. */
  images: number;
  batchSize: number;
  source: Random;
}

/**
 * Plans a pass over a random sample of the training images, without augmentation. The sample has the class proportions of the whole
 * split. So its statistics are closer to those of the whole split than with a plain random sample.
 */
export function planSample({ train }: Dataset, { images, batchSize, source }: SampleOptions): BatchPlan {
  const members = sampleByClass(train.labels, images, source);
  return {
    count: Math.ceil(images / batchSize),
    batch: (i) => ({ split: 'train', members: members.slice(i * batchSize, (i + 1) * batchSize) }),
  };
}

/** Shuffles the images, sorts them by class, and takes images at equal distances. Returns their indices in shuffled order. */
export function sampleByClass(labels: Int32Array, size: number, source: Random): Uint32Array {
  const count = labels.length;
  const order = permutation(count, source);
  const byClass = Float64Array.from(order, (index, place) => labels[index]! * count + place).sort();
  const places = Uint32Array.from({ length: size }, (_, i) => byClass[Math.floor(((i + 0.5) * count) / size)]! % count);
  return places.sort().map((place) => order[place]!);
}
