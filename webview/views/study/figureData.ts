/** Turns a table of a study into the lines of a chart: values along the kept share, or marks with error bars beside each other. */
import {
  cellText,
  commonCount,
  HALF,
  hasDeviations,
  lineOfBaseline,
  measuredWords,
} from '../../../engine/vocabulary/studyCells';
import { meanText } from '../../../engine/vocabulary/statistics';
import {
  divergedText,
  linesOf,
  shareDomain,
  shareTicks,
  valueLabel,
  WITHOUT_BARRIER,
  type FigureLine,
  type FigureLines,
} from '../../../engine/vocabulary/studyLines';
import type { StudyTableJson, TableCell } from '../../../engine/protocol';
import { tick } from '../../format';
import type { DataTable } from '../../parts/dataTable';
import type { ChartLine, LinePicture } from '../../parts/lineFigure';
import type { Theme } from '../../theme';

/** Returns what the figure of a table shows; undefined if no cell has a number. Keys of points are those of `rowKey`. */
export function studyPicture(table: StudyTableJson, theme: Theme): LinePicture | undefined {
  const drawn = linesOf(table);
  if (drawn.lines.length === 0) return undefined;
  const { isShare, xs } = drawn;
  const base = baselineOf(table, theme);
  const lines = drawn.lines.flatMap((line, at) => {
    const shift = isShare ? 0 : shiftOf(at, drawn);
    const own = isShare ? roundLine(line, table, theme) : markLine(line, { table, theme, xs, shift });
    return [
      ...(line.points.length + line.diverged.length > 0 ? [own] : []),
      ...withoutLine(line, own, { xs, shift, isShare, table }),
    ];
  });
  const hint = `difference of the means from ${table.baseline?.node}`;
  return {
    lines: [...(base ? [base] : []), ...lines],
    x: isShare ? shareAxis(drawn) : categoryAxis(drawn),
    y: { label: AXIS_TITLES[table.measure], limits: limitsOf(table, drawn), format: tick },
    ...(base && { baseline: { key: base.key, title: `to ${base.name}`, hint } }),
    at: (x) => (isShare ? `at ${tick(Number(x.toPrecision(2)))} % kept` : `at ${valueLabel(xs[Math.round(x)] ?? '')}`),
    value: ({ y, deviation }) => meanText({ mean: y, ...(deviation !== undefined && { deviation }) }).replace('-', '−'),
  };
}

/** Returns the key of a row for the selection that figure and table share. */
export function rowKey(row: number): string {
  return String(row);
}

function shareAxis({ xs }: FigureLines): LinePicture['x'] {
  return {
    label: 'kept, % of prunable weights',
    domain: shareDomain(xs),
    log: true,
    ticks: shareTicks(xs),
    format: (share) => tick(Number(share.toPrecision(3))),
  };
}

/** Values without an order are at 0, 1, 2 … */
function categoryAxis({ xs, title }: FigureLines): LinePicture['x'] {
  const ticks = xs.map((_, at) => at);
  return { label: title, domain: [-0.5, xs.length - 0.5], ticks, format: (at) => valueLabel(xs[at] ?? '') };
}

/** Distance of two lines at one value, and the share of the room between two values that all lines have. */
const [BESIDE, SPREAD] = [0.12, 0.7];

function shiftOf(at: number, { lines: { length } }: FigureLines): number {
  return Math.min(BESIDE, SPREAD / length) * (at - (length - 1) / 2);
}

function roundLine(
  { key, label, hue, look, points, diverged }: FigureLine,
  table: StudyTableJson,
  theme: Theme,
): ChartLine {
  return {
    ...{ key, name: nameOf(label, diverged), color: colorOf(hue, theme), look },
    points: points.map(({ x, cell, row }) => {
      const tip = `${label}\n${tick(Number(x))} % kept\n${cellText(cell, table)}`;
      return { x: Number(x), ...valueOf(cell), tip, key: rowKey(row) };
    }),
  };
}

/** Returns the name of a line, with the places where it has no point because all runs diverged. */
function nameOf(label: string, diverged: FigureLine['diverged']): string {
  return [label, divergedText(diverged.map((one) => one.label))].filter(Boolean).join(' ');
}

/** Lines of no method have the colour of text: hues say the method everywhere. */
function colorOf(hue: FigureLine['hue'], theme: Theme): string {
  return hue === undefined ? theme.foreground : theme.methods[hue];
}

function markLine(
  { key, label, hue, look, points, diverged }: FigureLine,
  { table, theme, shift, xs }: { table: StudyTableJson; theme: Theme; shift: number; xs: FigureLines['xs'] },
): ChartLine {
  return {
    ...{ key, name: nameOf(label, diverged), color: colorOf(hue, theme), look, apart: true },
    points: points.map(({ x, cell, row }) => {
      const tip = `${label}\n${valueLabel(x)}\n${cellText(cell, table)}`;
      return { x: xs.indexOf(x) + shift, ...valueOf(cell), tip, key: rowKey(row) };
    }),
  };
}

