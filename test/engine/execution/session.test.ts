import assert from 'node:assert/strict';
import type { Backend } from '../../../engine/backends/backend';
import { startBackend } from '../../../engine/backends/startBackend';
import { createTrainerOn } from '../../../engine/execution/session';
import { initialize } from '../../../engine/models/initialize';
import type { Entry } from '../../../engine/models/network';
import { buildArchitecture } from '../../../engine/models/registry';
import { values } from '../backends/reference';

const AWS = { low: 1, high: 1, each: 'step', parameters: 'both', initial: 'construction' } as const;

describe('a session', () => {
  it('frees the backend if its trainer cannot be created', () => {
    let disposed = 0;
    const backend: Partial<Backend> = {
      createParameters: () => {
        throw new Error('out of memory');
      },
      dispose: () => disposed++,
    };
    const data = { height: 8, width: 8, channels: 1, classes: 4 };
    const architecture = buildArchitecture({ model: 'mlp', options: { hidden: [8] } }, data);
    const options = {
      optimizer: 'sgd',
      momentum: 0.9,
      weightDecay: 0,
      seed: 1,
      normalizationInterpolation: AWS,
    } as const;
    assert.throws(() => createTrainerOn(backend as Backend, architecture, options), /out of memory/);
    assert.equal(disposed, 1);
  });

  it('interpolates towards the ψ of the construction, or towards scale 1 and shift 0', async () => {
    const data = { height: 8, width: 8, channels: 1, classes: 4 };
    const built = buildArchitecture({ model: 'mlp', options: { hidden: [8] } }, data);
    // None of our networks starts with other scales, but a network of the user may.
    const entries = built.entries.map((entry): Entry =>
      entry.name === 'bn1.weight' ? { ...entry, initializer: { kind: 'constant', value: 0.25 } } : entry,
    );
    const state = initialize(built, 1); // with scale 1
    const batch = { images: values(6 * 64, 1), labels: Int32Array.of(0, 1, 2, 3, 0, 1), size: 6 };
    const lossAt = async (alpha: number, initial: 'construction' | 'one-zero') => {
      const options = { optimizer: 'sgd', momentum: 0, weightDecay: 0, seed: 1 } as const;
      const record = { ...options, normalizationInterpolation: { ...AWS, initial } };
      const trainer = createTrainerOn(await startBackend('wasm'), { ...built, entries }, record);
      trainer.load(state);
      trainer.step(batch, { learningRate: 0, alpha });
      const { loss } = await trainer.takeMeasured();
      trainer.dispose();
      return loss;
    };
    const plain = await lossAt(0, 'construction');
    assert.equal(await lossAt(1, 'one-zero'), plain);
    assert.ok(Math.abs((await lossAt(1, 'construction')) - plain) > 1e-3);
  });
});
