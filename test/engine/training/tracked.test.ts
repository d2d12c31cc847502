/** Compares batch-norm statistics after one pass over the training set with PyTorch. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { drawNumbers } from '../../../engine/backends/operations/dropout';
import { startBackend } from '../../../engine/backends/startBackend';
import { initialize } from '../../../engine/models/initialize';
import { buildArchitecture } from '../../../engine/models/registry';
import { floats } from '../../../engine/tensors';
import { createTrainer } from '../../../engine/training/create';
import { fixture } from '../../fixtures';
import { values } from '../backends/reference';
import { assertClose, officialArchitecture, officialTrainer, readBatches, readTraining } from './official';
import { between } from './official.suite';

/** Statistics of the first layer (test/fixtures/make/tracked.py). A momentum of null is the exact average. */
interface TrackedCase {
  alpha: number;
  momentum: number | null;
  running_mean: number[];
  running_var: number[];
}

describe('batch-norm statistics after one pass', function () {
  this.timeout(30_000);

  it('are those of PyTorch, with momentum 0.1 from mean 0 and variance 1, and as an exact average', async () => {
    const oracle = readTraining('resnet20');
    const cases = JSON.parse(readFileSync(fixture('connectivity/tracked.json'), 'utf8')) as TrackedCase[];
    const trainer = officialTrainer(officialArchitecture(oracle.network, 8), await startBackend('wasm'));
    const batches = await readBatches(oracle.data);
    const training = oracle.batches.bn_reestimation.map((i) => batches[i]!);
    for (const { alpha, momentum, ...statistics } of cases) {
      trainer.load(await between(alpha));
      if (momentum === null) await trainer.reestimateNormalization(training);
      else await trainer.trackNormalization(training, (batch) => drawNumbers(0, 'dropout', batch));
      const { tensors } = await trainer.save();
      for (const name of ['running_mean', 'running_var'] as const)
        assertClose([...floats(tensors, `bn1.${name}`)], statistics[name], 1e-5);
    }
    trainer.dispose();
  });

  it('include dropout only if they are tracked, as in the official script', async () => {
    const data = { height: 32, width: 32, channels: 3, classes: 4 };
    const architecture = buildArchitecture({ model: 'efficientnet', options: {} }, data);
    assert.equal(architecture.draws, true);
    const network = initialize(architecture, 1);
    const backend = await startBackend('wasm');
    const optimizer = { kind: 'sgd', momentum: 0, weightDecay: 0 } as const;
    const trainer = createTrainer({ architecture, backend, optimizer, initial: network.tensors });
    const batch = { images: values(4 * 32 * 32 * 3, 1), labels: Int32Array.of(0, 1, 2, 3), size: 4 };
    const measured = async (measure: () => Promise<void>) => {
      trainer.load(network);
      await measure();
      const { tensors } = await trainer.save();
      return [...tensors].flatMap(([name]) => (name.endsWith('running_mean') ? [...floats(tensors, name)] : []));
    };
    const tracked = (seed: number) => () => trainer.trackNormalization([batch], () => drawNumbers(seed, 'dropout', 0));
    const exact = () => trainer.reestimateNormalization([batch]);
    const [one, again, other] = [await measured(tracked(1)), await measured(tracked(1)), await measured(tracked(2))];
    assert.deepEqual(one, again);
    assert.notDeepEqual(one, other);
    assert.deepEqual(await measured(exact), await measured(exact));
    trainer.dispose();
  });
});
