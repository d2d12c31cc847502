import assert from 'node:assert/strict';
import { shareOf, sparsityProblem } from '../../extension/sparsity';

describe('A target sparsity', () => {
  it('must be a percentage between 0 and 100 that a run can reach', () => {
    for (const text of ['90', ' 99.5 ', '0.001', '99.9999999'])
      assert.equal(sparsityProblem(text, 0.2), undefined, text);
    const wrong = ['100', '0', '-5', '', ' ', '120', '99,5', 'NaN', 'Infinity', '99.99999999999999999'];
    for (const text of wrong) assert.match(sparsityProblem(text, 0.2) ?? '', /above 0 and below 100/, text);
    assert.equal(
      sparsityProblem('99', 0.01),
      '99 % needs 459 rounds, but a run has at most 200. Enter a lower sparsity.',
    );
    assert.equal(sparsityProblem('99.9999999', undefined), undefined);
  });

  it('has no rounding errors as a fraction', () => {
    assert.deepEqual(['7', '57', '98.7'].map(shareOf), [0.07, 0.57, 0.987]);
  });
});
