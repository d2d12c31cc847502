import assert from 'node:assert/strict';
import { memory } from '@tensorflow/tfjs-core';
import type { OptimizerOptions } from '../../../engine/backends/backend';
import type { Backend } from '../../../engine/backends/backend';
import { drawNumbers } from '../../../engine/backends/operations/dropout';
import { startBackend } from '../../../engine/backends/startBackend';
import type { Batch } from '../../../engine/datasets/dataset';
import { UNGUARDED } from '../../../engine/files';
import { initialize } from '../../../engine/models/initialize';
import { buildArchitecture } from '../../../engine/models/registry';
import { saveState, START, withSavedState } from '../../../engine/execution/savedState';
import { floats } from '../../../engine/tensors';
import { createTrainer } from '../../../engine/training/create';
import type { Trainer } from '../../../engine/training/trainer';
import { temporaryFolder } from '../../fixtures';
import { values } from '../backends/reference';
import { hashesOf } from '../oracle';

const DATA = { height: 8, width: 8, channels: 1, classes: 4 };
const architecture = buildArchitecture({ model: 'convnet', options: { widths: [4, 6] } }, DATA);
const SGD: OptimizerOptions = { kind: 'sgd', momentum: 0.9, weightDecay: 1e-3 };
const ADAM: OptimizerOptions = { kind: 'adam', momentum: 0, weightDecay: 1e-3 };
const STEP = { learningRate: 0.1, alpha: 0 };

const batch = (seed: number, size = 6): Batch => ({
  images: values(size * 64, seed),
  labels: Int32Array.from({ length: size }, (_, i) => (i + seed) % 4),
  size,
});

