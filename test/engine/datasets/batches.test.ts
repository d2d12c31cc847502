import assert from 'node:assert/strict';
import type { Batch, Dataset } from '../../../engine/datasets/dataset';
import type { EpochOptions } from '../../../engine/datasets/plans';
import { random } from '../../../engine/random';
import { evaluationBatches, sampleBatches, trainingBatches } from './batches';

const MEAN = [10, 20];
const STD = [2, 4];

/** Makes images of 3 × 4 pixels and 2 channels. The values are 0, 1, … 255, 0, 1, … */
function dataset(count: number, type: 'bytes' | 'floats' = 'bytes'): Dataset {
  const images = Uint8Array.from({ length: count * 24 }, (_, i) => (i * 7) % 256);
  const labels = Int32Array.from({ length: count }, (_, i) => i);
  const split = { count, images: type === 'bytes' ? images : Float32Array.from(images), labels };
  const shape = { height: 3, width: 4, channels: 2, classes: count };
  return { name: '', ...shape, normalization: { mean: MEAN, std: STD }, train: split, test: split };
}

const PLAIN = { crop: 0, flip: false };

function epoch(options: Partial<EpochOptions & { dataset: Dataset }> = {}): Batch[] {
  const batches = trainingBatches({
    ...{ dataset: dataset(10), batchSize: 4, seed: 1, round: 0, epoch: 0, augmentation: PLAIN },
    ...options,
  });
  return Array.from({ length: batches.count }, (_, i) => batches.batch(i));
}

function labelsOf(batches: Iterable<Batch>): number[] {
  return [...batches].flatMap((batch) => [...batch.labels]);
}

/** Returns the value that a network must receive at row y, column x, channel c of an example. Pixels outside the image are black. */
function normalized(example: number, [y, x, c]: [number, number, number]): number {
  const inside = y >= 0 && y < 3 && x >= 0 && x < 4;
  const stored = inside ? ((example * 24 + (y * 4 + x) * 2 + c) * 7) % 256 : 0;
  return Math.fround((stored - MEAN[c]!) / STD[c]!);
}

function imageOf(example: number, from: (y: number, x: number) => [number, number]): number[] {
  const pixels: number[] = [];
  for (let y = 0; y < 3; y++) {
    for (let x = 0; x < 4; x++) for (let c = 0; c < 2; c++) pixels.push(normalized(example, [...from(y, x), c]));
  }
  return pixels;
}

describe('evaluationBatches', () => {
  it('returns the split in order, normalized by channel, and can be iterated several times', () => {
    for (const type of ['bytes', 'floats'] as const) {
      const batches = evaluationBatches(dataset(10, type), 'test', 4);
      assert.deepEqual(labelsOf(batches), [...Array(10).keys()]);
      assert.deepEqual(
        [...batches].map((batch) => batch.size),
        [4, 4, 2],
      );
      const last = [...batches][2]!;
      assert.deepEqual(
        [...last.images],
        [8, 9].flatMap((example) => imageOf(example, (y, x) => [y, x])),
      );
    }
  });
});

describe('trainingBatches', () => {
  it('returns every example once, in random order, with a smaller last batch', () => {
    const labels = labelsOf(epoch());
    assert.deepEqual(
      epoch().map((batch) => batch.size),
      [4, 4, 2],
    );
    assert.notDeepEqual(labels, [...Array(10).keys()]);
    assert.deepEqual(
      labels.sort((a, b) => a - b),
      [...Array(10).keys()],
    );
  });

  it('depends only on the seed, the round and the epoch', () => {
    const augmentation = { crop: 1, flip: true };
    assert.deepEqual(epoch({ augmentation }), epoch({ augmentation }));
    for (const other of [{ seed: 2 }, { round: 1 }, { epoch: 1 }]) {
      assert.notDeepEqual(labelsOf(epoch(other)), labelsOf(epoch()));
    }
  });

  it('returns a batch without computing the batches before it', () => {
    const augmentation = { crop: 1, flip: true };
    const options = { dataset: dataset(10), batchSize: 4, seed: 1, round: 0, epoch: 0, augmentation };
    assert.deepEqual(trainingBatches(options).batch(2), epoch({ augmentation })[2]);
  });

  it('does not change images without augmentation', () => {
    for (const { labels, images } of epoch()) {
      assert.deepEqual(
        [...images],
        [...labels].flatMap((example) => imageOf(example, (y, x) => [y, x])),
      );
    }
  });

  it('crops images padded with black and flips half of them, so every view is about equally frequent', () => {
    const views = new Map<string, number>();
    for (let round = 0; round < 50; round++) {
      for (const { labels, images } of epoch({ dataset: dataset(60), round, augmentation: { crop: 1, flip: true } })) {
        labels.forEach((example, i) => {
          const view = viewOf(example, [...images.subarray(i * 24, (i + 1) * 24)]);
          views.set(view, (views.get(view) ?? 0) + 1);
        });
      }
    }
    assert.equal(views.size, 18); // 3 offsets down, 3 across, 2 ways round
    for (const times of views.values()) assert(Math.abs(times - 3000 / 18) < 5 * Math.sqrt(3000 / 18), `${times}`);
  });

  /** Finds the crop and flip that gives these pixels of an example. There are 18 combinations. */
  function viewOf(example: number, pixels: number[]): string {
    for (const top of [-1, 0, 1]) {
      for (const left of [-1, 0, 1]) {
        for (const flip of [false, true]) {
          const expected = imageOf(example, (y, x) => [y + top, (flip ? 3 - x : x) + left]);
          if (expected.every((value, i) => value === pixels[i])) return `${top} ${left} ${flip}`;
        }
      }
    }
    return assert.fail('the image is no view of its example');
  }
});

describe('sampleBatches', () => {
  const sorted = dataset(30);
  // Two thirds of the images have class 0, one third has class 1. They are sorted by class.
  const classes = {
    ...sorted,
    train: { ...sorted.train, labels: Int32Array.from({ length: 30 }, (_, i) => Number(i >= 20)) },
  };
  const sample = (images: number, seed = 1) =>
    sampleBatches(classes, { images, batchSize: 4, source: random(seed, 'sample') });

  it('samples each class in proportion, takes each image at most once, and mixes the classes', () => {
    const batches = [...sample(9)];
    assert.deepEqual(
      batches.map(({ size }) => size),
      [4, 4, 1],
    );
    const labels = labelsOf(batches);
    assert.equal(labels.filter((label) => label === 0).length, 6);
    assert.notDeepEqual(labels, labels.toSorted());
    const pixels = batches.flatMap(({ images, size }) =>
      Array.from({ length: size }, (_, i) => images.slice(24 * i, 24 * (i + 1)).join()),
    );
    assert.equal(new Set(pixels).size, 9);
  });

  it('returns the whole split in random order if that many images are requested', () => {
    const whole = sample(30);
    const labels = labelsOf(whole);
    assert.deepEqual(labels.toSorted(), [...classes.train.labels]);
    assert.deepEqual(labelsOf(whole), labels);
  });

  it('depends only on its random source', () => {
    assert.deepEqual([...sample(9)], [...sample(9)]);
    assert.notDeepEqual([...sample(9)], [...sample(9, 2)]);
  });
});
