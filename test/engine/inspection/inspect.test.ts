import assert from 'node:assert/strict';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { describeCheckpoint } from '../../../engine/inspection/describe';
import { inspect } from '../../../engine/inspection/inspect';
import type { LayerStatistics, TensorStatistics } from '../../../engine/protocol';
import type { HostTensor } from '../../../engine/tensors';
import { fixture, readJson, temporaryFolder } from '../../fixtures';

/** Expected statistics, computed by NumPy in float64. A statistic is null if the tensor has no finite value. */
interface Truth {
  tensors: Record<string, Record<string, number | null>>;
  masks?: {
    layers: { layer: string; total: number; kept: number; s_positive: number; s_negative: number }[];
    total: number;
    kept: number;
  };
}

const SOUND = ['aws_state_f32', 'aws_state_f16', 'aws_state_bf16', 'dtypes', 'handmade_padded'];
const FILES = [
  ...SOUND.map((name) => `safetensors/${name}.safetensors`),
  'safetensors/sharded/model.safetensors.index.json',
];

interface Entry extends Partial<Truth> {
  file: string;
  expect: string;
  also_ok?: string;
}

describe('inspect', () => {
  const temporary = temporaryFolder();

  for (const file of FILES) {
    it(`finds the statistics of ${file}`, async () => {
      const truth = readJson(`${file}.truth.json`) as Truth;
      const { tensors, layers, sparsity } = await inspect(fixture(file));
      checkStatistics(tensors, truth.tensors);
      if (!truth.masks) return;
      assert.deepEqual(
        layers.map(({ name, maskRule, count, kept, positive, negative }) => [
          name,
          maskRule,
          count,
          kept,
          positive,
          negative,
        ]),
        truth.masks.layers.map((layer) => [
          layer.layer,
          'fixed_m',
          layer.total,
          layer.kept,
          layer.s_positive,
          layer.s_negative,
        ]),
      );
      const { kept, total } = truth.masks;
      assert.equal(sparsity.prunable, (total - kept) / total);
    });
  }

  for (const entry of readJson('hostile/manifest.json') as Entry[]) {
    // Files that may be refused are tested by open.test.ts.
    if (typeof entry.tensors !== 'object' || entry.expect !== 'open' || entry.also_ok || entry.file.includes('mask_'))
      continue;
    it(`finds the statistics of hostile/${entry.file}`, async () => {
      checkStatistics((await inspect(fixture(`hostile/${entry.file}`))).tensors, entry.tensors!);
    });
  }

  it('counts a kept weight that is exactly 0 as kept, neither positive nor negative', async () => {
    const { layers } = await inspect(fixture('hostile/aws/kept_but_zero.safetensors'));
    const expected = {
      name: 'c',
      maskRule: 'fixed_m',
      layout: 'OIHW',
      count: 54,
      kept: 54,
      sparsity: 0,
      positive: 15,
      negative: 7,
    };
    assert.deepEqual(layers.map(countsOf), [expected]);
  });

  it('counts a NaN weight as kept, neither positive nor negative', async () => {
    const [layer] = (await inspect(fixture('hostile/aws/nan_weight.safetensors'))).layers;
    assert.deepEqual([layer?.kept, layer?.positive, layer?.negative], [54, 37, 16]);
  });

  it('finds no kept weight in a layer that is completely pruned', async () => {
    const { layers, sparsity } = await inspect(fixture('hostile/aws/all_pruned.safetensors'));
    assert.deepEqual([layers[0]?.kept, layers[0]?.positive, sparsity], [0, 0, { prunable: 1, all: 1 }]);
  });

  it('leaves out a layer whose mask has another shape or other values, and names the mask', async () => {
    const sentences = {
      mask_shape_differs: /mask "c\.fixed_m" has shape \[2, 3, 3, 1\], but its weight has \[2, 3, 3, 3\]/,
      mask_values_not_binary: /mask "c\.fixed_m" is not binary/,
    };
    for (const [name, message] of Object.entries(sentences)) {
      const { tensors, layers, sparsity, warnings } = await inspect(fixture(`hostile/aws/${name}.safetensors`));
      assert.deepEqual([tensors.length, layers.length, sparsity.prunable], [2, 0, NaN]);
      assert.match(warnings![0]!, message);
    }
  });

  it('counts exact zeros as pruned if there is no mask, and says so in the mask rule', async () => {
    const file = temporary('x.safetensors');
    await write(file, {
      'a.weight': [
        [2, 2],
        [1, 0, -1, 0],
      ],
      'b.weight': [
        [2, 1],
        [1, -1],
      ],
      'b.bias': [[2], [0, 0]],
      'fc.weight': [
        [2, 1],
        [1, -1],
      ],
      'bn.weight': [[2], [0, 1]],
      'bn.running_var': [[2], [1, 1]],
      'optimizer/momentum/b.bias': [[2], [1, 1]],
    });
    const { layers, sparsity } = await inspect(file);
    assert.deepEqual(layers.map(countsOf), [
      { name: 'a', maskRule: 'zeros', layout: 'OI', count: 4, kept: 2, sparsity: 0.5, positive: 1, negative: 1 },
      { name: 'b', maskRule: 'none', layout: 'OI', count: 2, kept: 2, sparsity: 0, positive: 1, negative: 1 },
    ]);
    // running_var and the optimizer's tensors are not parameters, and the classifier is not prunable
    assert.deepEqual(sparsity, { prunable: 2 / 6, all: 2 / 12 });
  });

  it('adds up the counts of all pieces of a large tensor', async () => {
    const file = temporary('x.safetensors');
    const values = Float32Array.from({ length: 600_001 }, (_, i) => (i % 7) - 3);
    const mask = Uint8Array.from(values, (_, i) => (i % 3 === 0 ? 1 : 0));
    values[530_000] = NaN;
    values[599_999] = -Infinity;
    const tensors = new Map<string, HostTensor>([
      ['w.weight', { dtype: 'F32', shape: [600_001, 1], data: values }],
      ['w.mask', { dtype: 'U8', shape: [600_001, 1], data: mask }],
    ]);
    await writeSafetensors(file, { tensors, metadata: {} });
    const { tensors: found, layers } = await inspect(file);
    const kept = [...values.keys()].filter((i) => mask[i] === 1);
    const sign = (is: (value: number) => boolean) => kept.filter((i) => is(values[i]!)).length;
    const { positive, negative } = layers[0]!;
    assert.deepEqual([layers[0]!.kept, positive, negative], [kept.length, sign((v) => v > 0), sign((v) => v < 0)]);
    const finite = values.filter((value) => Number.isFinite(value));
    const sum = finite.reduce((total, value) => total + value, 0);
    const { nans, infs, min, max, mean, zeros } = found[0]!;
    const count = finite.filter((value) => value === 0).length;
    assert.deepEqual([nans, infs, min, max, mean, zeros], [1, 1, -3, 3, sum / finite.length, count]);
    assert.equal(found[1]!.positives, kept.length);
  });

  const write = (file: string, entries: Record<string, [number[], number[]]>) => {
    const tensors = Object.entries(entries).map(([name, [shape, values]]): [string, HostTensor] => {
      return [name, { dtype: 'F32', shape, data: Float32Array.from(values) }];
    });
    return writeSafetensors(file, { tensors: new Map(tensors), metadata: {} });
  };
});

