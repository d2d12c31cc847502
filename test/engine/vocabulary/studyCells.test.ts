import assert from 'node:assert/strict';
import { formatTable } from '../../../engine/studies/formats';
import type { MeanOf } from '../../../engine/vocabulary/statistics';
import {
  caption,
  cellParts,
  cellText,
  commonCount,
  hasDeviations,
  sharedAxes,
} from '../../../engine/vocabulary/studyCells';

describe('caption', () => {
  const given = (title: string, deviation?: number) =>
    caption({
      ...{
        name: 'a',
        title,
        measure: 'accuracy',
        columns: ['x'],
        baseline: { node: 'dense', cell: { mean: 1, n: 1 } },
      },
      rows: [{ axes: {}, label: '', cells: [{ mean: 1, n: 2, deviation }] }],
    });
  const spread = 'mean ± sample standard deviation over n = 2 runs';

  it('does not repeat the title', () => {
    assert.equal(
      given('Test accuracy, and its difference from dense', 1),
      `Test accuracy, and its difference from dense: in percent, ${spread}; in parentheses the difference, over runs with equal seeds`,
    );
    assert.match(given('Tickets', 1), /^Tickets: test accuracy in percent, mean ± .* the difference from dense, /);
    assert.match(given('Test accuracy in percent', 1), /^Test accuracy in percent: mean ± /);
    const kept = { name: 'kept', title: 'Kept weights in percent', measure: 'kept', columns: [], rows: [] } as const;
    assert.equal(caption({ ...kept, columns: [], rows: [] }), 'Kept weights in percent: one run each');
  });

  it('says the number of runs once if all cells have the same', () => {
    const cell = (n: number) => ({ mean: 1, deviation: 0.1, n, difference: { mean: 0, deviation: 0.1, n } });
    const table = (...counts: number[]) => {
      const row = { axes: {}, label: '', cells: counts.map(cell) };
      return { name: 'a', measure: 'loss', columns: counts.map(String), rows: [row] } as const;
    };
    const whole = (...counts: number[]) => ({
      ...table(...counts),
      columns: counts.map(String),
      rows: [...table(...counts).rows],
    });
    assert.match(caption(whole(3, 3)), /over n = 3 runs$/);
    assert.equal(commonCount(whole(3, 2)), undefined);
    assert.match(caption(whole(3, 2)), /over n runs$/);
    const shown = { ...whole(3, 3), count: 3 };
    assert.equal(cellText(shown.rows[0]!.cells[0]!, shown), '1.0000 ± 0.1000 (+0.0000 ± 0.1000)');
    assert.match(formatTable(whole(3, 3), 'markdown'), /\| {2}\| 1\.0000 ± 0\.1000 \(\+0\.0000 ± 0\.1000\) \|/);
  });

  it('names the deviations that cells show, not that of barriers and half-differences together', () => {
    const rows = (withBarrier: MeanOf) => [
      {
        ...{ axes: {}, label: '' },
        cells: [{ mean: 3, deviation: 1, n: 3, withBarrier, halfDifference: { mean: 2, n: 1 } }],
      },
    ];
    assert.equal(hasDeviations({ rows: rows({ mean: 4, n: 1 }) }), false);
    assert.equal(hasDeviations({ rows: rows({ mean: 4, deviation: 1, n: 2 }) }), true);
    const half = { mean: 2, deviation: 1, n: 2 };
    assert.equal(
      hasDeviations({ rows: [], baseline: { node: 'a', cell: { mean: 3, n: 3, halfDifference: half } } }),
      true,
    );
  });

  it('names no deviation if none is shown', () => {
    assert.match(given('Test accuracy'), /^Test accuracy: in percent, one run each; /);
  });
});

describe('a table in a narrow view', () => {
  it('breaks cells before a difference and after a comma, never within a number', () => {
    assert.deepEqual(cellParts('85.05 ± 0.14 (−0.25 ± 0.78 n=2) n=3'), ['85.05 ± 0.14', '(−0.25 ± 0.78 n=2) n=3']);
    assert.deepEqual(cellParts('0.48 n=1, no barrier (½Δ 0.55) n=1'), ['0.48 n=1,', 'no barrier', '(½Δ 0.55) n=1']);
  });

  it('leaves out what all rows share', () => {
    const rows = [1, 2].map((round) => ({ axes: { method: 'aws', round } }));
    assert.deepEqual(sharedAxes(rows), { method: 'aws' });
    assert.deepEqual(sharedAxes(rows.slice(1)), {});
  });
});
