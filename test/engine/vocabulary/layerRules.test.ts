import assert from 'node:assert/strict';
import { leftOutTexts } from '../../../engine/vocabulary/layerRules';

describe('The reasons why layers are left out', () => {
  const leftOut = (names: string[], reason: string) =>
    names.map((name) => ({ name, shape: [4, 4], count: 16, reason }));

  it('are in the plural for several layers', () => {
    const [one, several] = leftOutTexts([
      ...leftOut(['fc'], 'it has no mask and no zeros'),
      ...leftOut(['emb', 'half', 'empty'], 'it has no mask'),
    ]);
    assert.deepEqual([one, several], ['fc (it has no mask and no zeros)', 'emb, half, empty (they have no mask)']);
    assert.deepEqual(leftOutTexts(leftOut(['a', 'b'], 'its name does not match')), ['a, b (their names do not match)']);
    assert.deepEqual(leftOutTexts(leftOut(['a', 'b'], 'a vector')), ['a, b (vectors)']);
  });
});
