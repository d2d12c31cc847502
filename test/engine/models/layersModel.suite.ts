/** Compares networks of model.json files with what TensorFlow and TensorFlow.js compute (`make/layers_model.py` and `.mjs`). */
import assert from 'node:assert/strict';
import { tensor, tensor1d, tensor4d, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import type { Backend } from '../../../engine/backends/backend';
import { fullMasks, initialize } from '../../../engine/models/initialize';
import type { Architecture, PsiParts } from '../../../engine/models/network';
import { buildArchitecture } from '../../../engine/models/registry';
import { floats, type StateDict } from '../../../engine/tensors';
import { createTrainer } from '../../../engine/training/create';
import { forwardContext } from '../../../engine/training/forward';
import { layoutOf, pack } from '../../../engine/training/layout';
import { compute } from '../backends/check';
import { fixture } from '../../fixtures';
import { formula, type Kind } from '../../oracles/formula';

interface KerasOracle {
  batch: number;
  images: [number, number, number];
  classes: number;
  entries: [string, number[], Kind][];
  probabilities: number[][];
  training?: Training;
}

interface Training {
  learning_rate: number;
  momentum: number;
  labels: number[][];
  losses: number[];
  length_and_first_value_after_steps: Record<string, [number, number]>;
}

/** Models of Keras, and one that TensorFlow.js has saved. */
const NAMES = ['plain', 'residual', 'tfjs'];
const readOracle = (name: string) =>
  JSON.parse(readFileSync(fixture(`layersModel/${name}.oracle.json`), 'utf8')) as KerasOracle;

/** Defines the suite for a backend. Call it inside a `describe`. */
export function computesAsKeras(start: () => Promise<Backend>): void {
  let backend: Backend;
  before(async () => (backend = await start()));

  it('throws if a normalization layer lacks a scale or a shift that it should have', async () => {
    const parameters = new Map<string, Tensor>();
    const net = forwardContext(parameters, { running: new Map() });
    await compute(() => {
      const x = tensor4d([1, 2, 3, 4], [1, 1, 2, 2]);
      const norms = [
        (parts: PsiParts) => net.layerNorm(x, 'norm', { epsilon: 1e-5, ...parts }),
        (parts: PsiParts) => net.groupNorm(x, 'norm', { groups: 1, ...parts }),
        (parts: PsiParts) => net.batchNorm(x, 'norm', { relu: false, ...parts }),
      ];
      for (const norm of norms) assert.throws(() => norm({}), /no parameter norm\.weight/);
      for (const norm of norms) assert.throws(() => norm({ hasScale: false }), /no parameter norm\.bias/);
      parameters.set('norm.bias', tensor1d([1, 2]));
      for (const norm of norms) assert.throws(() => norm({}), /no parameter norm\.weight/);
      return [net.layerNorm(x, 'norm', { epsilon: 1e-5, hasScale: false })];
    });
  });

  for (const name of NAMES) {
    const oracle = readOracle(name);
    const [height, width, channels] = oracle.images;
    const data = { height, width, channels, classes: oracle.classes };
    const architecture = buildArchitecture({ model: 'layers', path: fixture(`layersModel/${name}.json`) }, data);

    it(`has the entries of ${name}`, () => {
      const listed = architecture.entries.filter(({ dtype }) => dtype === 'F32');
      assert.deepEqual(
        listed.map(({ name, shape }) => [name, [...shape]]),
        oracle.entries.map(([entry, shape]) => [entry, shape]),
      );
    });

    it(`computes the logits of ${name}`, async () => {
      const tensors = byFormula(architecture, oracle);
      const shape: [number, number, number, number] = [oracle.batch, height, width, channels];
      const images = formula('images 0', shape, 'input');
      const [logits] = await compute(() => [evaluated(architecture, tensors, tensor4d(images, shape))]);
      const found = Array.from(logits!, (value, i) => value - logits![i - (i % oracle.classes)]!);
      const expected = oracle.probabilities.flatMap((row) => row.map((p) => Math.log(p / row[0]!)));
      assertClose(found, expected, 'logits');
    });

    const { training } = oracle;
    if (training)
      it(`trains ${name}`, async () => {
        const trained = await train(architecture, { ...oracle, training }, backend);
        assertClose(trained.losses, training.losses, 'losses');
        for (const [entry, [length, first]] of Object.entries(training.length_and_first_value_after_steps)) {
          const values = floats(trained.tensors, entry);
          assertClose([Math.hypot(...values), values[0]!], [length, first], entry);
        }
      });
  }
}

function byFormula(architecture: Architecture, oracle: KerasOracle): StateDict {
  const kinds = new Map(oracle.entries.map(([name, , kind]) => [name, kind]));
  return new Map(
    Array.from(initialize(architecture, 1).tensors, ([name, tensor]) => [
      name,
      tensor.dtype === 'F32' ? { ...tensor, data: formula(name, tensor.shape, kinds.get(name)!) } : tensor,
    ]),
  );
}

/** The logits in eval mode, with the running statistics of the network. */
function evaluated(architecture: Architecture, tensors: StateDict, images: Tensor4D): Tensor {
  const layout = layoutOf(architecture);
  const packed = pack(layout, new Float32Array(layout.size), ({ name }) => floats(tensors, name));
  const parameters = layout.entries.map(({ name }, i): [string, Tensor] => {
    const { offset, size, shape } = layout.segments[i]!;
    return [name, tensor(packed.slice(offset, offset + size), [...shape])];
  });
  const statistic = (name: string) => tensor1d(floats(tensors, name));
  const layers = [...tensors.keys()]
    .filter((name) => name.endsWith('.running_mean'))
    .map((name) => name.replace('.running_mean', ''));
  const running = new Map(
    layers.map((layer) => [
      layer,
      { mean: statistic(`${layer}.running_mean`), variance: statistic(`${layer}.running_var`) },
    ]),
  );
  return architecture.forward(images, forwardContext(new Map(parameters), { running }));
}

function assertClose(found: readonly number[], expected: readonly number[], what: string): void {
  for (const [i, value] of expected.entries()) {
    const difference = Math.abs(found[i]! - value);
    assert.ok(difference <= 1e-4 * Math.max(0.1, Math.abs(value)), `${what}[${i}] is ${found[i]}, not ${value}`);
  }
}

async function train(architecture: Architecture, oracle: KerasOracle & { training: Training }, backend: Backend) {
  const { momentum, labels: all, learning_rate: learningRate } = oracle.training;
  const tensors = byFormula(architecture, oracle);
  const optimizer = { kind: 'sgd', momentum, weightDecay: 0 } as const;
  const trainer = createTrainer({ architecture, backend, optimizer, initial: tensors });
  trainer.load({ tensors, masks: fullMasks(architecture) });
  const losses: number[] = [];
  for (const [step, labels] of all.entries()) {
    const shape = [oracle.batch, ...oracle.images];
    const images = formula(`images ${step}`, shape, 'input');
    trainer.step({ images, labels: Int32Array.from(labels), size: oracle.batch }, { learningRate, alpha: 0 });
    losses.push((await trainer.takeMeasured()).loss);
  }
  const { tensors: after } = await trainer.save();
  trainer.dispose();
  return { losses, tensors: after };
}
