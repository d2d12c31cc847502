import assert from 'node:assert/strict';
import { meanOf } from '../../../engine/vocabulary/statistics';
import type { StudyTableJson, TableCellJson } from '../../../engine/vocabulary/study';
import { findingsOf } from '../../../engine/vocabulary/studyFindings';

const dense = { node: 'dense', cell: { mean: 85.3, deviation: 0.4, n: 2 } };

describe('findingsOf', () => {
  it('states the numbers of the sparsest round of each method, with the paired test', () => {
    const cell = (mean: number, difference: number) => ({
      ...{ mean, deviation: 0.14, n: 3, difference: { mean: difference, deviation: 0.78, n: 3 } },
    });
    const row = (method: string, round: number, kept: number, cells: StudyTableJson['rows'][number]['cells']) => ({
      ...{ axes: { method, round }, label: `${method} · round ${round}`, kept, cells },
    });
    const table: StudyTableJson = {
      ...{ name: 'accuracy', measure: 'accuracy', columns: ['retrain', 'signed-mask'], baseline: dense },
      rows: [
        row('lrr', 1, 40, [cell(87, 1.5), cell(86, 0.5)]),
        row('lrr', 3, 6.4, [cell(86, 0.7), null]),
        row('aws', 3, 6.4, [{ mean: null, n: 0, diverged: 2 }, cell(85.05, -0.25)]),
      ],
    };
    // t = 0.7 / (0.78 / √3) and −0.25 / (0.78 / √3); with two degrees of freedom, p = 1 − |t| / √(t² + 2)
    assert.deepEqual(findingsOf(table), [
      'At 6.40 % kept, lrr: retrained 86.00 ± 0.14 % (n = 3), 0.70 points above dense. Not different at this scale (paired t test, p = 0.26).',
      'At 6.40 % kept, aws: retrained diverged (2 runs); signed mask 85.05 ± 0.14 % (n = 3), 0.25 points below dense. Not different at this scale (paired t test, p = 0.63).',
    ]);
  });

  it('finds the last rounds of thousands of rows in a moment', () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({
      ...{ axes: { task: `task ${i % 5_000}`, round: Math.floor(i / 5_000) }, label: '', kept: 10 },
      cells: [{ mean: 90, n: 1 }],
    }));
    const began = performance.now();
    const found = findingsOf({ name: 'many', measure: 'accuracy', columns: ['ticket'], rows });
    assert.ok(found.length === 5_000 && performance.now() - began < 5_000);
  });

  const cell = (difference: number, deviation: number, n = 3) => ({
    ...{ mean: 80, deviation: 1, n, difference: { mean: difference, deviation, n } },
  });
  const saidOf = (...cells: TableCellJson[]) =>
    findingsOf({
      ...{ name: 'accuracy', measure: 'accuracy', columns: ['retrain', 'mask-only'], baseline: dense },
      rows: [{ axes: { method: 'aws' }, label: 'aws', cells }],
    })[0]!
      .split(' dense. ')
      .at(-1);

  it('says once per sentence which differences the test calls different', () => {
    // t = mean / (deviation / √3); p as above
    assert.equal(saidOf(cell(1, 1), cell(-1, 2)), 'Not different at this scale (paired t test, p = 0.23, p = 0.48).');
    assert.equal(saidOf(cell(5, 0.1), cell(-5, 0.7)), 'Different (paired t test, p < 0.001, p = 0.0065).');
    assert.equal(
      saidOf(cell(1, 1), cell(-5, 0.7)),
      'Different by a paired t test: mask only (p = 0.0065). Not different at this scale: retrained (p = 0.23).',
    );
  });

  it('never calls two pairs different or not, and says how many a test needs', () => {
    const few = 'Too few seeds to say whether anything differs: 2 pairs, and a test needs 3.';
    assert.equal(saidOf(cell(5, 0.01, 2)), few);
    assert.equal(saidOf(cell(5, 0.01, 2), cell(0.1, 5, 2)), few);
    assert.equal(saidOf(cell(5, 0, 2)), few);
    const one = { mean: 80, n: 1, difference: { mean: 1, n: 1 } };
    assert.equal(saidOf(one), 'Too few seeds to say whether anything differs: 1 pair, and a test needs 3.');
    assert.equal(
      saidOf(cell(1, 1), cell(5, 0.1, 2)),
      'Not different at this scale by a paired t test: retrained (p = 0.23). Too few seeds to say (a test needs 3 pairs): mask only (2 pairs).',
    );
  });

  it('says that there is no test if all paired differences are equal, also but for rounding', () => {
    const { mean, deviation } = meanOf([85.1 - 84.9, 80.3 - 80.1, 70.4 - 70.2]);
    assert.ok(deviation! > 0);
    for (const spread of [0, deviation!])
      assert.equal(saidOf(cell(mean, spread)), 'There is no test, because all paired differences are equal (3 pairs).');
    assert.equal(
      saidOf(cell(1, 1), cell(-1, 0)),
      'Not different at this scale by a paired t test: retrained (p = 0.23). No test for mask only (3 pairs): all its paired differences are equal.',
    );
    assert.equal(
      saidOf(cell(5, 0.1), cell(-1, 0)),
      'Different by a paired t test: retrained (p < 0.001). No test for mask only (3 pairs): all its paired differences are equal.',
    );
    assert.equal(
      saidOf(cell(1, 0), cell(-1, 0, 4)),
      'No test for retrained (3 pairs), mask only (4 pairs): all paired differences of each are equal.',
    );
  });

  it('says how many runs have no barrier between the ends', () => {
    const table: StudyTableJson = {
      ...{ name: 'barrier', measure: 'barrier', columns: ['basin'] },
      rows: [
        {
          ...{ axes: { alpha: '0.5' }, label: '0.5' },
          cells: [{ mean: 0.51, n: 1, withoutBarrier: 1, halfDifference: { mean: 0.51, n: 1 } }],
        },
        {
          ...{ axes: { alpha: '1' }, label: '1' },
          cells: [
            {
              ...{ mean: 1.4, deviation: 1, n: 3, withoutBarrier: 1 },
              ...{ withBarrier: { mean: 2, deviation: 0.1, n: 2 }, halfDifference: { mean: 0.2, n: 1 } },
            },
          ],
        },
      ],
    };
    assert.deepEqual(findingsOf(table), [
      '0.5: no barrier between the ends (n = 1), half of whose difference is 0.51 points.',
      '1: 2.00 ± 0.10 points (n = 2), and no barrier between the ends (n = 1), half of whose difference is 0.20 points.',
    ]);
  });

  it('is empty for what the options decide', () => {
    assert.deepEqual(findingsOf({ name: 'kept', measure: 'kept', columns: [], rows: [] }), []);
  });
});
