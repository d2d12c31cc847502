import assert from 'node:assert/strict';
import { pairedP } from '../../../engine/vocabulary/pairedTest';
import { fixture, readJson } from '../../fixtures';

/** Computed by scipy: test/fixtures/make/paired_t.py. */
interface Case {
  mean: number;
  deviation: number;
  n: number;
  p: number;
}

describe('pairedP', () => {
  for (const { p, ...differences } of readJson(fixture('pairedT.json')) as Case[])
    it(`of ${differences.n} pairs is the p value of scipy, ${p.toPrecision(3)}`, () => {
      const found = pairedP(differences)!;
      assert.ok(Math.abs(found - p) <= 1e-9 * p, `${found} is not ${p}`);
    });

  it('is 1 without a difference, and unknown without a spread', () => {
    assert.equal(pairedP({ mean: 0, deviation: 1, n: 5 }), 1);
    assert.equal(pairedP({ mean: 1, n: 1 }), undefined);
    assert.equal(pairedP({ mean: 1, deviation: 0, n: 3 }), undefined);
  });
});
