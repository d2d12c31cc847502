import assert from 'node:assert/strict';
import { meanOf } from '../../../engine/vocabulary/statistics';
import { linesOf } from '../../../engine/vocabulary/studyLines';
import { drawFigure } from '../../../engine/studies/figure';
import { formatTable } from '../../../engine/studies/formats';
import type { Barrier, RunResult } from '../../../engine/vocabulary/runEvents';
import { findingsOf } from '../../../engine/vocabulary/studyFindings';
import { baselineText, caption, cellText, lineOfBaseline } from '../../../engine/vocabulary/studyCells';
import { tablesOf, type MeasuredRun, type TabledStudy } from '../../../engine/studies/table';
import type { ResultSpec } from '../../../engine/vocabulary/study';

/** Returns a full training with this accuracy; NaN if it diverged. */
function trained(node: string, axes: Record<string, string | number>, accuracy: number): MeasuredRun {
  const measured = { accuracy, loss: 1 };
  const sparsity = { prunable: 0.75, all: 0.5 };
  return {
    run: { node, kind: 'training', axes },
    status: Number.isNaN(accuracy) ? 'diverged' : 'done',
    overview: { result: { kind: 'train', sparsity, test: measured, train: measured, checkpoint: 'final' }, rounds: [] },
  };
}

