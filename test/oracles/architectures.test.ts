/** Compares every network of `arch/*.json` with its oracle: names, shapes, what can be pruned, and logits. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dispose, tensor, tensor4d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { Backend } from '../../engine/backends/backend';
import { withCheckpoint } from '../../engine/checkpoints/open';
import { readValues, tensorOf } from '../../engine/checkpoints/reader';
import { countParameters } from '../../engine/models/parameters';
import type { Architecture } from '../../engine/models/network';
import { buildArchitecture } from '../../engine/models/registry';
import type { StateDict } from '../../engine/tensors';
import { forwardContext } from '../../engine/training/forward';
import { layoutOf, pack } from '../../engine/training/layout';
import { disposeStatistics, RunningStatistics, type LayerStatistics } from '../../engine/training/statistics';
import { isCompared, isFirst, SET, startChosen } from './backend';
import { asOfficial, listOracles, oracle, readOracleJson, type OracleNetwork } from './folder';
import { formula, type Kind } from './formula';

interface Logits {
  first8: number[];
  sum: number;
  l2: number;
  argmax: number[];
}

type Mode = 'eval' | 'train';

interface ArchitectureOracle {
  network: OracleNetwork;
  entries: [name: string, shape: number[], dtype: string, prunable: number, norm: number, buffer: number, kind: Kind][];
  params_total: number;
  params_prunable: number;
  masked_layers: number;
  psi_params: number;
  input: { shape: [number, number, number, number] };
  logits?: Partial<Record<Mode, Logits>>;
}

/** Greatest error of the logits, relative to their length. */
const TOLERANCE: Record<Mode, number> = { eval: 1e-4, train: 1e-3 };

const files = listOracles('arch').filter((file) => file.endsWith('.json'));

for (const file of files) {
  const name = file.replace(/\.json$/, '');
  describe(`the network ${name} on ${SET}`, function () {
    this.timeout(300_000);
    const truth = readOracleJson('arch', file) as ArchitectureOracle;
    const [, channels, height, width] = truth.input.shape;
    const data = { height, width, channels, classes: truth.network.classes };
    let architecture: Architecture;
    let parameters: Map<string, Tensor> | undefined; // they take longer than the logits
    before(() => {
      architecture = buildArchitecture(asOfficial(truth.network), data);
    });
    after(() => {
      dispose([...(parameters?.values() ?? [])]);
    });

    if (isFirst) describeStructure(truth, () => architecture);

    for (const mode of ['eval', 'train'] as const) {
      const expected = truth.logits?.[mode];
      if (expected && isCompared(truth.params_total))
        it(`computes the same logits in ${mode} mode`, async () => {
          const backend = await startChosen();
          parameters ??= makeParameters(architecture, truth);
          const logits = await computeLogits(backend, { architecture, truth, parameters }, mode);
          const full = await readLogits(`${name}.${mode}`);
          if (full) assertSame(logits, full, TOLERANCE[mode]);
          assertLogits(logits, expected, { classes: data.classes, tolerance: TOLERANCE[mode] });
        });
    }
  });
}

/** Tests what does not depend on a backend. `built` returns the network. */
function describeStructure(truth: ArchitectureOracle, built: () => Architecture): void {
  it('has the names of the oracle in the same order', () => {
    assert.deepEqual(
      built().entries.map((entry) => entry.name),
      truth.entries.map(([entry]) => entry),
    );
  });

  it('has the shapes and types of the oracle', () => {
    assert.deepEqual(
      built().entries.map(({ shape, dtype }) => [[...shape], dtype]),
      truth.entries.map(([, shape, dtype]) => [shape, dtype === 'int64' ? 'I64' : 'F32']),
    );
  });

  it('knows what can be pruned, what is normalization and what is a buffer', () => {
    assert.deepEqual(
      built().entries.map((entry) => [entry.name, entry.prunable, entry.role]),
      truth.entries.map(([entry, , , prunable, norm, buffer], i) => [
        entry,
        prunable === 1,
        norm ? 'normalization' : buffer ? 'buffer' : built().entries[i]!.role,
      ]),
    );
  });

  it('has as many parameters, prunable parameters, masks and ψ', () => {
    const { layers, parameters } = countParameters(built());
    const psi = built().entries.filter(({ role }) => role === 'normalization');
    assert.deepEqual(
      [parameters.all, parameters.prunable, layers.length, psi.reduce((sum, { shape }) => sum + shape[0]!, 0)],
      [truth.params_total, truth.params_prunable, truth.masked_layers, truth.psi_params],
    );
  });

  it('prunes every layer but the classifier by our own rule', () => {
    const own = buildArchitecture(truth.network, built().data).entries;
    const left = own.filter(({ role, prunable }) => role === 'weight' && !prunable);
    assert.deepEqual(
      left.map((entry) => entry.name),
      own.filter(({ role }) => role === 'weight').slice(-1).map((entry) => entry.name), // prettier-ignore
    );
  });
}