describe('trainer', function () {
  this.timeout(30_000);
  const inFolder = temporaryFolder();
  let backend: Backend;
  let tensors: number;
  const made: Trainer[] = [];
  const start = (optimizer: OptimizerOptions, seed = 1): Trainer => {
    const state = initialize(architecture, seed);
    const trainer = createTrainer({ architecture, backend, optimizer, initial: state.tensors });
    trainer.load(state);
    made.push(trainer);
    return trainer;
  };

  before(async () => {
    backend = await startBackend('wasm');
  });
  beforeEach(() => (tensors = memory().numTensors));
  afterEach(() => {
    for (const trainer of made.splice(0)) trainer.dispose();
    assert.equal(memory().numTensors, tensors, 'tensors leaked');
  });

  it('saves the same state that was loaded', async () => {
    const state = initialize(architecture, 3);
    assert.deepEqual(hashesOf(await start(SGD, 3).save()), hashesOf(state));
  });

  for (const optimizer of [SGD, ADAM])
    it(`continues with ${optimizer.kind} from a saved state to the same bytes`, async () => {
      const whole = start(optimizer);
      for (let i = 0; i < 4; i++) whole.step(batch(i), { learningRate: 0.05, alpha: i / 8 });
      const first = start(optimizer);
      for (let i = 0; i < 2; i++) first.step(batch(i), { learningRate: 0.05, alpha: i / 8 });
      const saved = await first.save();
      const second = start(optimizer, 9);
      second.load(saved);
      for (let i = 2; i < 4; i++) second.step(batch(i), { learningRate: 0.05, alpha: i / 8 });
      // `second` has a different seed, but the same ψ_init: every seed starts normalization layers with scale 1 and shift 0.
      const [expected, actual] = [await whole.save(), await second.save()];
      assert.deepEqual(hashesOf(actual), hashesOf(expected));
      assert.deepEqual(actual.optimizer, expected.optimizer);
    });

  for (const optimizer of [SGD, ADAM])
    it(`continues with ${optimizer.kind} from a state in a file, with masks, to the same bytes`, async () => {
      const first = start(optimizer);
      const state = initialize(architecture, 1);
      state.masks.get('conv2')!.fill(0, 0, 10);
      first.load(state);
      first.step(batch(1), STEP);
      const saved = await first.save();
      const file = { directory: inFolder(), options: 'some', lock: UNGUARDED };
      await saveState(file, { state: saved, signs: new Map(), position: START });
      const second = start(optimizer, 9);
      await withSavedState(inFolder(), 'some', (stored) => second.loadStored(stored));
      assert.deepEqual(await second.save(), saved);
      for (const trainer of [first, second]) trainer.step(batch(2), { learningRate: 0.05, alpha: 0.3 });
      assert.deepEqual(await second.save(), await first.save());
    });

  it('updates with adam according to its definition', async () => {
    const gradientOf = start({ ...SGD, weightDecay: 0 });
    gradientOf.step(batch(1), STEP);
    const { slots } = (await gradientOf.save()).optimizer;
    const trainer = start({ ...ADAM, weightDecay: 0 });
    const before = floats((await trainer.save()).tensors, 'conv2.weight').slice();
    trainer.step(batch(1), { learningRate: 0.01, alpha: 0 });
    const after = floats((await trainer.save()).tensors, 'conv2.weight');
    floats(slots, 'momentum/conv2.weight').forEach((g, i) => {
      // After the first step, both bias-corrected moments depend on this gradient only.
      const expected = before[i]! - (0.01 * g) / (Math.abs(g) + 1e-8);
      assert.ok(Math.abs(after[i]! - expected) < 1e-6, `${after[i]} is not ${expected}`);
    });
  });

  it('excludes pruned weights from the forward pass, but lets them decay', async () => {
    const trainer = start(SGD);
    const state = initialize(architecture, 1);
    state.masks.get('conv2')!.fill(0, 0, 10);
    trainer.load(state);
    trainer.step(batch(1), STEP);
    const saved = await trainer.save();
    const before = floats(state.tensors, 'conv2.weight');
    floats(saved.tensors, 'conv2.weight')
      .subarray(0, 10)
      .forEach((value, i) => {
        assert.ok(Math.abs(value - before[i]! * (1 - 0.1 * 1e-3)) < 1e-8);
      });
    assert.equal(saved.masks.get('conv2')![0], 0);
  });

  it('interpolates towards its initial ψ, not towards 1 and 0', async () => {
    const initial = initialize(architecture, 1);
    floats(initial.tensors, 'bn1.weight').fill(0.5);
    const logitsLike = async (state: typeof initial, alpha: number) => {
      const trainer = createTrainer({ architecture, backend, optimizer: SGD, initial: initial.tensors });
      trainer.load(state);
      trainer.step(batch(1), { learningRate: 0, alpha });
      const { loss } = await trainer.takeMeasured();
      trainer.dispose();
      return loss;
    };
    const other = initialize(architecture, 1);
    assert.equal(await logitsLike(other, 1), await logitsLike(initial, 0));
    assert.notEqual(await logitsLike(other, 0), await logitsLike(initial, 0));
  });

  it('drops the same units for the same numbers, others for other numbers, and none without', async () => {
    const options = { depth: 11, width: 1, hidden: [16], pool: 1, batchNorm: false } as const;
    const size = { height: 32, width: 32, channels: 1, classes: 2 };
    const vgg = buildArchitecture({ model: 'vgg', options: { ...options, hidden: [...options.hidden] } }, size);
    const initial = initialize(vgg, 1);
    const optimizer = { kind: 'sgd', momentum: 0, weightDecay: 0 } as const;
    const images = Float32Array.from({ length: 2 * 1024 }, (_, i) => Math.sin(i));
    const batch = { images, labels: Int32Array.of(0, 1), size: 2 };
    const bias = async (draws?: Record<'drawHigh' | 'drawLow', number>) => {
      const drawn = createTrainer({ architecture: vgg, backend, optimizer, initial: initial.tensors });
      drawn.load(initial);
      drawn.step(batch, { learningRate: 1, alpha: 0, ...(draws && { draws }) });
      const { tensors } = await drawn.save();
      drawn.dispose();
      return floats(tensors, 'classifier.0.bias');
    };
    const first = await bias(drawNumbers(1, 'dropout', 0));
    assert.deepEqual(await bias(drawNumbers(1, 'dropout', 0)), first);
    assert.notDeepEqual(await bias(drawNumbers(1, 'dropout', 1)), first);
    const dropped = (values: Float32Array) => values.filter((value) => value === 0).length;
    assert.ok(dropped(first) > dropped(await bias()));
  });

  it('drops the same blocks for the same numbers, and others for other numbers', async () => {
    const options = { width: 0.1, blocks: [2, 2, 1, 1, 1, 1, 1], dropout: 0, dropConnect: 0.8 };
    const efficientnet = buildArchitecture({ model: 'efficientnet', options }, DATA);
    const initial = initialize(efficientnet, 1);
    const hashes = async (draws?: Record<'drawHigh' | 'drawLow', number>) => {
      const drawn = createTrainer({ architecture: efficientnet, backend, optimizer: SGD, initial: initial.tensors });
      drawn.load(initial);
      drawn.step(batch(1), { ...STEP, ...(draws && { draws }) });
      const saved = hashesOf(await drawn.save());
      drawn.dispose();
      return saved;
    };
    const first = await hashes(drawNumbers(1, 'dropout', 0));
    assert.deepEqual(await hashes(drawNumbers(1, 'dropout', 0)), first);
    assert.notDeepEqual(await hashes(drawNumbers(1, 'dropout', 1)), first);
    assert.notDeepEqual(await hashes(), first);
  });

  it('measures the steps since the last call of takeMeasured', async () => {
    const trainer = start(SGD);
    trainer.step(batch(1), { learningRate: 0, alpha: 0 });
    const one = await trainer.takeMeasured();
    trainer.step(batch(1), { learningRate: 0, alpha: 0 });
    trainer.step(batch(1), { learningRate: 0, alpha: 0 });
    const two = await trainer.takeMeasured();
    assert.deepEqual([one.steps, two.steps], [1, 2]);
    assert.ok(Math.abs(one.loss - two.loss) < 1e-6);
    assert.equal(one.accuracy, two.accuracy);
  });

  it('returns a NaN loss if training diverged', async () => {
    const trainer = start(SGD);
    trainer.step(batch(1), { learningRate: 1e30, alpha: 0 });
    trainer.step(batch(2), { learningRate: 1e30, alpha: 0 });
    trainer.step(batch(3), { learningRate: 1e30, alpha: 0 });
    assert.ok(Number.isNaN((await trainer.takeMeasured()).loss));
  });

  it('accepts batches of any size', async () => {
    const trainer = start(SGD);
    trainer.step(batch(1, 1), STEP);
    trainer.step(batch(1, 5), STEP);
    const { accuracy } = await trainer.evaluate([batch(1, 3), batch(2, 5)]);
    assert.ok(accuracy >= 0 && accuracy <= 100 && Number.isInteger((accuracy * 8) / 100));
  });
});
