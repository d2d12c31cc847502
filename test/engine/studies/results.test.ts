import assert from 'node:assert/strict';
import { drawFigure, fairHeight } from '../../../engine/studies/figure';
import { FIGURE_LIMITS } from '../../../engine/studies/figureFile';
import { textWidth } from '../../../engine/studies/figureLegend';
import { METHOD_LOOKS } from '../../../engine/vocabulary/looks';
import { linesOf } from '../../../engine/vocabulary/studyLines';
import { formatTable } from '../../../engine/studies/formats';
import { tableDocument } from '../../../engine/studies/outputs';
import type { StudyTable } from '../../../engine/vocabulary/study';

const cell = (mean: number, deviation?: number) => ({ mean, n: 2, ...(deviation !== undefined && { deviation }) });

const TABLE: StudyTable = {
  name: 'gap',
  title: 'Accuracy & gap',
  measure: 'accuracy',
  columns: ['signed-mask', 'mask_only'],
  rows: [
    { axes: { method: 'aws', round: 1 }, label: 'aws · round 1', kept: 50, cells: [cell(80, 1), cell(70, 2)] },
    {
      axes: { method: 'aws', round: 2 },
      label: 'aws · round 2',
      kept: 25,
      cells: [{ ...cell(75, 1), difference: { mean: -0.001, deviation: 0.5, n: 2 } }, null],
    },
    {
      axes: { method: '=1', round: 2 },
      label: '=1 · round 2',
      kept: 25,
      cells: [{ mean: NaN, n: 0, diverged: 2 }, null],
    },
  ],
  baseline: { node: 'dense', cell: cell(82, 0.5) },
};

describe('formatTable', () => {
  it('writes a line of CSV for each cell, in which no text is a formula', () => {
    assert.deepEqual(formatTable(TABLE, 'csv').split('\n'), [
      'table,measure,method,round,column,mean,deviation,n,diverged,difference,difference deviation,difference n,baseline,kept,p',
      'gap,accuracy,aws,1,signed-mask,80,1,2,,,,,,50,',
      'gap,accuracy,aws,1,mask_only,70,2,2,,,,,,50,',
      'gap,accuracy,aws,2,signed-mask,75,1,2,,-0.001,0.5,2,dense,25,',
      "gap,accuracy,'=1,2,signed-mask,,,0,2,,,,,25,",
      'gap,accuracy,,,dense,82,0.5,2,,,,,,,',
      '',
    ]);
  });

  it('writes numbers of CSV with their full precision', () => {
    const row = { ...TABLE.rows[0]!, cells: [{ mean: 85.05 + 0.1 / 3, deviation: Math.SQRT2 / 10, n: 2 }, null] };
    const line = formatTable({ ...TABLE, rows: [row] }, 'csv').split('\n')[1]!;
    assert.deepEqual(line.split(',').slice(5, 7).map(Number), [85.05 + 0.1 / 3, Math.SQRT2 / 10]);
  });

  it('has the p value in CSV and JSON, and the findings in JSON', () => {
    const difference = { mean: -1, deviation: 0.5, n: 3 }; // t = 2 √3; for two degrees of freedom, p = 1 − t / √(2 + t²)
    const few = { ...difference, n: 2 };
    const cells = [
      { ...cell(81, 1), n: 3, difference },
      { ...cell(81, 1), difference: few },
    ];
    const table = { ...TABLE, rows: [{ ...TABLE.rows[0]!, cells }] };
    const [head, first, second] = formatTable(table, 'csv')
      .split('\n')
      .map((line) => line.split(','));
    const p = head!.indexOf('p');
    assert.ok(Math.abs(Number(first![p]) - (1 - Math.sqrt(12 / 14))) < 1e-12, first![p]);
    assert.equal(second![p], '');
    const { rows, findings } = tableDocument(table);
    assert.equal(
      rows[0]!.cells.map((one) => String((one?.difference as { p?: number }).p)).join(),
      `${first![p]},undefined`,
    );
    assert.match(findings.join(), /p = 0\.074/);
  });

  it('writes tables of Markdown and LaTeX, in which texts are escaped', () => {
    const markdown = formatTable(TABLE, 'markdown');
    assert.match(markdown, /^\| {2}\| signed mask \| mask\\_only \|$/m);
    assert.match(markdown, /^\| aws · round 2 \| 75\.00 ± 1\.00 \(\+0\.00 ± 0\.50\) n=2 \| – \|$/m);
    const latex = formatTable(TABLE, 'latex');
    assert.match(latex, /^% Accuracy \\& gap/);
    assert.match(latex, /aws \$\\cdot\$ round 1 & \$80\.00 \\pm 1\.00 \\,n=2\$ & .* \\\\$/m);
    assert.match(markdown, /^dense: 82\.00 ± 0\.50 n=2$/m);
    assert.match(latex, /dense & \\multicolumn\{2\}\{r\}\{\$82\.00 \\pm 0\.50 \\,n=2\$\} \\\\$/m);
    assert.match(latex, /=1 \$\\cdot\$ round 2 & diverged & --/);
  });
});

