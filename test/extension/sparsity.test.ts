import assert from 'node:assert/strict';
import { roundsFor, sparsityAfter, sparsityProblem } from '../../extension/sparsity';

describe('A target sparsity', () => {
  it('is converted to the smallest number of rounds that reaches it', () => {
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

  it('must be a percentage between 0 and 100 that a run can reach', () => {
    const run = { fraction: 0.2, maximumRounds: 200 };
    for (const text of ['90', ' 99.5 ', '0.001', '99.9999999'])
      assert.equal(sparsityProblem(text, run), undefined, text);
    const wrong = ['100', '0', '-5', '', ' ', '120', '99,5', 'NaN', 'Infinity', '99.99999999999999999'];
    for (const text of wrong) assert.match(sparsityProblem(text, run) ?? '', /above 0 and below 100/, text);
    assert.equal(
      sparsityProblem('99', { fraction: 0.2, maximumRounds: 20 }),
      '99 % needs 21 rounds, but a run has at most 20. Enter a lower sparsity.',
    );
  });
});
