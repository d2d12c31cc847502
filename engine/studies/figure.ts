/**
 * Draws a table of a study as a figure: an SVG in the size of a column of a paper, black on white, with its source inside. Uses only
 * functions of d3 that need no document.
 */
import { line as lineOf, scaleLinear } from 'd3';
import { UserError } from '../errors';
import { methodColor } from '../vocabulary/looks';
import { isStroked, markPath } from '../vocabulary/marks';
import type { StudyTable, TableCell } from '../vocabulary/study';
import { measureTitle } from '../vocabulary/studySchema';
import {
  linesOf,
  divergedText,
  repetitions,
  WITHOUT_BARRIER,
  WITHOUT_BARRIER_LABEL,
  type FigureLine,
  type FigureLines,
  type LineLook,
} from '../vocabulary/studyLines';
import { caption, lineOfBaseline } from '../vocabulary/studyCells';
import { axisOf, drawAxes, escaped, MARGIN, n, type Frame } from './figureAxes';
import { FONT, legendOf, LINE, type LegendEntry } from './figureLegend';

export interface FigureOptions {
  /** Width and height in millimetres. */
  width: number;
  height: number;
  /** Sentences that say where the numbers come from. They are in the file, but not visible. */
  provenance: readonly string[];
}

const POINTS_PER_MM = 72 / 25.4;
/** Least height of the plot itself in points, and the least that a figure has whose height nobody gave. */
const [LEAST, FAIR] = [40, 90];

/** Radius of marks in points. */
const RADIUS = 2.1;

