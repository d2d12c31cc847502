import assert from 'node:assert/strict';
import { roundsFor, roundsOf } from '../../../engine/vocabulary/rounds';

describe('The number of rounds', () => {
  it('is the smallest that reaches a sparsity', () => {
    for (const [sparsity, rounds] of [
      [0.2, 1],
      [0.21, 2],
      [0.36, 2],
      [0.5, 4],
      [0.9, 11],
      [0.98, 18],
    ] as const) {
      assert.equal(roundsFor(sparsity, 0.2), rounds);
      assert.ok(1 - 0.8 ** rounds >= sparsity - 1e-9);
      assert.ok(1 - 0.8 ** (rounds - 1) < sparsity);
    }
  });

  it('is given, follows from the target, or is 1', () => {
    const search = { method: 'lrr', pruningFraction: 0.5 } as const;
    assert.equal(roundsOf({ ...search, rounds: 7 }), 7);
    assert.equal(roundsOf({ ...search, targetSparsity: 0.9 }), 4);
    assert.equal(roundsOf({ ...search, method: 'one-shot', targetSparsity: 0.9 }), 1);
  });

  it('is a usable number even for records with wrong options', () => {
    for (const targetSparsity of [-1, 0, 1, 2, NaN, 1 - 1e-15]) {
      const rounds = roundsOf({ method: 'lrr', pruningFraction: 1e-9, targetSparsity });
      assert.ok(rounds >= 1 && rounds <= 200, `${targetSparsity}: ${rounds}`);
    }
    assert.equal(roundsOf({ method: 'lrr' }), 15);
  });
});