describe('drawFigure', () => {
  it('has a line for each method and column, along the kept share', () => {
    const { lines, xs, isShare } = linesOf(TABLE);
    assert.deepEqual([xs, isShare], [[50, 25], true]);
    assert.deepEqual(
      lines.map(({ label, points }) => [label, points.map(({ x, cell: { mean } }) => [x, mean])]),
      [
        ['aws · signed mask', [[50, 80], [25, 75]]],
        ['aws · mask_only', [[50, 70]]],
        ['=1 · signed mask', []],
      ], // prettier-ignore
    );
    assert.deepEqual(lines[2]!.diverged, [{ x: 25, label: 'round 2' }]);
  });

  it('puts each mean at its place, and says where the numbers come from', () => {
    const svg = drawFigure(TABLE, { width: 100, height: 60, provenance: ['Made of <numbers>.'] });
    assert.match(svg, /<desc>Made of &#60;numbers&#62;\.<\/desc>/);
    const marks = [...svg.matchAll(/<path transform="translate\(([\d.]+) ([\d.]+)\)"/g)].slice(0, 3);
    const [first, second, third] = marks.map(([, x, y]): [number, number] => [Number(x), Number(y)]);
    assert.ok(first![0] < second![0] && first![0] === third![0]); // 50 % is left of 25 %
    const slope = (second![1] - first![1]) / (75 - 80); // points of the picture for each percent
    assert.ok(Math.abs(third![1] - (first![1] + slope * (70 - 80))) < 0.05);
    assert.ok(slope < 0); // a higher accuracy is drawn higher
  });
});

describe('the legend of a figure', () => {
  const columns = [
    'signed-mask',
    'source-magnitudes-random-signs',
    'a column whose name is longer than a line of the figure',
  ];
  const rows = [50, 25].map((kept, i) => {
    const axes = { method: 'aws', round: i + 1 };
    return { axes, label: '', kept, cells: columns.map((_, at) => cell(80 - at, 1)) };
  });
  const wide: StudyTable = { name: 'wide', measure: 'accuracy', columns, rows };
  const textsOf = (svg: string) =>
    [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!.replaceAll('\u00a0', ' '));

  it('takes one column and breaks labels if they are wide, without what all lines share', () => {
    const svg = drawFigure(wide, { width: 84, height: 80, provenance: [] });
    const texts = textsOf(svg);
    assert.ok(texts.includes('signed mask (n = 2)') && texts.includes('kept weights in percent (aws)'), texts.join());
    assert.ok(!texts.some((text) => text.length > 50), texts.join());
    const places = [...svg.matchAll(/<g transform="translate\(([\d.]+) ([\d.]+)\)">/g)];
    assert.equal(new Set(places.map(([, x]) => x)).size, 1);
    assert.equal(new Set(places.map(([, , y]) => y)).size, 3);
  });

  it('takes two columns if they fit', () => {
    const short = { ...wide, columns: ['a', 'b', 'c'] };
    const svg = drawFigure(short, { width: 84, height: 60, provenance: [] });
    const places = [...svg.matchAll(/<g transform="translate\(([\d.]+) ([\d.]+)\)">/g)];
    assert.equal(new Set(places.map(([, x]) => x)).size, 2);
  });

  it('says which height it needs', () => {
    const least = /It needs (\d+)\./;
    const draw = (height: number) => drawFigure(wide, { width: 84, height, provenance: [] });
    assert.throws(() => draw(30), least);
    let needed = 0;
    try {
      draw(30);
    } catch (error) {
      needed = Number(least.exec(String(error))![1]);
    }
    assert.throws(() => draw(needed - 1));
    assert.match(draw(needed), /<svg/);
    assert.ok(fairHeight(wide, 84) > needed);
  });
});

const row = (axes: StudyTable['rows'][number]['axes'], ...cells: StudyTable['rows'][number]['cells']) => {
  return { axes, label: '', cells };
};

describe('linesOf', () => {
  it('gives lines the hue of their method, and the mark and dash of what was done', () => {
    const { lines } = linesOf(TABLE);
    assert.deepEqual(
      lines.map(({ hue, look: { shape, open } }) => [hue, shape, open === true]),
      [['aws', 'diamond', false], ['aws', 'square', false], [undefined, 'diamond', false]],
    ); // prettier-ignore
    const kept = linesOf({
      columns: ['lrr', 'aws'],
      rows: [row({ round: 1 }, cell(50), cell(60)), row({ round: 2 }, cell(25), cell(30))],
    });
    assert.deepEqual(
      kept.lines.map(({ label, hue }) => [label, hue]),
      [['lrr', 'lrr'], ['aws', 'aws']],
    ); // prettier-ignore
  });

  it('takes other marks and dashes, and no hue of a method, for lines without a method', () => {
    const { lines, xs, title } = linesOf({
      columns: ['near', 'far'],
      rows: [row({ alpha: 'full' }, cell(1), cell(2)), row({ alpha: 'half' }, cell(3), null)],
    });
    assert.deepEqual([xs, title], [['full', 'half'], 'alpha']);
    assert.ok(lines.every(({ hue }) => hue === undefined));
    assert.equal(new Set(lines.map(({ look }) => look.shape)).size, 2);
    assert.equal(new Set(lines.map(({ look }) => look.dash.join())).size, 2);
    const networks = linesOf({
      columns: ['retrain', 'mask-only'],
      rows: ['mlp', 'vit'].map((network) => row({ network, learningRate: 0.1 }, cell(1), cell(2))),
    }).lines;
    assert.equal(new Set(networks.map(({ look: { shape, open } }) => `${shape} ${open}`)).size, 4);
    const hues = Object.values(METHOD_LOOKS).flatMap(({ colors }) => Object.values(colors));
    const drawn = { name: 'rate', measure: 'accuracy', columns: ['retrain', 'mask-only'] } as const;
    const rows = [row({ learningRate: 0.1 }, cell(1), cell(2))];
    const svg = drawFigure({ ...drawn, columns: [...drawn.columns], rows }, { width: 84, height: 60, provenance: [] });
    assert.deepEqual(hues.filter((hue) => svg.includes(hue)), []); // prettier-ignore
  });
});

describe('the axes of a figure', () => {
  const columns = ['lrr', 'aws'];
  const diverged = { mean: NaN, n: 0, diverged: 1 };
  const table = (xs: readonly (number | undefined)[], baseline?: StudyTable['baseline']): StudyTable => ({
    ...{ name: 'shares', measure: 'accuracy', columns, ...(baseline && { baseline }) },
    rows: xs.map((kept, i) => ({
      ...{ axes: { round: i + 1 }, label: '', ...(kept !== undefined && { kept }) },
      cells: [cell(80 - i), kept === undefined || i === 1 ? diverged : cell(70 - i)],
    })),
  });
  const draw = (one: StudyTable, width = 84) =>
    drawFigure(one, { width, height: Math.max(60, fairHeight(one, width)), provenance: [] });
  const labels = (svg: string) =>
    [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" text-anchor="middle">([^<]*)</g)].map(([, x, y, text]) => {
      return { x: Number(x), y: Number(y), text: text! };
    });

  it('have ticks at the measured shares, over the range of the data, as far as they have room', () => {
    const svg = draw(table([40, 16, 6.4, 6.39]));
    const ticks = labels(svg).filter(({ text }) => /^[\d.]+$/.test(text));
    assert.deepEqual(ticks.map(({ text }) => text), ['40', '16', '6.4']); // prettier-ignore
    assert.ok(ticks[0]!.x === 38 + 6 && Math.abs(ticks[2]!.x - (84 * (72 / 25.4) - 12)) < 0.3, JSON.stringify(ticks));
    const near = labels(draw(table([40, 37, 34, 31, 10, 9]), 50)).filter(({ text }) => /^[\d.]+$/.test(text));
    for (const [i, { x, text }] of near.slice(1).entries())
      assert.ok(x - near[i]!.x > (textWidth(text) + textWidth(near[i]!.text)) / 2, JSON.stringify(near));
  });

  it('say where a line diverged, and draw the band of the baseline only if there is one', () => {
    const svg = draw(table([40, 16, undefined], { node: 'dense', cell: { mean: 82, n: 1 } }));
    assert.equal(svg.match(/rotate\(-90\)" fill="#2e7d32">diverged</g)?.length, 1);
    assert.match(svg.replaceAll('\u00a0', ' '), />aws \(n = 2\) \(diverged in round 3\)</);
    assert.doesNotMatch(svg, /<rect[^>]*#555555/);
    assert.equal(draw(table([40], { node: 'dense', cell: cell(82, 1) })).match(/<rect[^>]*#555555/g)?.length, 2);
  });

  it('keep all texts inside of the smallest figure', () => {
    const width = FIGURE_LIMITS.width.minimum;
    const alone = { ...table([100, 50, 25]), title: 'Kept' };
    const names = {
      ...alone,
      rows: ['upper half', 'lower half', 'each layer'].map((alpha) => row({ alpha }, cell(1), cell(2))),
    };
    for (const one of [alone, names]) {
      const svg = draw(one, width);
      for (const { x, text } of labels(svg)) {
        const half = textWidth(text) / 2;
        assert.ok(x - half >= 0 && x + half <= width * (72 / 25.4), text);
      }
      assert.match(svg, />(each|kept weights in percent)</); // no word is broken
      assert.ok(fairHeight(one, width) < 75, String(fairHeight(one, width)));
    }
  });
});

describe('lines that differ in a further axis', () => {
  it('have marks and dashes of their own, the same for each method', () => {
    const rows = ['aws', 'lrr'].flatMap((method) =>
      ['signed-mask', 'mask-only'].map((variant) => {
        return { axes: { variant, method, round: 1 }, label: '', kept: 50, cells: [cell(80), cell(81), cell(82)] };
      }),
    );
    const { lines } = linesOf({ columns: ['other-task', 'own-task', 'third-task'], rows });
    const looks = lines.map(({ hue, look: { shape, open, dash } }) => [hue, shape, open === true, dash].join());
    assert.equal(new Set(looks).size, 12);
    assert.equal(new Set(lines.map(({ look: { shape, open } }) => [shape, open === true].join())).size, 6);
    const own = lines.filter(({ label }) => label.endsWith('own-task'));
    assert.deepEqual(
      own.map(({ look: { shape, open } }) => [shape, open === true]),
      [['circle', false], ['circle', true], ['circle', false], ['circle', true]],
    ); // prettier-ignore
  });
});
