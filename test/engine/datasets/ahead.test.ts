import assert from 'node:assert/strict';
import { BatchMaker } from '../../../engine/datasets/ahead';
import { sharedLike } from '../../../engine/datasets/layout';
import type { Batch, Dataset } from '../../../engine/datasets/dataset';
import { random } from '../../../engine/random';
import { evaluationBatches, sampleBatches, trainingBatches } from './batches';

function dataset(images: Uint8Array | Float32Array): Dataset {
  const count = images.length / 24;
  // The images start in the middle of their buffer, as images of some formats do.
  const memory = sharedLike(images, images.length + 1).subarray(1);
  memory.set(images);
  const labels = Int32Array.from({ length: count }, (_, i) => i);
  const split = { count, images: memory, labels };
  const shape = { height: 3, width: 4, channels: 2, classes: count };
  return { name: '', ...shape, normalization: { mean: [1, 2], std: [3, 4] }, train: split, test: split };
}

const BYTES = Uint8Array.from({ length: 10 * 24 }, (_, i) => (i * 7) % 256);
const EPOCH = { batchSize: 4, seed: 1, round: 0, epoch: 0, augmentation: { crop: 1, flip: true } };

describe('BatchMaker', () => {
  for (const images of [BYTES, Float32Array.from(BYTES)])
    it(`makes the same batches as trainingBatches, from a ${images.constructor.name} and in any order`, async () => {
      const given = dataset(images);
      const maker = new BatchMaker(given);
      for (const epoch of [EPOCH, { ...EPOCH, epoch: 1 }]) {
        const [ahead, plain] = [maker.epoch(epoch), trainingBatches({ ...epoch, dataset: given })];
        assert.equal(ahead.count, 3);
        for (const i of [0, 1, 2, 1, 0]) assert.deepEqual(await ahead.batch(i), plain.batch(i));
      }
      await maker.dispose();
    });

  it('makes the same batches for an evaluation and for a sample, several times', async () => {
    const given = dataset(BYTES);
    const maker = new BatchMaker(given);
    const all = async (batches: AsyncIterable<Batch>) => {
      const made: Batch[] = [];
      for await (const batch of batches) made.push(batch);
      return made;
    };
    for (const split of ['train', 'test'] as const) {
      const batches = maker.evaluation(split, 3);
      for (let time = 0; time < 2; time++)
        assert.deepEqual(await all(batches), [...evaluationBatches(given, split, 3)]);
    }
    const options = () => ({ images: 7, batchSize: 3, source: random(1, 'sample') });
    assert.deepEqual(await all(maker.sample(options())), [...sampleBatches(given, options())]);
    await maker.dispose();
  });

  it('rejects pending requests when it is disposed', async () => {
    const maker = new BatchMaker(dataset(BYTES));
    const waiting = maker.epoch(EPOCH).batch(0);
    await Promise.all([assert.rejects(waiting, /the batch maker was disposed/), maker.dispose()]);
    await assert.rejects(maker.epoch(EPOCH).batch(0), /the batch maker was disposed/);
  });

  it('rejects pending requests with the error of its thread', async () => {
    const { train, ...rest } = dataset(BYTES);
    const maker = new BatchMaker({ ...rest, train: { ...train, labels: undefined as never } });
    const batches = maker.epoch(EPOCH);
    await assert.rejects(batches.batch(0), TypeError);
    await assert.rejects(batches.batch(1), TypeError);
    await maker.dispose();
  });

  it('starts no thread if no batch is requested', async () => {
    const threads = () => process.getActiveResourcesInfo().filter((resource) => resource === 'MessagePort').length;
    const before = threads();
    const maker = new BatchMaker(dataset(BYTES));
    const epoch = maker.epoch(EPOCH);
    assert.equal(threads(), before);
    await epoch.batch(0);
    assert.ok(threads() > before);
    await maker.dispose();
    const idle = new BatchMaker(dataset(BYTES));
    await idle.dispose();
    await assert.rejects(idle.epoch(EPOCH).batch(0), /the batch maker was disposed/);
  });
});