/** Half the differences of ends without a barrier are no barriers: they have a row of the legend of their own. */
function withoutLine(
  { key, label, without }: FigureLine,
  { color }: ChartLine,
  { xs, shift, isShare, table }: { xs: FigureLines['xs']; shift: number; isShare: boolean; table: StudyTableJson },
): ChartLine[] {
  if (without.length === 0) return [];
  const points = without.map(({ x, cell, row }) => {
    const tip = `${label}\n${isShare ? `${tick(Number(x))} % kept` : valueLabel(x)}\n${cellText(cell, table)}`;
    return { x: isShare ? Number(x) : xs.indexOf(x) + shift, ...valueOf(cell), tip, key: rowKey(row) };
  });
  return [
    {
      key: `${key} without`,
      name: `${label}, no barrier (${HALF})`,
      color,
      look: WITHOUT_BARRIER,
      apart: true,
      points,
    },
  ];
}

function valueOf({ mean: y, deviation, n }: TableCell): { y: number; deviation: number | undefined; n: number } {
  return { y, deviation, n };
}

/** The baseline goes through the whole chart, with a band of one deviation. */
function baselineOf(table: StudyTableJson, theme: Theme): ChartLine | undefined {
  const baseline = lineOfBaseline(table);
  if (!baseline) return undefined;
  const { node, cell } = baseline;
  const tip = `${node}\n${cellText(table.baseline?.cell ?? cell, table)}`;
  return {
    ...{ key: 'baseline', name: node, color: theme.methods.dense, look: { dash: [] }, level: true },
    points: [{ x: 0, ...valueOf(cell), tip }],
  };
}

/** Returns the least and the greatest value that the axis can have. */
function limitsOf(table: StudyTableJson, { lines }: FigureLines): [number, number] {
  if (AXIS_TITLES[table.measure].endsWith('%')) return [0, 100];
  const baseline = lineOfBaseline(table);
  const drawn = lines.flatMap(({ points, without }) => [...points, ...without].map(({ cell }) => cell));
  const ends = [...drawn, ...(baseline ? [baseline.cell] : [])].flatMap(({ mean, deviation = 0 }) => [
    mean - deviation,
    mean + deviation,
  ]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const pad = 0.1 * (high - low || 1);
  return [low < 0 ? low - pad : 0, high + pad];
}

const AXIS_TITLES: Record<StudyTableJson['measure'], string> = {
  accuracy: 'test accuracy, %',
  loss: 'test loss',
  kept: 'kept weights, %',
  'same sign': 'same sign as the ticket, %',
  'same sign by chance': 'same sign by chance, %',
  barrier: 'barrier, points of test error',
  'chord barrier': 'barrier, nats of training loss',
};

/** Returns the numbers behind the figure with full precision, a line for each cell. */
export function figureTable(table: StudyTableJson): DataTable {
  const axes = [...new Set(table.rows.flatMap((row) => Object.keys(row.axes)))];
  const flat = (value: string | number | boolean | undefined) => (typeof value === 'boolean' ? String(value) : value);
  const rows = table.rows.flatMap(({ axes: own, kept, cells }) =>
    cells.flatMap((cell, at) => {
      if (!cell) return [];
      const { mean, deviation, n, diverged, difference } = cell;
      const numbers = [kept, mean ?? undefined, deviation, n, diverged, difference?.mean, difference?.deviation];
      return [[...axes.map((axis) => flat(own[axis])), table.columns[at], ...numbers]];
    }),
  );
  const numbers = ['kept, %', 'mean', 's.d.', 'n', 'diverged', 'difference', 's.d. of the difference'];
  return { columns: [...axes, 'column', ...numbers], rows };
}

/** Returns the caption: what is measured, and how lines, bands and bars are to be read. */
export function figureCaption(table: StudyTableJson): string {
  const { isShare } = linesOf(table);
  const { title, name } = table;
  const baseline = lineOfBaseline(table);
  const count = commonCount(table);
  const mark = isShare ? 'Lines' : 'Marks';
  const marks = hasDeviations(table)
    ? `${mark}: means over ${count === undefined ? 'n' : `n = ${count}`} runs; ${isShare ? 'bands' : 'bars'}: ± 1 sample standard deviation.`
    : `${mark}: one run each.`;
  const reference = baseline ? ` Grey line: ${baseline.node}.` : '';
  const measured = measuredWords(table);
  return `${title ?? name}${measured === '' ? '' : `: ${measured}`}. ${marks}${reference}`;
}
