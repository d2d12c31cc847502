import assert from 'node:assert/strict';
import { findLayer, findLayers } from '../../../engine/checkpoints/layers';
import type { CheckpointReader, StoredTensor } from '../../../engine/checkpoints/reader';

/** Makes a checkpoint with these tensors. Only its header is used. */
function readerOf(shapes: Record<string, number[]>): CheckpointReader {
  const tensors = Object.entries(shapes).map(([name, shape]): StoredTensor => ({ name, shape, dtype: 'float32' }));
  const unread = () => Promise.reject(new Error('not to be read'));
  return { file: 'x', format: 'safetensors', metadata: {}, tensors, bytes: unread, read: unread, close: unread };
}

function summary(shapes: Record<string, number[]>): unknown[] {
  return findLayers(readerOf(shapes)).map(({ name, maskRule, weight, mask }) => [
    name,
    maskRule,
    weight.name,
    mask?.name,
  ]);
}

describe('findLayers', () => {
  it('knows the conventions for masks', () => {
    assert.deepEqual(summary({ 'a.weight': [2, 2], 'a.mask': [2, 2] }), [['a', 'mask', 'a.weight', 'a.mask']]);
    assert.deepEqual(summary({ 'a.weight': [2, 2], 'a.fixed_m': [2, 2] }), [['a', 'fixed_m', 'a.weight', 'a.fixed_m']]);
    assert.deepEqual(summary({ 'a.weight_mask': [2], 'a.weight_orig': [2] }), [
      ['a', 'weight_mask', 'a.weight_orig', 'a.weight_mask'],
    ]);
  });

  it('takes only masked layers where there are masks, in the order of their weights', () => {
    const shapes = { 'b.weight': [2, 2], 'a.weight': [2, 2], 'fc.weight': [2, 2], 'a.mask': [2, 2], 'b.mask': [2, 2] };
    assert.deepEqual(
      summary(shapes).map((layer) => (layer as string[])[0]),
      ['b', 'a'],
    );
  });

  it('takes every kernel and matrix, but no bias and no ψ, where there are none', () => {
    const shapes = {
      'c.weight': [2, 3, 1, 1],
      'c.bias': [2],
      'bn.weight': [2],
      'fc.weight': [2, 2],
      positions: [4, 4],
    };
    assert.deepEqual(summary(shapes), [
      ['c', 'zeros', 'c.weight', undefined],
      ['fc', 'zeros', 'fc.weight', undefined],
    ]);
  });

  it('lays a layer out as a picture: a row for each output', () => {
    const shapes = { 'conv.weight': [64, 32, 3, 3], 'linear.weight': [10, 64], 'token.weight': [8, 4, 1] };
    const layers = findLayers(readerOf(shapes)).map(({ rows, columns, axes, count }) => [rows, columns, axes, count]);
    assert.deepEqual(layers, [
      [64, 288, 'out 64 × in 32·3·3', 18432],
      [10, 64, 'out 10 × in 64', 640],
      [8, 4, 'out 8 × in 4·1', 32],
    ]);
  });

  it('refuses two masks of one layer, and a layer that is not there', () => {
    const twice = readerOf({ 'a.weight': [2, 2], 'a.mask': [2, 2], 'a.fixed_m': [2, 2] });
    assert.throws(() => findLayers(twice), { name: 'UserError', message: /x: layer "a" has two masks/ });
    assert.throws(() => findLayer(readerOf({}), 'a'), { name: 'UserError', message: 'x has no prunable layer "a".' });
  });
});