/** Returns the SVG of a table. Along x are kept weights if the rows are rounds, else the values of the last axis of the rows. */
export function drawFigure(table: StudyTable, { width, height, provenance }: FigureOptions): string {
  const [w, h] = [width * POINTS_PER_MM, height * POINTS_PER_MM];
  const { drawn, legend, x } = layout(table, width);
  const box = { left: x.left, right: x.right, top: MARGIN.top + legend.height, bottom: h - x.height };
  if (box.bottom - box.top < LEAST)
    throw new UserError(
      `--height is ${height}, which leaves no space below the legend of ${drawn.lines.length} lines. It needs ${millimetres(legend.height + LEAST + x.height)}.`,
    );
  const base = lineOfBaseline(table);
  const frame = { ...box, x: x.place, y: yOf(table, drawn, box) };
  const parts = [
    ...drawAxes(frame, x, { measure: measureTitle(table.measure), height: h }),
    ...(base ? reference(base.cell, frame) : []),
    ...drawn.lines.map((line, i) =>
      drawn.isShare ? drawLine(line, frame) : drawMarks(line, frame, shiftOf(i, drawn, box)),
    ),
    ...drawn.lines.flatMap((line, i) => drawWithout(line, frame, drawn.isShare ? 0 : shiftOf(i, drawn, box))),
    ...drawDiverged(drawn, frame),
    ...legend.draw(MARGIN.top),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height}mm" viewBox="0 0 ${n(w)} ${n(h)}" font-family="Helvetica, Arial, sans-serif" font-size="${FONT}" role="img">`,
    `<title>${escaped(caption(table))}</title>`,
    `<desc>${escaped(provenance.join(' '))}</desc>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** Returns the least height in millimetres at which the plot is well readable below its legend. */
export function fairHeight(table: StudyTable, width: number): number {
  const { legend, x } = layout(table, width);
  return millimetres(legend.height + FAIR + x.height);
}

/** Returns the height of a figure, in whole millimetres, whose legend, plot and axis of x have this many points. */
function millimetres(points: number): number {
  return Math.ceil((points + MARGIN.top) / POINTS_PER_MM);
}

function layout(table: StudyTable, width: number) {
  const drawn = linesOf(table);
  const x = axisOf(drawn, width * POINTS_PER_MM);
  return { drawn, x, legend: legendOf(entriesOf(drawn, lineOfBaseline(table)), { ...x, escaped }) };
}

/** Greatest distance of two marks at one value, in points. */
const BESIDE = 7;

/** Returns how far the marks of a line are from their value, so that lines are beside each other. */
function shiftOf(
  i: number,
  { lines, xs }: Pick<FigureLines, 'lines' | 'xs'>,
  { left, right }: { left: number; right: number },
): number {
  const step = Math.min(BESIDE, (0.8 * (right - left)) / xs.length / lines.length);
  return step * (i - (lines.length - 1) / 2);
}

function yOf(table: StudyTable, { lines }: FigureLines, { top, bottom }: { top: number; bottom: number }): Frame['y'] {
  const baseline = lineOfBaseline(table);
  const cells = [
    ...lines.flatMap(({ points, without }) => [...points, ...without].map(({ cell }) => cell)),
    ...(baseline ? [baseline.cell] : []),
  ];
  const ends = cells.flatMap(({ mean, deviation = 0 }) => [mean - deviation, mean + deviation]);
  const [low, high] = ends.length === 0 ? [0, 1] : [Math.min(...ends), Math.max(...ends)];
  return scaleLinear(low === high ? [low - 1, high + 1] : [low, high], [bottom, top + 4]).nice(5);
}

/** Draws the baseline as a line with a band of one deviation, if it has one. */
function reference({ mean, deviation }: TableCell, { y, left, right }: Frame): string[] {
  const [top, bottom] = [y(mean + (deviation ?? 0)), y(mean - (deviation ?? 0))];
  const band = `<rect x="${n(left)}" y="${n(top)}" width="${n(right - left)}" height="${n(bottom - top)}" fill="#555555" fill-opacity="0.18"/>`;
  return [
    ...(deviation === undefined ? [] : [band]),
    `<path d="M${n(left)} ${n(y(mean))}H${n(right)}" stroke="#555555" stroke-width="0.8"/>`,
  ];
}

/** Draws the means of rounds as marks on a line, with a band of one deviation. */
function drawLine({ points, hue: method, look }: FigureLine, { x, y }: Frame): string {
  const hue = colorOf(method);
  const band = points.flatMap(({ x: at, cell: { mean, deviation } }) =>
    deviation === undefined ? [] : [[x(at), y(mean + deviation), y(mean - deviation)] as const],
  );
  const outline = [
    ...band.map(([at, high]) => [at, high] as const),
    ...[...band].reverse().map(([at, , low]) => [at, low] as const),
  ];
  const area =
    band.length > 1
      ? `<path d="M${outline.map((point) => point.map(n).join(' ')).join('L')}Z" fill="${hue}" fill-opacity="0.15"/>`
      : band.map(([at, ...ends]) => errorBar(at, ends, hue)).join('');
  const path = lineOf()(points.map(({ x: at, cell }): [number, number] => [x(at), y(cell.mean)])) ?? '';
  const marks = points.map(({ x: at, cell }) => mark([x(at), y(cell.mean)], look, hue)).join('');
  return `<g>${area}<path d="${path}" fill="none" stroke="${hue}" stroke-dasharray="${dashOf(look)}"/>${marks}</g>`;
}

/** Draws the means of values without an order as marks with error bars of one deviation. Those of different lines are beside each other. */
function drawMarks({ points, hue: method, look }: FigureLine, { x, y }: Frame, shift: number): string {
  const hue = colorOf(method);
  const drawn = points.map(({ x: value, cell: { mean, deviation } }) => {
    const at = x(value) + shift;
    const bar = deviation === undefined ? '' : errorBar(at, [y(mean + deviation), y(mean - deviation)], hue);
    return bar + mark([at, y(mean)], look, hue);
  });
  return `<g>${drawn.join('')}</g>`;
}

/** Writes “diverged” where a line has no value for this reason: the mark of the line above the axis, then the word. */
function drawDiverged({ lines, xs, isShare }: FigureLines, frame: Frame): string[] {
  const { x, left, right, bottom } = frame;
  return xs.flatMap((value) => {
    const lost = lines.filter(({ diverged }) => diverged.some((one) => one.x === value));
    return lost.map((line, i) => {
      const beside = isShare
        ? Math.max(left + FONT, Math.min(x(value) + FONT / 3, right)) - i * LINE
        : x(value) + FONT / 3;
      const at = beside + (isShare ? 0 : shiftOf(lines.indexOf(line), { lines, xs }, frame));
      const hue = colorOf(line.hue);
      const word = `<text transform="translate(${n(at)} ${n(bottom - 8)}) rotate(-90)" fill="${hue}">diverged</text>`;
      return mark([at - FONT / 3, bottom - 4], line.look, hue) + word;
    });
  });
}

/** Lines of no method are black: hues say the method everywhere. */
function colorOf(method: FigureLine['hue']): string {
  return method === undefined ? '#000000' : methodColor(method);
}

/** Draws half the differences of ends without a barrier as bars of their own, which no line joins. */
function drawWithout({ without, hue: method }: FigureLine, { x, y }: Frame, shift: number): string[] {
  const marks = without.map(({ x: at, cell }) => mark([x(at) + shift, y(cell.mean)], WITHOUT_BARRIER, colorOf(method)));
  return marks.length === 0 ? [] : [`<g>${marks.join('')}</g>`];
}

function errorBar(x: number, [high, low]: readonly [number, number], hue: string): string {
  return `<path d="M${n(x)} ${n(high)}V${n(low)}M${n(x - 2)} ${n(high)}h4M${n(x - 2)} ${n(low)}h4" stroke="${hue}" stroke-width="0.8"/>`;
}

function mark([x, y]: [number, number], { shape, open }: LineLook, hue: string): string {
  const fill = isStroked(shape) ? 'none' : open ? '#ffffff' : hue;
  return `<path transform="translate(${n(x)} ${n(y)})" d="${markPath(shape, RADIUS)}" fill="${fill}" stroke="${hue}" stroke-width="0.8"/>`;
}

function dashOf({ dash }: LineLook): string {
  return dash.length === 0 ? 'none' : dash.join(' ');
}

/** Leaves out of the labels what all lines share: that is in the title of the axis. */
function entriesOf({ lines, isShare }: FigureLines, baseline: ReturnType<typeof lineOfBaseline>): LegendEntry[] {
  const entries = lines.map(({ shortLabel, look, hue: method, points, without, diverged }) => {
    const hue = colorOf(method);
    const path = !isShare ? '' : `<path d="M0 0H18" stroke="${hue}" stroke-dasharray="${dashOf(look)}"/>`;
    const counts = (points.length > 0 ? points : without).map(({ cell }) => cell.n);
    const count = counts.length === 0 ? '' : repetitions(counts).trim().replaceAll(' ', '\u00a0'); // stays in one line
    const lost = diverged.filter(({ x }) => counts.length === 0 || x === undefined).map(({ label }) => label);
    const label = [shortLabel, count, divergedText(lost)].filter(Boolean).join(' ');
    return { label, sign: path + mark([9, 0], look, hue) };
  });
  if (lines.some(({ without }) => without.length > 0))
    entries.push({ label: WITHOUT_BARRIER_LABEL, sign: mark([9, 0], WITHOUT_BARRIER, '#000000') });
  if (!baseline) return entries;
  const band =
    baseline.cell.deviation === undefined
      ? ''
      : '<rect y="-2.5" width="18" height="5" fill="#555555" fill-opacity="0.18"/>';
  return [
    ...entries,
    { label: `${baseline.node}${repetitions([baseline.cell.n])}`, sign: `${band}<path d="M0 0H18" stroke="#555555"/>` },
  ];
}