describe('tablesOf', () => {
  const spec: ResultSpec = {
    of: 'ticket',
    measure: 'accuracy',
    rows: ['method'],
    columns: 'variant',
    baseline: 'dense',
  };
  const study = (result: ResultSpec): TabledStudy => ({
    file: 'a.study.json',
    study: { axes: { method: [], variant: [], seed: [] }, results: { table: result } },
  });
  const states = [
    trained('dense', { seed: 1 }, 90),
    trained('dense', { seed: 2 }, 94),
    trained('ticket', { method: 'aws', variant: 'signed', seed: 1 }, 89),
    trained('ticket', { method: 'aws', variant: 'signed', seed: 2 }, 91),
    trained('ticket', { method: 'lrr', variant: 'signed', seed: 1 }, 80),
    trained('ticket', { method: 'lrr', variant: 'signed', seed: 2 }, NaN),
    trained('ticket', { method: 'lrr', variant: 'mask', seed: 1 }, NaN),
  ];

  it('gives mean, sample deviation and n, and differences from the baseline over the same seeds', () => {
    const [table] = tablesOf(study(spec), states);
    assert.deepEqual(table!.columns, ['signed', 'mask']);
    const [aws, lrr] = table!.rows;
    assert.deepEqual(aws!.cells, [
      // 89 − 90 = −1 and 91 − 94 = −3: mean −2, sample deviation √2
      { mean: 90, deviation: Math.SQRT2, n: 2, difference: { mean: -2, deviation: Math.SQRT2, n: 2 } },
      null,
    ]);
    assert.deepEqual(lrr!.cells, [
      { mean: 80, n: 1, diverged: 1, difference: { mean: -10, n: 1 } },
      { mean: NaN, n: 0, diverged: 1 },
    ]);
  });

  it('averages values that share a run of the baseline, so that the paired test counts each pair once', () => {
    const dense = [90, 91, 92].map((accuracy, i) => trained('dense', { seed: i + 1 }, accuracy));
    // differences by seed: −1 ± 0.5, −2 ± 0.5 and −3 ± 0.5, with means −1, −2 and −3
    const tickets = ['lrr', 'aws'].flatMap((method, m) =>
      [89, 89, 89].map((accuracy, i) => trained('ticket', { method, seed: i + 1 }, accuracy + (m === 0 ? -0.5 : 0.5))),
    );
    const [table] = tablesOf(study({ ...spec, rows: [], columns: 'variant' }), [...dense, ...tickets]);
    const cell = table!.rows[0]!.cells[0]!;
    assert.deepEqual([cell.n, cell.difference], [6, { mean: -2, deviation: 1, n: 3 }]);
    // t = −2 √3; with two degrees of freedom, p = 1 − |t| / √(t² + 2) = 1 − √(12 / 14) = 0.074
    assert.match(
      findingsOf(table!).join(),
      /2\.00 points below dense\. Not different at this scale \(paired t test, 3 pairs, p = 0\.074\)/,
    );
    assert.match(caption(table!), /over runs with equal seeds$/);
    assert.equal(cellText(cell, table!), '89.00 ± 0.55 (−2.00 ± 1.00 n=3) n=6');
  });

  it('gives the difference without a test if no seed is shared', () => {
    const single = trained('dense', { method: 'lrr' }, 92);
    const other = trained('dense', { method: 'aws' }, 94);
    const tickets = [1, 2].flatMap((seed) =>
      ['lrr', 'aws'].map((method) => trained('ticket', { method, seed }, 89 + seed)),
    );
    const tableFor = (...dense: MeasuredRun[]) =>
      tablesOf(study({ ...spec, rows: [], columns: 'variant' }), [...dense, ...tickets])[0]!;
    const shared = tableFor(single, other);
    assert.deepEqual(shared.rows[0]!.cells[0]!.difference, { mean: -2.5, n: 2 });
    assert.equal(shared.baseline?.unpaired, true);
    assert.match(caption(shared), /the difference from dense, of the means$/);
    assert.match(findingsOf(shared).join(), /2\.50 points below dense\.$/);
    const alone = tableFor(trained('dense', {}, 92));
    assert.deepEqual(alone.rows[0]!.cells[0]!.difference, { mean: -1.5, n: 1 });
    assert.match(findingsOf(alone).join(), /1\.50 points below dense\.$/);
  });

  it('never averages a baseline over more than seeds', () => {
    const networks = ['mlp', 'vit'];
    const [table] = tablesOf(
      {
        file: 'a',
        study: { axes: { network: [], seed: [] }, results: { t: { ...spec, rows: ['network'] } } },
      },
      networks.flatMap((network, i) => [
        ...[1, 2].map((seed) => trained('dense', { network, seed }, 90 - 10 * i + seed)),
        ...[1, 2].map((seed) => trained('ticket', { network, seed }, 85 - 10 * i + seed)),
      ]),
    );
    const spread = { deviation: Math.SQRT1_2, n: 2 };
    assert.deepEqual(table!.baseline!.groups, [
      { axes: { network: 'mlp' }, label: 'mlp', cell: { mean: 91.5, ...spread } },
      { axes: { network: 'vit' }, label: 'vit', cell: { mean: 81.5, ...spread } },
    ]);
    assert.equal(baselineText(table!), 'dense · mlp: 91.50 ± 0.71 n=2; dense · vit: 81.50 ± 0.71 n=2');
    assert.match(formatTable(table!, 'csv'), /\nt,accuracy,mlp,dense,91\.5,.*\nt,accuracy,vit,dense,81\.5,/);
    assert.equal(formatTable(table!, 'latex').match(/dense \$\\cdot\$ (mlp|vit) &/g)?.length, 2);
    assert.doesNotMatch(drawFigure(table!, { width: 84, height: 70, provenance: [] }), />dense|#555555/);
  });

  it('knows the axes of seeds by what they set', () => {
    const of = (axes: TabledStudy['study']['axes'], nodes?: TabledStudy['study']['nodes']) =>
      tablesOf({ file: 'a', study: { axes, ...(nodes && { nodes }), results: { t: { ...spec, rows: [] } } } }, [
        trained('dense', { draw: 'a' }, 90),
        trained('ticket', { draw: 'a' }, 91),
      ])[0]!.baseline?.unpaired;
    assert.equal(of({ draw: ['a'] }), true);
    assert.equal(of({ draw: [{ name: 'a', set: { dataSeed: 3 } }] }), undefined);
    assert.equal(
      of({ draw: ['a'] }, { dense: { run: 'training', over: ['draw'], set: { seed: '$draw' } } }),
      undefined,
    );
  });

  it('measures the kept weights, and has a column for each node without an axis of columns', () => {
    const [table] = tablesOf(study({ of: ['ticket', 'dense'], measure: 'kept', rows: [] }), states);
    assert.deepEqual(table!.columns, ['dense', 'ticket']);
    assert.deepEqual(
      table!.rows.map(({ cells }) => cells.map((cell) => cell?.mean)),
      [[25, 25]],
    );
  });

  it('counts the signs of a start network, and those by chance', () => {
    const signs = { kept: 200, sameSign: 150, chance: 0.52 };
    const transfer: MeasuredRun = {
      run: { node: 'ticket', kind: 'transfer', axes: {} },
      status: 'running',
      overview: { rounds: [], signs },
    };
    const means = (['same sign', 'same sign by chance'] as const).map(
      (measure) => tablesOf(study({ of: 'ticket', measure, rows: [] }), [transfer])[0]!.rows[0]!.cells[0]!.mean,
    );
    assert.deepEqual(means, [75, 52]);
  });

  it('marks barriers that are not between the ends', () => {
    const barrier = (alpha: number, value: number): MeasuredRun => {
      const found: Barrier = {
        ...{ value, alpha, quantity: 'error', split: 'test', baseline: 'mean of the ends', definition: '' },
      };
      const how = { normalization: '', masks: 'equal' } as const;
      return {
        run: { node: 'basin', kind: 'connectivity', axes: {} },
        status: 'done',
        overview: { rounds: [], result: { kind: 'connectivity', barrier: found, barriers: [found], ...how } },
      };
    };
    const table = (...runs: MeasuredRun[]) => tablesOf(study({ of: 'basin', measure: 'barrier', rows: [] }), runs)[0]!;
    const mixed = table(barrier(0.5, 4), barrier(1, 2));
    const apart = { withBarrier: { mean: 4, n: 1 }, halfDifference: { mean: 2, n: 1 } };
    assert.deepEqual(mixed.rows[0]!.cells, [{ mean: 3, deviation: Math.SQRT2, n: 2, withoutBarrier: 1, ...apart }]);
    assert.equal(cellText(mixed.rows[0]!.cells[0]!, mixed), '4.00 n=1, no barrier (½Δ 2.00) n=1');
    assert.match(caption(mixed), /; “no barrier”: .*, and ½Δ is half the difference of the ends$/);
    assert.match(
      formatTable(mixed, 'csv'),
      /,without barrier,barrier,barrier deviation,half-difference,half-difference deviation\n.*,basin,,,2,,,,,1,4,,2,\n$/,
    );
    assert.match(
      formatTable(mixed, 'latex'),
      /\$4\.00 \\,n=1, \\text\{no barrier\} \(\\tfrac12\\Delta 2\.00\) \\,n=1\$/,
    );
    const none = table(barrier(0, 2));
    assert.equal(cellText(none.rows[0]!.cells[0]!, none), 'no barrier (½Δ 2.00)');
    assert.deepEqual(none.rows[0]!.cells[0]!.withBarrier, undefined);
    const two = table(barrier(0, 2), barrier(1, 4));
    assert.equal(cellText(two.rows[0]!.cells[0]!, two), 'no barrier (½Δ 3.00 ± 1.41) n=2');
    assert.doesNotMatch(caption(table(barrier(0.5, 4))), /½Δ/);
    assert.equal(table(barrier(0.1, 2)).rows[0]!.cells[0]!.withoutBarrier, undefined);
  });

  it('draws half-differences as marks of their own, and subtracts only barriers', () => {
    const run = (node: string, axes: Record<string, string | number>, alpha: number, value: number): MeasuredRun => {
      const found: Barrier = {
        ...{ value, alpha, quantity: 'error', split: 'test', baseline: 'mean of the ends', definition: '' },
      };
      const how = { normalization: '', masks: 'equal' } as const;
      const result: RunResult = { kind: 'connectivity', barrier: found, barriers: [found], ...how };
      return { run: { node, kind: 'connectivity', axes }, status: 'done', overview: { rounds: [], result } };
    };
    const [table] = tablesOf(study({ of: 'basin', measure: 'barrier', rows: ['method'], baseline: 'base' }), [
      ...[run('base', { seed: 1 }, 0.5, 1), run('base', { seed: 2 }, 0, 50)],
      ...[run('basin', { method: 'aws', seed: 1 }, 0.5, 4), run('basin', { method: 'aws', seed: 2 }, 0.5, 6)],
      ...[run('basin', { method: 'lrr', seed: 1 }, 0.5, 7), run('basin', { method: 'lrr', seed: 2 }, 1, 30)],
    ]);
    assert.deepEqual(
      table!.rows.map(({ cells }) => cells[0]!.difference),
      [
        { mean: 3, n: 1 },
        { mean: 6, n: 1 },
      ],
    );
    const [line] = linesOf(table!).lines;
    assert.deepEqual(line!.points.map(({ x, cell }) => [x, cell]), [
      ['aws', { mean: 5, deviation: Math.SQRT2, n: 2, difference: { mean: 3, n: 1 } }],
      ['lrr', { mean: 7, n: 1, difference: { mean: 6, n: 1 } }], // the mean of both kinds would have a deviation
    ]); // prettier-ignore
    const half = { mean: 30, n: 1 };
    assert.deepEqual(line!.without.map(({ x, cell }) => [x, cell]), [['lrr', { ...half, halfDifference: half }]]); // prettier-ignore
    assert.deepEqual(lineOfBaseline(table!), { node: 'base', cell: { mean: 1, n: 1 } });
    assert.equal(lineOfBaseline({ baseline: { node: 'base', cell: { ...half, halfDifference: half } } }), undefined);
    const svg = drawFigure(table!, { width: 84, height: 70, provenance: [] });
    assert.equal(svg.match(/<path transform[^>]* d="M-3\.15,0H3\.15"/g)?.length, 2); // the value and the legend
    assert.match(svg, />base \(n = 1\)</);
    assert.doesNotMatch(svg, />40</); // the axis ends at 30: no value is near half the difference of 50 in the baseline
    assert.match(svg, /no barrier: half the difference of the ends/);
  });

  it('keeps the rounds of a search before it diverged', () => {
    const round = (index: number) => ({
      ...{ round: index, sparsity: { prunable: index / 2, all: 0 }, test: { accuracy: 50 + index, loss: 1 } },
      checkpoint: '',
    });
    const search: MeasuredRun = {
      run: { node: 'search', kind: 'search', axes: {} },
      status: 'diverged',
      overview: { rounds: [round(0), round(1)] },
    };
    const [table] = tablesOf(study({ of: 'search', measure: 'accuracy', rows: ['round'] }), [search]);
    assert.deepEqual(
      table!.rows.map(({ label, kept, cells }) => [label, kept, cells[0]]),
      [
        ['round 0', 100, { mean: 50, n: 1 }],
        ['round 1', 50, { mean: 51, n: 1 }],
        ['round 2', undefined, { mean: NaN, n: 0, diverged: 1 }],
      ],
    );
    assert.deepEqual(linesOf(table!).xs, [100, 50]);
  });

  it('names a table that does not exist', () => {
    assert.throws(() => tablesOf(study(spec), states, 'tabel'), /no table "tabel"\. Did you mean "table"\?/);
  });
});

describe('meanOf', () => {
  it('divides by n − 1', () => {
    assert.deepEqual(meanOf([1]), { mean: 1, n: 1 });
    assert.deepEqual(meanOf([1, 2, 3]), { mean: 2, deviation: 1, n: 3 });
  });
});