/** Returns all logits of an oracle, or undefined if it has only some of them. */
async function readLogits(name: string): Promise<Float64Array | undefined> {
  const file = oracle('arch', 'logits.safetensors');
  if (!existsSync(file)) return undefined;
  return withCheckpoint(file, async (reader) => {
    const stored = tensorOf(reader, name);
    return stored && Float64Array.from(await readValues(reader, stored), Number);
  });
}

interface Repeated {
  architecture: Architecture;
  truth: ArchitectureOracle;
  parameters: Map<string, Tensor>;
}

/** Returns the values of an entry by the formula of its kind. */
function valuesIn({ entries }: ArchitectureOracle) {
  const kinds = new Map(entries.map(([name, , , , , , kind]) => [name, kind]));
  return ({ name, shape }: { name: string; shape: readonly number[] }) => formula(name, shape, kinds.get(name)!);
}

function makeParameters(architecture: Architecture, truth: ArchitectureOracle): Map<string, Tensor> {
  const used = architecture.entries.filter(({ role, unused }) => role !== 'buffer' && !unused);
  // One entry at a time, because a vector of all parameters would double the memory.
  return new Map(
    used.map((entry) => {
      const one = layoutOf({ ...architecture, entries: [entry] });
      const data = pack(one, new Float32Array(one.size), valuesIn(truth));
      return [entry.name, tensor(data, [...one.segments[0]!.shape])];
    }),
  );
}

async function computeLogits(
  backend: Backend,
  { architecture, truth, parameters }: Repeated,
  mode: Mode,
): Promise<Float32Array> {
  const buffers = architecture.entries.filter(({ role, dtype }) => role === 'buffer' && dtype === 'F32');
  const state: StateDict = new Map(
    buffers.map((entry) => [entry.name, { dtype: 'F32', shape: entry.shape, data: valuesIn(truth)(entry) }]),
  );
  const statistics = new RunningStatistics(architecture, backend);
  statistics.load(state);
  const collect: LayerStatistics = new Map();
  const context = forwardContext(parameters, mode === 'train' ? { collect } : { running: statistics.read() });
  const output = tidy(() => architecture.forward(input(truth), context));
  const logits = (await output.data<'float32'>()).slice();
  disposeStatistics(collect);
  output.dispose();
  statistics.dispose();
  return logits;
}

/** Returns the images in NHWC order. The formula numbers the elements in NCHW order. */
function input({ input: { shape } }: ArchitectureOracle) {
  const [n, channels, height, width] = shape;
  const values = formula('input', shape, 'input');
  const area = height * width;
  const images = values.map((_, i) => {
    const [channel, at, image] = [i % channels, Math.floor(i / channels) % area, Math.floor(i / channels / area)];
    return values[(image * channels + channel) * area + at]!;
  });
  return tensor4d(images, [n, height, width, channels]);
}

function assertSame(actual: Float32Array, expected: Float64Array, tolerance: number): void {
  const error = Math.hypot(...expected.map((value, i) => value - actual[i]!)) / Math.hypot(...expected);
  assert.ok(error <= tolerance, `the relative error of the logits is ${error.toExponential(1)}`);
}

function assertLogits(
  actual: Float32Array,
  expected: Logits,
  { classes, tolerance }: { classes: number; tolerance: number },
): void {
  const allowed = tolerance * expected.l2;
  expected.first8.forEach((value, i) => {
    assert.ok(Math.abs(actual[i]! - value) <= allowed, `logit ${i}: ${actual[i]} is not ${value}`);
  });
  const sum = actual.reduce((total, value) => total + value, 0);
  assert.ok(
    Math.abs(sum - expected.sum) <= allowed * Math.sqrt(actual.length),
    `the sum ${sum} is not ${expected.sum}`,
  );
  const best = expected.argmax.map((_, n) => {
    const row = actual.subarray(n * classes, (n + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
  assert.deepEqual(best, expected.argmax);
}
