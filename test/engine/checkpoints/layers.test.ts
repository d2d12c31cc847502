import assert from 'node:assert/strict';
import { findLayer, findLayers } from '../../../engine/checkpoints/layers';
import { readerOf, type CheckpointReader } from '../../../engine/checkpoints/reader';

/** Makes a checkpoint with these tensors. All values are 0 in the tensors named in `pruned`, and 1 in all others. */
function checkpointOf(shapes: Record<string, number[]>, pruned: string[] = [], metadata = {}): CheckpointReader {
  const tensors = Object.entries(shapes).map(([name, shape]) => ({
    ...{ name, shape, dtype: 'float32' as const },
    fill: (into: Uint8Array) => {
      new Float32Array(into.buffer, into.byteOffset, into.byteLength / 4).fill(pruned.includes(name) ? 0 : 1);
      return Promise.resolve();
    },
  }));
  return readerOf(tensors, { file: 'x', format: 'safetensors', metadata, close: () => Promise.resolve() });
}

async function layersOf(shapes: Record<string, number[]>, pruned?: string[], metadata?: object): Promise<unknown[]> {
  const layers = await findLayers(checkpointOf(shapes, pruned, metadata));
  return layers.map(({ name, maskRule, weight, mask }) => [name, maskRule, weight.name, mask?.name]);
}

describe('findLayers', () => {
  const NAMES: [string, string, string, string][] = [
    ['a', 'mask', 'a.weight', 'a.mask'],
    ['a', 'fixed_m', 'a.weight', 'a.fixed_m'],
    ['a', 'weight_mask', 'a.weight_orig', 'a.weight_mask'],
    ['a', 'weight_mask', 'a.weight', 'a.weight_mask'],
    ['a', 'weight_mask', 'a.module.weight', 'a.weight_mask'],
    ['weight', 'weight_mask', 'weight_orig', 'weight_mask'],
    ['a.weight_ih_l0', 'weight_mask', 'a.weight_ih_l0_orig', 'a.weight_ih_l0_mask'],
    ['a.in_proj_weight', 'weight_mask', 'a.in_proj_weight_orig', 'a.in_proj_weight_mask'],
    ['a.0', 'open_lth', 'model.a.0.weight', 'mask_a___0___weight'],
    ['a', 'tfmot', 'a/kernel:0', 'a/mask:0'],
  ];
  for (const [name, maskRule, weight, mask] of NAMES)
    it(`recognizes ${mask} as the mask of ${weight}`, async () => {
      assert.deepEqual(await layersOf({ [weight]: [2, 2], [mask]: [2, 2] }), [[name, maskRule, weight, mask]]);
    });

  it('treats a mask without a weight as an ordinary tensor', async () => {
    const shapes = { 'attn.c.weight': [2, 2], 'attn.mask': [1, 1, 8, 8] };
    assert.deepEqual(await layersOf(shapes), [['attn.c', 'zeros', 'attn.c.weight', undefined]]);
  });

  it('never returns the state of an optimizer', async () => {
    const names = ['optimizer/momentum/a.weight', 'optimizer.state.b.weight', 'optimizer_weights/c/kernel', 'a.weight'];
    const shapes = Object.fromEntries(names.map((name) => [name, [2, 2]]));
    assert.deepEqual(
      await layersOf({ ...shapes, 'optimizers.fc.weight': [2, 2] }, [...names, 'optimizers.fc.weight']),
      [
        ['a', 'zeros', 'a.weight', undefined],
        ['optimizers.fc', 'zeros', 'optimizers.fc.weight', undefined],
      ],
    );
  });

  it('returns a masked vector only if its mask prunes something', async () => {
    const shapes = { 'a.bias_orig': [2], 'a.bias_mask': [2], 'b.bias_orig': [2], 'b.bias_mask': [2] };
    assert.deepEqual(await layersOf(shapes, ['b.bias_mask']), [
      ['b.bias', 'weight_mask', 'b.bias_orig', 'b.bias_mask'],
    ]);
  });

  it('returns masked layers in the order of their weights, and unmasked layers only if they have zeros', async () => {
    const shapes = {
      ...{ 'b.weight': [2, 2], 'a.weight': [2, 2], 'c.weight': [2, 2], 'fc.weight': [2, 2] },
      ...{ 'a.mask': [2, 2], 'b.mask': [2, 2] },
    };
    const names = async (metadata?: object) =>
      (await layersOf(shapes, ['c.weight'], metadata)).map((layer) => (layer as string[])[0]);
    assert.deepEqual(await names(), ['b', 'a', 'c']);
    assert.deepEqual(await names({ format: 'winning-sign-2' }), ['b', 'a']);
  });

  it('finds pruned weights anywhere in a large matrix', async () => {
    const [name, shape] = ['fc.weight', [2048, 4096]];
    const dtype = 'float32' as const;
    const fill = (into: Uint8Array, from: number) => {
      const values = new Float32Array(into.buffer, into.byteOffset, into.length / 4).fill(1);
      if (from + into.length === 4 * 2048 * 4096) values[values.length - 1] = 0;
      return Promise.resolve();
    };
    const rest = { file: 'x', format: 'safetensors', metadata: {}, close: () => Promise.resolve() };
    const conv = { name: 'c.weight', shape: [1, 1], dtype, fill };
    const layers = await findLayers(readerOf([conv, { name, shape, dtype, fill }], rest));
    assert.deepEqual(
      layers.map((layer) => layer.name),
      ['c', 'fc'],
    );
  });

  it('returns every kernel and matrix of a file without masks, but no bias and no ψ', async () => {
    const shapes = {
      'c.weight': [2, 3, 1, 1],
      'c.bias': [2],
      'bn.weight': [2],
      'fc.weight': [2, 2],
      positions: [4, 4],
    };
    const conv = ['c', 'zeros', 'c.weight', undefined];
    assert.deepEqual(await layersOf(shapes, ['fc.weight']), [conv, ['fc', 'zeros', 'fc.weight', undefined]]);
    assert.deepEqual(await layersOf(shapes), [conv], 'the classifier has no zeros');
  });

  it('gives each output a row of the picture, or a column for Keras and Flax', async () => {
    const shapes = {
      ...{ 'conv.weight': [64, 32, 3, 3], 'hidden.weight': [10, 64], 'token.weight': [8, 4, 1] },
      'params/Conv_0/kernel': [3, 3, 16, 8],
      'last.weight': [1, 1],
    };
    const layers = await findLayers(checkpointOf(shapes));
    assert.deepEqual(
      layers.map(({ rows, columns, axes, count }) => [rows, columns, axes, count]),
      [
        [64, 288, 'out 64 × in 32·3·3', 18432],
        [10, 64, 'out 10 × in 64', 640],
        [8, 4, 'out 8 × in 4·1', 32],
        [144, 8, 'in 3·3·16 × out 8', 1152],
      ],
    );
  });

  it('refuses a layer with two masks, and a missing layer', async () => {
    const twice = checkpointOf({ 'a.weight': [2, 2], 'a.mask': [2, 2], 'a.fixed_m': [2, 2] });
    await assert.rejects(findLayers(twice), { name: 'UserError', message: /x: layer "a" has two masks/ });
    const none = { name: 'UserError', message: 'x has no prunable layer "a". Inspect the file to see its layers.' };
    await assert.rejects(findLayer(checkpointOf({}), 'a'), none);
  });
});
