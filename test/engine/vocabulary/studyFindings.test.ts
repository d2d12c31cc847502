import assert from 'node:assert/strict';
import type { StudyTableJson } from '../../../engine/vocabulary/study';
import { findingsOf } from '../../../engine/vocabulary/studyFindings';

const dense = { node: 'dense', cell: { mean: 85.3, deviation: 0.4, n: 2 } };

describe('findingsOf', () => {
  it('states the numbers of the sparsest round of each method, with the paired test', () => {
    const cell = (mean: number, difference: number) => ({
      ...{ mean, deviation: 0.14, n: 2, difference: { mean: difference, deviation: 0.78, n: 2 } },
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
    // t = 0.7 / (0.78 / √2) and −0.25 / (0.78 / √2); with one degree of freedom, p = 1 − (2 / π) · atan |t|
    assert.deepEqual(findingsOf(table), [
      'At 6.40 % kept, lrr: retrained 86.00 ± 0.14 % (n = 2), 0.70 points above dense. Not different at this scale (paired t test, p = 0.42).',
      'At 6.40 % kept, aws: retrained diverged (2 runs); signed mask 85.05 ± 0.14 % (n = 2), 0.25 points below dense. Not different at this scale (paired t test, p = 0.73).',
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

  it('says once per sentence which differences the test calls different', () => {
    const cell = (difference: number, deviation: number) => ({
      ...{ mean: 80, deviation: 1, n: 2, difference: { mean: difference, deviation, n: 2 } },
    });
    const tableOf = (...cells: ReturnType<typeof cell>[]): StudyTableJson => ({
      ...{ name: 'accuracy', measure: 'accuracy', columns: ['retrain', 'mask-only'], baseline: dense },
      rows: [{ axes: { method: 'aws' }, label: 'aws', cells }],
    });
    const saidOf = (...cells: ReturnType<typeof cell>[]) => findingsOf(tableOf(...cells))[0]!.split(' dense. ')[1];
    // p = 1 − (2 / π) · atan |t| with t = mean / (deviation / √2), as above
    assert.equal(saidOf(cell(1, 1), cell(-1, 2)), 'Not different at this scale (paired t test, p = 0.39, p = 0.61).');
    assert.equal(saidOf(cell(5, 0.1), cell(-5, 0.2)), 'Different (paired t test, p = 0.0090, p = 0.018).');
    assert.equal(
      saidOf(cell(1, 1), cell(-5, 0.1)),
      'Different by a paired t test: mask only (p = 0.0090). Not different at this scale: retrained (p = 0.39).',
    );
  });

  it('says how many runs have no barrier between the ends', () => {
    const table: StudyTableJson = {
      ...{ name: 'barrier', measure: 'barrier', columns: ['basin'] },
      rows: [{ axes: { alpha: '0.5' }, label: '0.5', cells: [{ mean: 0.51, n: 1, withoutBarrier: 1 }] }],
    };
    assert.deepEqual(findingsOf(table), ['0.5: 0.51 points (n = 1, 1 without a barrier between the ends).']);
  });

  it('is empty for what the options decide', () => {
    assert.deepEqual(findingsOf({ name: 'kept', measure: 'kept', columns: [], rows: [] }), []);
  });
});
