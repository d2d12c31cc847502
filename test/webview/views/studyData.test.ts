import type { StudyRunRow, StudySnapshot, StudyTableJson } from '../../../engine/protocol';
import { cellText, cellTip } from '../../../webview/views/study/cellWords';
import { progressText } from '../../../engine/vocabulary/studyCounts';
import { figureTable, studyPicture } from '../../../webview/views/study/figureData';
import { cellAt, gridOf, hasNewRound, SINGLE } from '../../../webview/views/study/grid';
import { layoutGrid, placeAt, revealed, ROW_HEIGHT, visible } from '../../../webview/views/study/gridLayout';
import { readTheme } from '../../../webview/theme';
import { equal, matches, ok } from '../assert';
import { setTheme } from '../panel';
import { finishedStudy, longStudy, newStudy, runningStudy, singleStudy } from '../world/studies';

const byName = (runs: readonly StudyRunRow[]) => new Map(runs.map((run) => [run.name, run]));
const textsOf = (study: { axes: Record<string, unknown[]>; runs: StudyRunRow[] }, node: string) => {
  const grid = gridOf(study as ReturnType<typeof runningStudy>);
  const runs = byName(study.runs);
  return grid.rows.flatMap(({ labels }, row) => {
    if (labels[0] !== node) return [];
    const cells = grid.columns.map((_, column) => cellAt(grid, { row, column }, runs));
    return [[labels.slice(1).join(' '), ...cells.map((cell) => (cell ? cellText(cell) : ''))]];
  });
};

describe('the grid of a study', () => {
  it('has a row for all axes but the round, and a column for each round and for single runs', () => {
    const { heads, columns, rows } = gridOf(finishedStudy());
    equal(heads, ['node', 'method', 'variant', 'seed']);
    equal(columns, [SINGLE, 0, 1, 2, 3]);
    equal(rows.length, 2 + 2 * (1 + 6));
    equal(rows[0]!.labels, ['dense', '', '', '2']);
    equal(rows[3]!.labels, ['ticket', 'lrr', 'retrained', '2']);
    equal([rows[0]!.method, rows[3]!.method, rows[3]!.done], ['dense', 'lrr', 'retrain']);
  });

  it('has the axis that changes fastest last, whatever the order of the file', () => {
    const { seed, ...axes } = finishedStudy().axes;
    equal(gridOf({ ...finishedStudy(), axes: { seed: seed!, ...axes } }).heads, ['node', 'method', 'variant', 'seed']);
  });

  it('says in each cell what is there: value, status and progress', () => {
    equal(
      textsOf(runningStudy(), 'ticket').map(([labels, , , , , last]) => [labels, last]).filter(([, last]) => !/^\d/.test(last!)),
      [
        ['lrr retrained 3', '⏏ 31 %'],
        ['lrr signed mask 3', '‖ 66 %'],
        ['lrr mask only 2', '✕'],
        ['lrr mask only 3', '∞'],
        ['aws signed mask 2', '▸ 42 %'],
        ['aws signed mask 3', '▸ 8 %'],
        ['aws mask only 2', '○'],
        ['aws mask only 3', '○'],
      ],
    ); // prettier-ignore
  });

  it('shows the progress of a search in its next round', () => {
    equal(
      textsOf(newStudy(), 'search').map((texts) => texts.slice(1).map((text) => text.replace(/^\d.*/, 'number'))),
      [['', '○', '·', '·', '·'], ['', 'number', '▸ 30 %', '·', '·']],
    ); // prettier-ignore
  });

  it('needs another grid when a search reaches a round without a column', () => {
    const study = newStudy();
    const grid = gridOf(study);
    const run = study.runs.find(({ name }) => name === 'search-aws-seed1')!;
    equal(hasNewRound(grid, run), false);
    equal(hasNewRound(grid, { ...run, rounds: [{ ...run.rounds![0]!, round: 9 }] }), true);
  });

  it('has one cell for one run', () => {
    const { heads, columns, rows } = gridOf(singleStudy());
    equal([heads, columns, rows.length], [['node'], [SINGLE], 1]);
  });

  it('explains a cell: why a run failed, what it waits for, and what Enter opens', () => {
    const study = runningStudy();
    const run = (name: string) => study.runs.find((one) => one.name === name)!;
    const failed = run('ticket-lrr-r03-mask-only-seed2');
    matches(
      cellTip({ run: failed, status: 'failed' }),
      /mask only · seed 2 · round 3\nfailed\nThe dataset .* was not found/,
    );
    const search = run('search-aws-seed1');
    matches(
      cellTip({ run: search, status: 'done', round: search.rounds![2]!, value: 84 }),
      /^search-aws-seed1, round 2\n.*\n[\s\S]*test accuracy at 16\.0 % kept\nEnter opens the checkpoint/,
    );
    const waiting = newStudy().runs.find(({ name }) => name === 'ticket-aws-r01-retrain-seed2')!;
    matches(cellTip({ run: waiting, status: 'waiting' }), /waits for search-aws-seed1$/);
  });

  it('arranges ten thousand runs in less than 0.2 seconds', () => {
    const study = longStudy();
    const began = performance.now();
    const grid = gridOf(study);
    const took = performance.now() - began;
    equal([study.runs.length, grid.rows.length, grid.columns.length], [10_000, 400, 25]);
    equal(took < 200, true, `${took} ms`);
  });
});

