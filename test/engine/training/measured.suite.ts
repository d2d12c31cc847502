/** Tests on one backend what the trainer measures beside loss and accuracy. */
import assert from 'node:assert/strict';
import type { Backend } from '../../../engine/backends/backend';
import type { Batch } from '../../../engine/datasets/dataset';
import { initialize } from '../../../engine/models/initialize';
import type { Architecture } from '../../../engine/models/network';
import { buildArchitecture } from '../../../engine/models/registry';
import { floats, type NetworkState } from '../../../engine/tensors';
import { createTrainer } from '../../../engine/training/create';
import { values } from '../backends/reference';

const convnet = (classes: number) =>
  buildArchitecture({ model: 'convnet', options: { widths: [4, 6] } }, { height: 8, width: 8, channels: 1, classes });

const batchOf = (size: number, classes: number, seed = 1): Batch => ({
  images: values(size * 64, seed),
  labels: Int32Array.from({ length: size }, (_, i) => (i * 31 + seed) % classes),
  size,
});

/** Defines the suite. Call it inside a `describe`. */
export function measuresSteps(start: () => Promise<Backend>): void {
  it('measures the norm of the gradient of masked weights and of interpolated ψ, without weight decay', async () => {
    const architecture = convnet(4);
    const [learningRate, alpha] = [0.5, 0.3];
    const begun = initialize(architecture, 1);
    begun.masks.get('conv2')!.fill(0, 0, 100);
    for (const [name, { data }] of begun.tensors) if (/^bn.*(weight|bias)$/.test(name)) data.fill(0.7 as never);
    const backend = await start();
    const once = async (kind: 'sgd' | 'adam', weightDecay: number) => {
      const optimizer = { kind, momentum: 0.9, weightDecay };
      const initial = initialize(architecture, 1).tensors;
      const trainer = createTrainer({ architecture, backend, optimizer, initial });
      trainer.load(begun);
      trainer.step(batchOf(6, 4), { learningRate, alpha });
      const { gradientNorm } = await trainer.takeMeasured();
      const trained = await trainer.save();
      trainer.dispose();
      return { gradientNorm, trained };
    };
    // The first step of SGD without weight decay moves θ by the gradient times the learning rate.
    const { gradientNorm, trained } = await once('sgd', 0);
    const expected = distance(architecture, trained, begun) / learningRate;
    assert.ok(Math.abs(gradientNorm / expected - 1) < 1e-5, `${gradientNorm} instead of ${expected}`);
    for (const kind of ['sgd', 'adam'] as const) {
      const other = (await once(kind, 0.1)).gradientNorm;
      assert.ok(Math.abs(other / expected - 1) < 1e-5, `${other} with ${kind} instead of ${expected}`);
    }
  });

  it('measures the mean over the steps since the last call', async () => {
    const architecture = convnet(4);
    const initial = initialize(architecture, 1);
    const optimizer = { kind: 'sgd', momentum: 0, weightDecay: 0 } as const;
    const trainer = createTrainer({ architecture, backend: await start(), optimizer, initial: initial.tensors });
    trainer.load(initial);
    const norms: number[] = [];
    for (const seed of [1, 2]) {
      trainer.step(batchOf(5, 4, seed), { learningRate: 0, alpha: 0 });
      norms.push((await trainer.takeMeasured()).gradientNorm);
    }
    for (const seed of [1, 2]) trainer.step(batchOf(5, 4, seed), { learningRate: 0, alpha: 0 });
    const { gradientNorm } = await trainer.takeMeasured();
    trainer.dispose();
    assert.ok(Math.abs(gradientNorm / ((norms[0]! + norms[1]!) / 2) - 1) < 1e-6);
  });

  for (const [classes, hasTop5] of [
    [100, false],
    [101, true],
  ] as const)
    it(`measures ${hasTop5 ? 'top-5' : 'no top-5'} of ${classes} classes`, async () => {
      const architecture = convnet(classes);
      const initial = initialize(architecture, 1);
      const optimizer = { kind: 'sgd', momentum: 0, weightDecay: 0 } as const;
      const trainer = createTrainer({ architecture, backend: await start(), optimizer, initial: initial.tensors });
      // With a classifier of only biases, each image has the same five predicted classes.
      floats(initial.tensors, 'fc.weight').fill(0);
      floats(initial.tensors, 'fc.bias').forEach((_, k, bias) => (bias[k] = k % 50));
      trainer.load(initial);
      const top = [49, 99, 48, 98, 47];
      const labels = [49, 99, 98, 47, 97, 0, 1];
      const images = values(labels.length * 64, 2);
      const measured = await trainer.evaluate([{ images, labels: Int32Array.from(labels), size: labels.length }]);
      trainer.dispose();
      const among = labels.filter((label) => top.includes(label)).length;
      assert.equal(measured.accuracy.toFixed(4), (100 / labels.length).toFixed(4));
      assert.equal(measured.top5?.toFixed(4), hasTop5 ? ((100 * among) / labels.length).toFixed(4) : undefined);
    });
}

/** Returns the L2 distance of the trained entries. */
function distance({ entries }: Architecture, a: NetworkState, b: NetworkState): number {
  const trained = entries.filter(({ role }) => role !== 'buffer');
  const squares = trained.map(({ name }) => {
    const other = floats(b.tensors, name);
    return floats(a.tensors, name).reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0);
  });
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
}
