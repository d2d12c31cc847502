/** Makes minibatches. Their content and order depend only on the data seed, the round and the epoch. */
import type { Augmentation } from '../vocabulary/runOptions';
import { permutation, random, type Random } from '../random';
import type { Batch, Dataset } from './dataset';
import { pixelWriter, UNCHANGED, type View } from './pixels';

export interface TrainingOptions {
  dataset: Dataset;
  batchSize: number;
  /** The `dataSeed` of the run. */
  seed: number;
  round: number;
  epoch: number;
  augmentation: Augmentation;
}

/** Returns the batches of the training split in random order. The last one may be smaller. Batches can be requested in any order. */
export function trainingBatches(options: TrainingOptions): { count: number; batch(i: number): Batch } {
  const { dataset, batchSize, seed, round, epoch, augmentation } = options;
  const { count } = dataset.train;
  const order = permutation(count, random(seed, 'order', round, epoch));
  const collect = collector(dataset, 'train');
  return {
    count: countBatches(dataset, options),
    batch: (i) => {
      const source = random(seed, 'augmentation', round, epoch, i);
      const members = order.subarray(i * batchSize, (i + 1) * batchSize);
      return collect(members, () => drawView(augmentation, source));
    },
  };
}

/** Returns the number of batches of an epoch. */
export function countBatches({ train }: Dataset, { batchSize }: Pick<TrainingOptions, 'batchSize'>): number {
  return Math.ceil(train.count / batchSize);
}

/** Returns the batches of a whole split in stored order, without augmentation. The result can be iterated several times. */
export function evaluationBatches(dataset: Dataset, split: 'train' | 'test', batchSize: number): Iterable<Batch> {
  const { count } = dataset[split];
  const collect = collector(dataset, split);
  return {
    *[Symbol.iterator]() {
      for (let first = 0; first < count; first += batchSize) {
        const size = Math.min(batchSize, count - first);
        yield collect(
          Uint32Array.from({ length: size }, (_, i) => first + i),
          () => UNCHANGED,
        );
      }
    },
  };
}

/**
 * Returns batches of a random sample of the training images, without augmentation. The last batch may be smaller. The sample has the class
 * proportions of the whole split. So its statistics are closer to those of the whole split than with a plain random sample.
 */
export function sampleBatches(
  dataset: Dataset,
  { images, batchSize, source }: { images: number; batchSize: number; source: Random },
): Iterable<Batch> {
  const members = sampleByClass(dataset.train.labels, images, source);
  const collect = collector(dataset, 'train');
  return {
    *[Symbol.iterator]() {
      for (let first = 0; first < images; first += batchSize)
        yield collect(members.subarray(first, first + batchSize), () => UNCHANGED);
    },
  };
}

/** Shuffles the images, sorts them by class, and takes images at equal distances. Returns their indices in shuffled order. */
function sampleByClass(labels: Int32Array, size: number, source: Random): Uint32Array {
  const count = labels.length;
  const order = permutation(count, source);
  const byClass = Float64Array.from(order, (index, place) => labels[index]! * count + place).sort();
  const places = Uint32Array.from({ length: size }, (_, i) => byClass[Math.floor(((i + 0.5) * count) / size)]! % count);
  return places.sort().map((place) => order[place]!);
}

/** Makes batches of the examples at these indices. */
function collector(dataset: Dataset, split: 'train' | 'test') {
  const write = pixelWriter(dataset, dataset[split]);
  const { labels } = dataset[split];
  const size = dataset.height * dataset.width * dataset.channels;
  return (indices: Uint32Array, nextView: () => View): Batch => {
    const images = new Float32Array(indices.length * size);
    indices.forEach((index, i) => {
      write(images, i * size, { index, view: nextView() });
    });
    return { images, labels: Int32Array.from(indices, (index) => labels[index]!), size: indices.length };
  };
}

/** Draws a crop and a flip like torchvision's RandomCrop of the padded image (offsets uniform in −crop … crop) and RandomHorizontalFlip. */
function drawView({ crop, flip }: Augmentation, source: ReturnType<typeof random>): View {
  const offset = () => (crop > 0 ? source.below(2 * crop + 1) - crop : 0);
  return { top: offset(), left: offset(), flip: flip && source.uniform() < 0.5 };
}