describe('the layout of the grid', () => {
  const grid = gridOf(longStudy());
  const layout = layoutGrid(grid, 1000, true);

  it('draws only the cells in view, and scrolls only as far as a cell needs', () => {
    const view = { x: 0, y: 10 * ROW_HEIGHT, width: 1000, height: 22 + 5 * ROW_HEIGHT };
    equal(visible(layout, view).rows, [10, 15]);
    equal(revealed(layout, { row: 12, column: 0 }, view), { x: 0, y: 10 * ROW_HEIGHT });
    equal(revealed(layout, { row: 15, column: 0 }, view).y, 11 * ROW_HEIGHT);
    equal(revealed(layout, { row: 3, column: 0 }, view).y, 3 * ROW_HEIGHT);
  });

  it('cuts only the widest labels in a narrow view', () => {
    const wide = layoutGrid(grid, 2000, true).labels.map(({ width }) => width);
    const narrow = layoutGrid(grid, 380, true);
    const most = Math.max(...narrow.labels.map(({ width }) => width));
    ok(narrow.left <= 0.55 * 380 + 0.01, String(narrow.left));
    equal(
      narrow.labels.map(({ width }) => width),
      wide.map((width) => Math.min(width, most)),
    );
    ok(wide.some((width) => width > most) && wide.some((width) => width < most), wide.join());
  });

  it('finds the cell at a point, and only the row beside the cells', () => {
    const view = { x: 0, y: 10 * ROW_HEIGHT, width: 1000, height: 400 };
    equal(placeAt(layout, view, [layout.left + 1.5 * layout.cell, 22 + 2.5 * ROW_HEIGHT]), { row: 12, column: 1 });
    equal(placeAt(layout, view, [5, 22 + 2.5 * ROW_HEIGHT]), { row: 12 });
    equal(placeAt(layout, view, [5, 5]), undefined);
  });
});

describe('the words for the progress of a study', () => {
  it('say how many runs have ended, what the others do, and the time left', () => {
    const words = (study: StudySnapshot) => progressText(study, { inWords: true });
    equal(
      words(runningStudy()),
      '33 of 40 runs · 2 running · 1 failed · 1 diverged · 1 interrupted · 1 stopped · 4 min left',
    );
    equal(words(finishedStudy()), '40 runs done');
    equal(words(singleStudy()), '1 run done');
    matches(words({ ...runningStudy(), stopping: true }), / · stopping…$/);
  });
});

describe('the figure of a study', () => {
  const table = (name: string): StudyTableJson => finishedStudy().tables.find((one) => one.name === name)!;

  it('has a line for each method and variant along the kept share, with dense as a band', () => {
    setTheme('dark');
    const theme = readTheme();
    const { lines, x, at, baseline } = studyPicture(table('accuracy'), theme)!;
    const [dense, ...others] = lines;
    equal([dense!.name, dense!.level, dense!.color, dense!.points[0]!.n], ['dense', true, theme.methods.dense, 2]);
    equal(baseline?.key, dense!.key);
    equal(others.length, 6);
    const signed = others.find(({ name }) => name === 'aws · signed mask')!;
    equal([signed.color, signed.look.shape], [theme.methods.aws, 'diamond']);
    equal(
      signed.points.map((point) => point.x),
      [40, 16, 6.4],
    );
    const { mean, deviation } = table('accuracy').rows[5]!.cells[1]!;
    const last = signed.points[2]!;
    equal([last.y, last.deviation, last.n, last.key], [mean, deviation, 2, '5']);
    equal([x.log, x.domain, x.ticks, at(6.4)], [true, [40, 6.4], [40, 16, 6.4], 'at 6.4 % kept']);
  });

  it('has marks with error bars for values without an order, and leaves out what diverged', () => {
    const { lines, x, at } = studyPicture(table('barrier'), readTheme())!;
    equal(x.ticks!.map(x.format), ['full', 'upper half', 'lower half', 'fixed 0', 'fixed 1']);
    equal(
      lines.map(({ apart, points }) => [apart, points.length]),
      [
        [true, 5],
        [true, 4],
      ],
    );
    equal(
      lines.map(({ name, color }) => [name, color]),
      [
        ['near', readTheme().foreground],
        ['far (diverged at fixed 0)', readTheme().foreground],
      ],
    );
    const [first, second] = lines.map(({ points }) => points[0]!);
    equal([first!.x < 0, second!.x > 0, at(first!.x), at(second!.x)], [true, true, 'at full', 'at full']);
    equal(x.ticks!.includes(3) && lines[1]!.points.some((point) => at(point.x) === 'at fixed 0'), false);
  });

  it('takes limits and the line of the baseline from what is drawn, not from barriers and half-differences together', () => {
    const cell = {
      ...{ mean: 20, deviation: 30, n: 2, withoutBarrier: 1 },
      ...{ withBarrier: { mean: 2, n: 1 }, halfDifference: { mean: 1, n: 1 } },
    };
    const { lines, y } = studyPicture(
      {
        ...{ name: 'a', measure: 'barrier', columns: ['basin'], baseline: { node: 'base', cell } },
        rows: [{ axes: { alpha: 'full' }, label: 'full', cells: [cell] }],
      },
      readTheme(),
    )!;
    equal(
      lines.map(({ points }) => points.map((point) => [point.y, point.deviation, point.n])),
      [[[2, undefined, 1]], [[2, undefined, 1]], [[1, undefined, 1]]],
    );
    equal(y.limits, [0, 2.2]);
  });

  it('has a table of all its numbers', () => {
    const { columns, rows } = figureTable(table('barrier'));
    equal(columns.slice(0, 6), ['alpha', 'column', 'kept, %', 'mean', 's.d.', 'n']);
    equal(rows.length, 10);
    equal(rows[7]!.slice(0, 7), ['fixed 0', 'far', undefined, undefined, undefined, 0, 3]);
  });
});
