import assert from 'node:assert/strict';
import { tensor4d, type Tensor } from '@tensorflow/tfjs-core';
import type { Backend } from '../../../engine/backends/backend';
import { startBackend } from '../../../engine/backends/startBackend';
import type { Architecture, Entry } from '../../../engine/models/network';
import { buildArchitecture } from '../../../engine/models/registry';
import type { ModelSpec } from '../../../engine/protocol';
import { fnv1a } from '../../../engine/random';
import { sizeOf, type HostTensor, type StateDict } from '../../../engine/tensors';
import { forwardContext } from '../../../engine/training/forward';
import { layoutOf, pack } from '../../../engine/training/layout';
import { RunningStatistics } from '../../../engine/training/statistics';
import { floats } from '../../../engine/tensors';
import { readJson } from '../oracle';
import { scramble } from '../training/official';

interface Logits {
  first8: number[];
  sum: number;
  l2: number;
  argmax: number[];
}

interface ArchitectureOracle {
  network: ModelSpec & { classes: number };
  entries: [name: string, shape: number[], dtype: string, prunable: number, norm: number, buffer: number, kind: Kind][];
  params_total: number;
  params_prunable: number;
  input: { shape: [number, number, number, number] };
  logits: { eval: Logits; train?: Logits };
}

type Kind = 'weight' | 'bias' | 'norm_weight' | 'norm_bias' | 'running_mean' | 'running_var' | 'counter' | 'input';

/** Formulas of the reference networks. The input u is in [0, 1) and is a hash of the tensor's name and the index of the element. */
const FORMULAS: Record<Kind, (u: number, shape: readonly number[]) => number> = {
  weight: (u, shape) => (2 * u - 1) * Math.sqrt(6 / sizeOf(shape.slice(1))),
  bias: (u) => (2 * u - 1) * 0.1,
  norm_bias: (u) => (2 * u - 1) * 0.1,
  running_mean: (u) => (2 * u - 1) * 0.1,
  norm_weight: (u) => 0.75 + 0.5 * u,
  running_var: (u) => 0.5 + u,
  counter: () => 0,
  input: (u) => (2 * u - 1) * 2,
};

function formula(name: string, shape: readonly number[], kind: Kind): Float32Array {
  const key = fnv1a(name);
  const compute = FORMULAS[kind];
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = compute(scramble(key, i) / 2 ** 32, shape);
  return data;
}

for (const name of ['imagenet_resnet18', 'imagenet_resnet50', 'cifar100_resnet50', 'imagenet_mlpmixer'])
  describe(`${name}, compared with torchvision or the official code`, function () {
    this.timeout(60_000);
    const oracle = readJson(`arch/${name}.json`) as ArchitectureOracle;
    const [, channels, height, width] = oracle.input.shape;
    const architecture = buildArchitecture(oracle.network, {
      height,
      width,
      channels,
      classes: oracle.network.classes,
    });
    let backend: Backend;
    before(async () => {
      backend = await startBackend('wasm');
    });

    it('has the same state dict', () => {
      const rows = architecture.entries.map(({ name, shape, prunable, role }) => [
        name,
        [...shape],
        prunable,
        role === 'normalization',
        role === 'buffer',
      ]);
      assert.deepEqual(
        rows,
        oracle.entries.map(([name, shape, , prunable, norm, buffer]) => [name, shape, !!prunable, !!norm, !!buffer]),
      );
      const count = (entries: readonly Entry[]) => entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
      assert.equal(count(architecture.entries.filter(({ role }) => role !== 'buffer')), oracle.params_total);
      assert.equal(count(architecture.entries.filter(({ prunable }) => prunable)), oracle.params_prunable);
    });

    it('computes the same logits in eval and in train mode', () => {
      const state: StateDict = new Map(
        oracle.entries.map(([name, shape, , , , , kind]): [string, HostTensor] => [
          name,
          { dtype: 'F32', shape, data: formula(name, shape, kind) },
        ]),
      );
      assertLogits(logitsOf(backend, architecture, { state, oracle, train: false }), oracle.logits.eval, 1e-4);
      if (oracle.logits.train)
        assertLogits(logitsOf(backend, architecture, { state, oracle, train: true }), oracle.logits.train, 1e-3);
    });
  });

function logitsOf(
  backend: Backend,
  architecture: Architecture,
  { state, oracle, train }: { state: StateDict; oracle: ArchitectureOracle; train: boolean },
): Float32Array {
  const layout = layoutOf(architecture);
  const parameters = backend.createParameters(layout.segments, { kind: 'sgd', momentum: 0, weightDecay: 0 });
  const zeros = () => new Float32Array(layout.size);
  const values = pack(layout, zeros(), ({ name }) => floats(state, name));
  const mask = new Uint8Array(layout.size).fill(1);
  parameters.load({ values, mask, initial: zeros(), slots: [zeros()], steps: 0 });
  const composed = parameters.compose(0);
  const named = new Map<string, Tensor>(layout.entries.map(({ name }, i) => [name, composed[i]!]));
  const statistics = new RunningStatistics(architecture, backend);
  statistics.load(state);
  const normalization = train ? { collect: new Map<string, never>() } : { running: statistics.read() };
  return architecture.forward(input(oracle), forwardContext(named, normalization)).dataSync<'float32'>();
}

function input({ input: { shape } }: ArchitectureOracle) {
  const [n, channels, height, width] = shape;
  const values = formula('input', shape, 'input');
  const area = height * width;
  const images = values.map(
    (_, i) =>
      values[(Math.floor(i / channels / area) * channels + (i % channels)) * area + (Math.floor(i / channels) % area)]!,
  );
  return tensor4d(images, [n, height, width, channels]);
}

function assertLogits(actual: Float32Array, expected: Logits, tolerance: number): void {
  const classes = actual.length / 2;
  const allowed = tolerance * expected.l2;
  expected.first8.forEach((value, i) => {
    assert.ok(Math.abs(actual[i]! - value) <= allowed, `logit ${i}: ${actual[i]} is not ${value}`);
  });
  assert.ok(
    Math.abs(actual.reduce((sum, value) => sum + value, 0) - expected.sum) <= allowed * Math.sqrt(actual.length),
  );
  const best = [0, 1].map((n) => {
    const row = actual.subarray(n * classes, (n + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
  assert.deepEqual(best, expected.argmax);
}
