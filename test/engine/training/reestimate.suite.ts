/** Tests re-estimated batch-norm statistics on one backend, for a training set whose last batch is smaller than the others. */
import assert from 'node:assert/strict';
import { memory } from '@tensorflow/tfjs-core';
import type { Backend } from '../../../engine/backends/backend';
import { readNetworkState } from '../../../engine/checkpoints/state';
import { evaluationBatches } from '../datasets/batches';
import type { Batch, Dataset } from '../../../engine/datasets/dataset';
import { loadDataset } from '../../../engine/datasets/load';
import { buildArchitecture } from '../../../engine/models/registry';
import type { Measured } from '../../../engine/protocol';
import { floats, type NetworkState } from '../../../engine/tensors';
import { createTrainer } from '../../../engine/training/create';
import type { Trainer } from '../../../engine/training/trainer';
import { fixture, readJson } from '../../fixtures';

const CASE = 'cases/17-last-batch-of-one';

/** Expected [loss, accuracy] of each split. */
type Truth = Record<'train' | 'test', [number, number]>;

/** Defines the suite for the backend that `start` returns. Call it inside a `describe`. */
export function reestimatesBySize(start: () => Promise<Backend>): void {
  let trainer: Trainer;
  let dataset: Dataset;
  let tensors: number;
  let loaded: NetworkState;

  beforeEach(async () => {
    const backend = await start();
    tensors = memory().numTensors;
    dataset = await loadDataset({ format: 'npz', path: 'd.npz' }, fixture(CASE));
    const architecture = buildArchitecture({ model: 'mlp', options: { hidden: [8] } }, dataset);
    const { state } = await readNetworkState(fixture(`${CASE}/a.safetensors`));
    const optimizer = { kind: 'sgd', momentum: 0, weightDecay: 0 } as const;
    trainer = createTrainer({ architecture, backend, optimizer, initial: state.tensors });
    trainer.load(state);
    loaded = state;
  });
  afterEach(() => {
    trainer.dispose();
    assert.equal(memory().numTensors, tensors, 'tensors leaked');
  });

  const statisticsFrom = async (batches: Iterable<Batch>) => {
    await trainer.reestimateNormalization(batches);
    const saved = (await trainer.save()).tensors;
    return { mean: floats(saved, 'bn1.running_mean').slice(), variance: floats(saved, 'bn1.running_var').slice() };
  };

  for (const size of [33, 32, 16, 11])
    it(`hardly depend on the batch size: 33 images in batches of ${size}`, async () => {
      const expected = (Object.values(readJson(`${CASE}/truth.json`) as object)[0] as { 'all at once': Truth })[
        'all at once'
      ];
      await trainer.reestimateNormalization(evaluationBatches(dataset, 'train', size));
      for (const split of ['train', 'test'] as const) {
        const { loss, accuracy }: Measured = await trainer.evaluate(evaluationBatches(dataset, split, size));
        assert.equal(accuracy, expected[split][1]);
        assert.ok(Math.abs(loss - expected[split][0]) < 0.003, `${split} loss is ${loss}, not ${expected[split][0]}`);
      }
    });

  it('are means weighted by images, and ignore the variance of a batch with one image', async () => {
    const whole = await statisticsFrom(evaluationBatches(dataset, 'train', 33));
    const [first] = evaluationBatches(dataset, 'train', 32);
    const most = await statisticsFrom([first!]);
    const parts = await statisticsFrom(evaluationBatches(dataset, 'train', 32));
    parts.mean.forEach((value, c) => {
      assert.ok(Math.abs(value - whole.mean[c]!) < 1e-5, `mean ${c} is ${value}, not ${whole.mean[c]}`);
    });
    parts.variance.forEach((value, c) => {
      const expected = most.variance[c]!;
      assert.ok(Math.abs(value - expected) <= 1e-6 * expected, `variance ${c} is ${value}, not ${expected}`);
    });
  });

  it('are restored bit for bit after a measurement with other statistics', async () => {
    const batches = () => evaluationBatches(dataset, 'train', 11);
    const [first, second] = batches();
    const options = { learningRate: 0.01, alpha: 0.5 };
    const after = async (measure: () => Promise<unknown>) => {
      trainer.load(loaded);
      trainer.step(first!, options);
      const former = await trainer.evaluate(batches());
      await measure();
      assert.deepEqual(await trainer.evaluate(batches()), former);
      trainer.step(second!, options);
      return { state: await trainer.save(), train: await trainer.takeMeasured() };
    };
    const expected = await after(() => Promise.resolve());
    assert.deepEqual(await after(() => trainer.evaluateReestimated(batches(), batches())), expected);
    const broken = function* (): Generator<Batch> {
      yield first!;
      throw new Error('no more images');
    };
    const failing = () => assert.rejects(trainer.evaluateReestimated(broken(), batches()), /no more images/);
    assert.deepEqual(await after(failing), expected);
  });

  it('are computed from the images that are passed to a measurement', async () => {
    const batches = () => evaluationBatches(dataset, 'train', 11);
    const measured = await trainer.evaluateReestimated(batches(), batches());
    await trainer.reestimateNormalization(batches());
    assert.deepEqual(measured, await trainer.evaluate(batches()));
  });

  it('keep their variance in a training step on one image', async () => {
    const [one] = evaluationBatches(dataset, 'train', 1);
    const before = floats((await trainer.save()).tensors, 'bn1.running_var').slice();
    trainer.step(one!, { learningRate: 0.01, alpha: 0 });
    const after = floats((await trainer.save()).tensors, 'bn1.running_var');
    after.forEach((value, c) => {
      assert.ok(Math.abs(value - before[c]!) <= 1e-6 * before[c]!, `variance ${c} is ${value}, not ${before[c]}`);
    });
  });
}