describe('describeCheckpoint', () => {
  it('gives the layers and their axes', async () => {
    const { layers, tensors, metadata } = await describeCheckpoint(fixture('safetensors/aws_state_f32.safetensors'));
    const { name, shape, count, maskRule, rows, columns, axes } = layers[1]!;
    assert.deepEqual([name, shape, count, maskRule], ['layer1.0.conv1', [4, 4, 3, 3], 144, 'fixed_m']);
    assert.deepEqual([rows, columns, axes], [4, 36, 'out 4 × in 4·3·3']);
    assert(tensors.length > layers.length);
    assert.equal(typeof metadata, 'object');
  });
});

/** Returns a layer without its structure, magnitudes and storage, which overview.test.ts tests. */
function countsOf({ structure: _, magnitudes: __, storage: ___, isMagnitudeMask: ____, ...counts }: LayerStatistics) {
  return counts;
}

function checkStatistics(tensors: TensorStatistics[], truth: Truth['tensors']): void {
  assert.equal(tensors.length, Object.keys(truth).length);
  for (const { norm, ...tensor } of tensors) {
    const expected = truth[tensor.name]!;
    for (const key of ['dtype', 'shape', 'count', 'zeros', 'negatives', 'positives'] as const) {
      assert.deepEqual(tensor[key], expected[key], `${tensor.name} ${key}`);
    }
    assert.equal(tensor.nans, expected['nans'] ?? 0);
    assert.equal(tensor.infs, expected['infs'] ?? 0);
    closeTo(tensor.min, expected['min'], tensor.name);
    closeTo(tensor.max, expected['max'], tensor.name);
    closeTo(tensor.mean, expected['mean'], tensor.name);
    closeTo(norm, expected['l2'], tensor.name);
  }
}

/** Asserts a mean with an error of at most 1e-12 of the largest value, because sums of mixed signs lose digits. null expects NaN. */
function closeTo(actual: number, expected: number | null | undefined, name: string): void {
  if (expected === null) assert(Number.isNaN(actual), name);
  else
    assert(Math.abs(actual - expected!) <= 1e-9 * Math.abs(expected!) + 1e-12, `${name}: ${actual}, not ${expected}`);
}
