import assert from 'node:assert/strict';
import { roundsFor, sparsityAfter } from '../../extension/sparsity';

describe('A target sparsity', () => {
  it('needs the fewest rounds that reach it', () => {
    for (const [sparsity, rounds] of [
      [0.2, 1],
      [0.21, 2],
      [0.36, 2],
      [0.5, 4],
      [0.9, 11],
      [0.98, 18],
    ] as const) {
      assert.equal(roundsFor(sparsity, 0.2), rounds);
      assert.ok(sparsityAfter(rounds, 0.2) >= sparsity - 1e-9);
      assert.ok(sparsityAfter(rounds - 1, 0.2) < sparsity);
    }
  });
});
