/** Tests checkpoints from public bug reports. The fixtures have the correct result of each. */
import assert from 'node:assert/strict';
import { withCheckpoint } from '../../../engine/checkpoints/open';
import { readValues, tensorOf } from '../../../engine/checkpoints/reader';
import { inspect } from '../../../engine/inspection/inspect';
import type { Inspection } from '../../../engine/protocol';
import { fixture, readJson } from '../../fixtures';

interface TrueLayer {
  layer?: string;
  weight?: string;
  count: number;
  kept: number;
  positive?: number;
  negative?: number;
}

const CASES: Record<string, string> = {
  '03-causal-mask-buffer/gpt.safetensors': 'truth.json',
  '04-lstm-masks/lstm.safetensors': 'truth.json',
  '06-nni-wrapper/synflow.safetensors': 'truth-synflow.json',
  '06-nni-wrapper/wrapped-same.safetensors': 'truth.json',
  '08-complex64/rotary.safetensors': 'truth.json',
  '10-no-prefix/lone-masked.safetensors': 'truth.json',
  '31-half-removed/half.safetensors': 'truth.json',
};

describe('a checkpoint from a bug report', () => {
  for (const [file, truth] of Object.entries(CASES))
    it(`${file} has the layers that its report expects`, async () => {
      const { layers, sparsity } = readJson(`cases/${file.split('/')[0]!}/${truth}`) as {
        layers: TrueLayer[];
        sparsity?: number;
      };
      const found = await inspect(fixture(`cases/${file}`));
      const hasSigns = layers.every(({ positive }) => positive !== undefined);
      const layersFound = found.layers.map(({ name, count, kept, positive, negative }) =>
        seen({ name, count, kept, ...(hasSigns && { positive, negative }) }),
      );
      assert.deepEqual(layersFound.sort(), layers.map(seen).sort());
      if (sparsity !== undefined) assert.ok(Math.abs(found.sparsity.prunable - sparsity) < 1e-12);
    });

  it('01: counts masked biases, and does not count masks as parameters', async () => {
    const { sparsity, layers } = await inspect(fixture('cases/01-bias-mask/pruned.safetensors'));
    assert.equal(sparsity.all, 0.5);
    assert.equal(layers.length, 4);
  });

  it('09: has the masks of open_lth, but none for the output layer', async () => {
    const { sparsity } = await inspect(fixture('cases/09-open-lth/checkpoint.safetensors'));
    assert.deepEqual(sparsity, { prunable: 519 / 800, all: 519 / 940 });
  });

  it('11: has the kernels of Flax as layers', async () => {
    const found = await inspect(fixture('cases/11-flax-keras-names/flax.safetensors'));
    assert.equal(found.sparsity.prunable, 909 / 1352);
  });

  it('08: lists complex tensors, and shows the rest of the file', async () => {
    const complex = await inspect(fixture('cases/08-complex64/rotary.safetensors'));
    assert.deepEqual(complex.uncounted, [{ name: 'freqs_cis', dtype: 'complex64', shape: [8, 4] }]);
  });

  it('27: counts numbers of 8 and 4 bits', async () => {
    const file = fixture('cases/27-new-dtypes/fp4.safetensors');
    const { fp8, fp4_values: values } = readJson('cases/27-new-dtypes/truth.json') as {
      fp8: object;
      fp4_values: number[];
    };
    const { layers, uncounted } = await inspect(file);
    assert.equal(uncounted, undefined);
    const { name: layer, kept, positive, negative } = layers[0]!;
    assert.deepEqual({ layer, kept, positive, negative }, fp8);
    await withCheckpoint(file, async (reader) => {
      const tensor = tensorOf(reader, 'fc2.weight')!;
      assert.deepEqual([...(await readValues(reader, tensor))], values);
      assert.deepEqual([...(await readValues(reader, tensor, { from: 3, to: 8 }))], values.slice(3, 8));
    });
  });

  it('38: gives strided, viewed and tied weights of PyTorch in row-major order', async () => {
    const { tensors } = readJson('cases/38-pth-strides/truth.json') as { tensors: Inspection['tensors'] };
    const found = await inspect(fixture('cases/38-pth-strides/plain.pt'));
    for (const { name, zeros, positives, negatives } of tensors) {
      const tensor = found.tensors.find((candidate) => candidate.name === name)!;
      assert.deepEqual([tensor.zeros, tensor.positives, tensor.negatives], [zeros, positives, negatives], name);
    }
  });
});

/** Formats a layer as text. The name has no `.weight`. Counts of signs are left out if the bug report does not have them. */
function seen({ layer, weight, name, count, kept, positive, negative }: TrueLayer & { name?: string }): string {
  const given = (layer ?? weight ?? name ?? '').replace(/\.weight$/, '').replace('(the module itself)', 'weight');
  return [given, count, kept, positive, negative].filter((part) => part !== undefined).join(' ');
}
