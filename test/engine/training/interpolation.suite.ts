/** Tests on one backend that a step may have an α for each entry of ψ, of every kind of normalization. */
import assert from 'node:assert/strict';
import { memory } from '@tensorflow/tfjs-core';
import type { Backend } from '../../../engine/backends/backend';
import type { Batch } from '../../../engine/datasets/dataset';
import { identityNormalization, initialize } from '../../../engine/models/initialize';
import { convolution, globalMean } from '../../../engine/models/layers/convolution';
import { network, sequence } from '../../../engine/models/layers/layer';
import { classifier } from '../../../engine/models/layers/linear';
import { batchNorm, groupNorm, layerNorm } from '../../../engine/models/layers/normalization';
import { floats, type NetworkState, type StateDict } from '../../../engine/tensors';
import { createTrainer } from '../../../engine/training/create';
import type { TrainerStepOptions } from '../../../engine/training/trainer';
import { values } from '../backends/reference';

const DATA = { height: 8, width: 8, channels: 1, classes: 4 };

/** A network with batch, group and layer norm. */
const architecture = network(
  'norms',
  DATA,
  sequence(
    convolution('conv1', { inputs: 1, outputs: 4, size: 3, padding: 1 }),
    batchNorm('bn', 4, { relu: true }),
    convolution('conv2', { inputs: 4, outputs: 6, size: 3, stride: 2, padding: 1 }),
    groupNorm('gn', 6, { groups: 2, relu: true }),
    globalMean,
    layerNorm('ln', 6),
    classifier('fc', [4, 6]),
  ),
);
const PSI = ['bn', 'gn', 'ln'].flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]);
/** A different α for each entry of ψ. */
const ALPHAS = new Map(PSI.map((name, i) => [name, [0.2, 0.7, 0, 0.5, 0.9, 0.3][i]!]));
const alphaOf = (entry: string) => ALPHAS.get(entry)!;

const BATCH: Batch = { images: values(6 * 64, 1), labels: Int32Array.of(0, 1, 2, 3, 0, 1), size: 6 };
const RATE = 0.5;

/** Returns a network with other ψ than its initial one. */
function begun(): NetworkState {
  const state = initialize(architecture, 1);
  PSI.forEach((name, i) => {
    floats(state.tensors, name).set(values(floats(state.tensors, name).length, 9 + i));
  });
  return state;
}

/** Defines the suite. Call it inside a `describe`. */
export function interpolatesEach(start: () => Promise<Backend>): void {
  async function stepped(state: NetworkState, alpha: TrainerStepOptions['alpha'], initial: StateDict, kind = 'sgd') {
    const backend = await start();
    const tensors = memory().numTensors;
    const optimizer = { kind: kind as 'sgd' | 'adam', momentum: 0, weightDecay: 0 };
    const trainer = createTrainer({ architecture, backend, optimizer, initial });
    trainer.load(state);
    trainer.step(BATCH, { learningRate: RATE, alpha });
    const { loss, gradientNorm } = await trainer.takeMeasured();
    const trained = await trainer.save();
    trainer.dispose();
    assert.equal(memory().numTensors, tensors, 'tensors leaked');
    return { loss, gradientNorm, tensors: trained.tensors };
  }

  const psiInit = identityNormalization(architecture);

  for (const kind of ['sgd', 'adam'])
    it(`interpolates all entries alike as with one α, with ${kind}`, async () => {
      const [one, each] = [
        await stepped(begun(), 0.3, psiInit, kind),
        await stepped(begun(), () => 0.3, psiInit, kind),
      ];
      assert.ok(Math.abs(one.loss - each.loss) < 1e-6);
      for (const [name, { dtype }] of one.tensors)
        if (dtype === 'F32') assertClose(floats(each.tensors, name), floats(one.tensors, name), name);
    });

  it('uses α·ψ_init + (1 − α)·ψ of each entry, and passes 1 − α of its gradient', async () => {
    const interpolated = begun();
    for (const name of PSI) {
      const [psi, init, alpha] = [floats(interpolated.tensors, name), floats(psiInit, name), alphaOf(name)];
      psi.forEach((value, i) => (psi[i] = alpha * init[i]! + (1 - alpha) * value));
    }
    const plain = await stepped(interpolated, 0, psiInit);
    const each = await stepped(begun(), alphaOf, psiInit);
    assert.ok(Math.abs(plain.loss - each.loss) < 1e-5, `${each.loss} instead of ${plain.loss}`);
    for (const name of PSI) {
      const share = 1 - alphaOf(name);
      const before = floats(interpolated.tensors, name);
      const expected = floats(plain.tensors, name).map((after, i) => share * (after - before[i]!));
      const own = floats(begun().tensors, name);
      assertClose(
        floats(each.tensors, name).map((after, i) => after - own[i]!),
        expected,
        name,
      );
      assert.ok(expected.some((change) => Math.abs(change) > 1e-4) || share === 0, name);
    }
    for (const name of ['conv1.weight', 'conv2.weight', 'fc.weight', 'fc.bias'])
      assertClose(floats(each.tensors, name), floats(plain.tensors, name), name);
  });

  it('leaves scales or shifts alone if their α is 0', async () => {
    const shifts = await stepped(begun(), (entry) => (entry.endsWith('.bias') ? 1 : 0), psiInit);
    for (const name of PSI) {
      const moved = floats(shifts.tensors, name).some((value, i) => value !== floats(begun().tensors, name)[i]);
      assert.equal(moved, name.endsWith('.weight'), name);
    }
  });

  it('interpolates towards the given ψ_init', async () => {
    const zeros: StateDict = new Map(
      Array.from(psiInit, ([name, { shape }]) => [name, { dtype: 'F32', shape, data: new Float32Array(shape[0]!) }]),
    );
    const without = begun();
    for (const name of PSI) floats(without.tensors, name).fill(0);
    const [fixed, plain] = [await stepped(begun(), () => 1, zeros), await stepped(without, 0, zeros)];
    assert.ok(Math.abs(fixed.loss - plain.loss) < 1e-6);
    assert.ok(Math.abs(fixed.loss - (await stepped(begun(), () => 1, psiInit)).loss) > 1e-4);
  });
}

function assertClose(actual: Float32Array, expected: Float32Array, what: string): void {
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) < 2e-5, `${what}[${i}] is ${value} instead of ${expected[i]}`);
  });
}
