/** Compares files that other tools wrote with the contents that these tools report. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openCheckpoint } from '../../../engine/checkpoints/open';
import type { CheckpointReader, StoredTensor } from '../../../engine/checkpoints/reader';
import { UserError } from '../../../engine/errors';
import { inspect } from '../../../engine/inspection/inspect';
import { fixture, readJson, temporaryFolder } from '../../fixtures';

interface Truth {
  tensors: Record<string, { dtype: string; shape: number[]; sha256: string }>;
  masks?: { convention: string; layers: { layer: string; kept: number; s_positive: number; s_negative: number }[] };
  layers?: { layer: string; count: number; kept: number; positive: number; negative: number }[];
  uncounted?: Record<string, string>;
}

const FILES = ['pytorch', 'numpy', 'onnx', 'gguf', 'flax'].flatMap((folder) =>
  readdirSync(fixture(folder)).flatMap((name) =>
    name.endsWith('.truth.json') ? [`${folder}/${name.slice(0, -'.truth.json'.length)}`] : [],
  ),
);

describe('a checkpoint of another tool', () => {
  const temporary = temporaryFolder();

  for (const name of FILES)
    it(`${name} has the right bytes in every tensor`, async () => {
      const { tensors } = readJson(`${name}.truth.json`) as Truth;
      const reader = await openCheckpoint(fixture(name));
      const listed = new Set(reader.uncounted?.map((tensor) => tensor.name));
      for (const [full, truth] of Object.entries(tensors)) {
        const tensor = find(reader, full);
        if (!tensor && listed.has(full)) continue;
        assert.deepEqual([tensor?.dtype, tensor?.shape], [truth.dtype, truth.shape], full);
        const bytes = await reader.bytes(tensor!.name);
        assert.equal(createHash('sha256').update(bytes).digest('hex'), truth.sha256, full);
      }
      assert.equal(reader.tensors.length + listed.size >= Object.keys(tensors).length, true);
      await reader.close();
    });

  for (const name of FILES) {
    const { layers, uncounted } = readJson(`${name}.truth.json`) as Truth;
    if (!layers && !uncounted) continue;
    it(`${name} has the layers that were saved, and lists the rest`, async () => {
      const found = await inspect(fixture(name));
      const counts = found.layers.map(({ name: layer, count, kept, positive, negative }) => ({
        ...{ layer, count, kept, positive, negative },
      }));
      if (layers) assert.deepEqual(counts.sort(byLayer), [...layers].sort(byLayer));
      const listed = found.uncounted?.map(({ name: tensor, dtype }) => [tensor, dtype] as const);
      if (uncounted) assert.deepEqual(Object.fromEntries(listed ?? []), uncounted);
    });
  }

  for (const name of ['official_aws.pth.tar', 'turboprune.pt', 'torch_prune_style.pt'])
    it(`${name} has the masks and signs that its tool wrote`, async () => {
      const { masks } = readJson(`pytorch/${name}.truth.json`) as Truth;
      const { layers } = await inspect(fixture(`pytorch/${name}`));
      assert.deepEqual(
        layers.map(({ name: layer, kept, positive, negative }) => [layer, kept, positive, negative]),
        masks!.layers.map(({ layer, kept, s_positive, s_negative }) => [layer, kept, s_positive, s_negative]),
      );
    });

  it('has a sparsity that counts the parameters of the model, not those of the optimizer', async () => {
    const { tensors, sparsity } = await inspect(fixture('pytorch/official_aws.pth.tar'));
    const reader = await openCheckpoint(fixture('pytorch/official_aws.pth.tar'));
    assert.ok(reader.tensors.some(({ collection }) => collection === 'optimizer'));
    await reader.close();
    const isParameter = ({ name }: { name: string }) =>
      !/^optimizer|\.fixed_m$|running_|num_batches|^mask|^init/.test(name);
    const parameters = tensors.filter(isParameter).reduce((sum, { count }) => sum + count, 0);
    const pruned = 4876 - 2496; // of the nine masks
    assert.equal(sparsity.all, pruned / parameters);
  });

  it('lists an array of objects as not counted', async () => {
    const { uncounted } = await inspect(fixture('numpy/object_array.npz'));
    assert.deepEqual(uncounted, [{ name: 'bad', dtype: "'|O'", shape: [] }]);
  });

  it('is refused if it would run code, with the name of the called function', async () => {
    const sentence =
      /os_system\.pt is not a valid PyTorch checkpoint: the pickle calls os\.system, which can run any code/;
    await assert.rejects(openCheckpoint(fixture('hostile/pickle/os_system.pt')), {
      name: 'UserError',
      message: sentence,
    });
    assert.ok(!existsSync('/tmp/AWS_ORACLE_PWNED'));
  });

  it('gives a readable error if it is truncated or changed at any place', async () => {
    for (const name of [
      'plain_state_dict.pt',
      'legacy_state_dict.pth',
      'numpy_dict_proto4.pkl',
      'state_compressed.npz',
    ]) {
      const whole = readFileSync(fixture(`${name.endsWith('.npz') ? 'numpy' : 'pytorch'}/${name}`));
      for (let step = 1; step < 40; step++) {
        const length = Math.floor((whole.length * step) / 40);
        const changed = Buffer.from(whole);
        changed[length] = changed[length]! ^ 0xff;
        for (const bytes of [whole.subarray(0, length), changed]) await openOrRefuse(temporary(name), bytes);
      }
    }
  });

  async function openOrRefuse(file: string, bytes: Uint8Array): Promise<void> {
    writeFileSync(file, bytes);
    try {
      await inspect(file);
    } catch (error) {
      assert.ok(error instanceof UserError && error.message.includes(path.basename(file)), String(error));
    }
  }
});

function byLayer(a: { layer: string }, b: { layer: string }): number {
  return a.layer < b.layer ? -1 : 1;
}

/** Finds a tensor by its full path in the truth file. The reader leaves out the top-level key of the model. */
function find(reader: CheckpointReader, full: string): StoredTensor | undefined {
  const named = reader.tensors.filter(({ name }) => full === name || full.endsWith(`.${name}`));
  return named.sort((a, b) => b.name.length - a.name.length)[0];
}
