/**
 * Draws a table of a study as a figure: an SVG in the size of a column of a paper, black on white, with its source inside. Uses only
 * functions of d3 that need no document.
 */
import { format, line as lineOf, scaleLinear, scaleLog, scalePoint, type ScaleLinear } from 'd3';
import { UserError } from '../errors';
import { methodColor } from '../vocabulary/looks';
import { isStroked, markPath } from '../vocabulary/marks';
import type { StudyTable, TableCell } from '../vocabulary/study';
import { measureTitle } from '../vocabulary/studySchema';
import {
  linesOf,
  repetitions,
  SHARE_TICKS,
  valueLabel,
  WITHOUT_BARRIER,
  WITHOUT_BARRIER_LABEL,
  type FigureLine,
  type FigureLines,
  type LineLook,
} from '../vocabulary/studyLines';
import { caption, lineOfBaseline } from '../vocabulary/studyCells';
import { FONT, legendOf, LINE, textWidth, wrapped, type LegendEntry } from './figureLegend';

export interface FigureOptions {
  /** Width and height in millimetres. */
  width: number;
  height: number;
  /** Sentences that say where the numbers come from. They are in the file, but not visible. */
  provenance: readonly string[];
}

interface Frame {
  x: (value: number | string) => number;
  y: ScaleLinear<number, number>;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const POINTS_PER_MM = 72 / 25.4;
/** Least height of the plot itself in points, and the least that a figure has whose height nobody gave. */
const [LEAST, FAIR] = [40, 90];
const MARGIN = { top: 4, right: 6, bottom: 24, left: 38 };

/** Radius of marks in points. */
const RADIUS = 2.1;

/** Returns the SVG of a table. Along x are kept weights if the rows are rounds, else the values of the last axis of the rows. */
export function drawFigure(table: StudyTable, { width, height, provenance }: FigureOptions): string {
  const [w, h] = [width * POINTS_PER_MM, height * POINTS_PER_MM];
  const { drawn, legend, left } = layout(table, width);
  const box = { left, right: w - MARGIN.right, top: MARGIN.top + legend.height, bottom: h - MARGIN.bottom };
  if (box.bottom - box.top < LEAST)
    throw new UserError(
      `--height is ${height}, which leaves no space below the legend of ${drawn.lines.length} lines. It needs ${millimetres(legend.height + LEAST)}.`,
    );
  const base = lineOfBaseline(table);
  const frame = { ...box, x: xOf(drawn, box), y: yOf(table, drawn, box) };
  const parts = [
    ...axes(frame, drawn, { measure: measureTitle(table.measure), height: h }),
    ...(base ? reference(base.cell, frame) : []),
    ...drawn.lines.map((line, i) =>
      drawn.isShare ? drawLine(line, frame) : drawMarks(line, frame, shiftOf(i, drawn, box)),
    ),
    ...drawn.lines.flatMap((line, i) => drawWithout(line, frame, drawn.isShare ? 0 : shiftOf(i, drawn, box))),
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
  return millimetres(layout(table, width).legend.height + FAIR);
}

/** Returns the height of a figure, in whole millimetres, whose legend and plot have this many points. */
function millimetres(points: number): number {
  return Math.ceil((points + MARGIN.top + MARGIN.bottom) / POINTS_PER_MM);
}

function layout(table: StudyTable, width: number) {
  const drawn = linesOf(table);
  const right = width * POINTS_PER_MM - MARGIN.right;
  const { left } = MARGIN;
  return { drawn, left, legend: legendOf(entriesOf(drawn, lineOfBaseline(table)), { left, right, escaped }) };
}

/** Returns the right end of the axis of kept weights, which begins at 100 %. */
function leastShare(xs: FigureLines['xs']): number {
  return Math.min(50, ...xs.map(Number));
}

/** Greatest distance of two marks at one value, in points. */
const BESIDE = 7;

/** Returns how far the marks of a line are from their value, so that lines are beside each other. */
function shiftOf(i: number, { lines, xs }: FigureLines, { left, right }: { left: number; right: number }): number {
  const step = Math.min(BESIDE, (0.8 * (right - left)) / xs.length / lines.length);
  return step * (i - (lines.length - 1) / 2);
}

function xOf({ xs, isShare }: FigureLines, { left, right }: { left: number; right: number }): Frame['x'] {
  if (isShare) {
    const scale = scaleLog([100, leastShare(xs)], [left + 6, right - 6]);
    return (value) => scale(Number(value));
  }
  const scale = scalePoint(xs.map(String), [left, right]).padding(0.5);
  return (value) => scale(String(value)) ?? left;
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

function axes(
  { x, y, left, right, top, bottom }: Frame,
  { xs, isShare, title, shared }: FigureLines,
  { measure, height }: { measure: string; height: number },
): string[] {
  const label = format('~g');
  const along = shared.length === 0 ? title : `${title} (${shared.join(' · ')})`;
  const most = height - 2 * MARGIN.top;
  const measured = wrapped(measure, most);
  const reach = Math.min(most, Math.max(...measured.map(textWidth))) / 2; // the text stays inside of the picture
  const middle = Math.min(Math.max((top + bottom) / 2, MARGIN.top + reach), height - MARGIN.top - reach);
  return [
    `<path d="M${n(left)} ${n(top)}V${n(bottom)}H${n(right)}" fill="none" stroke="#000000" stroke-width="0.5"/>`,
    ...y
      .ticks(5)
      .map(
        (value) =>
          `<path d="M${n(left - 2)} ${n(y(value))}H${n(right)}" stroke="#dddddd" stroke-width="0.4"/><text x="${n(left - 4)}" y="${n(y(value) + FONT / 3)}" text-anchor="end">${label(value)}</text>`,
      ),
    ...(isShare ? SHARE_TICKS.filter((value) => value >= leastShare(xs)) : xs).map(
      (value) =>
        `<path d="M${n(x(value))} ${n(bottom)}v2" stroke="#000000" stroke-width="0.5"/><text x="${n(x(value))}" y="${n(bottom + FONT + 3)}" text-anchor="middle">${escaped(valueLabel(value))}</text>`,
    ),
    `<text x="${n((left + right) / 2)}" y="${n(bottom + 2 * FONT + 6)}" text-anchor="middle">${escaped(along)}</text>`,
    ...measured.map(
      (text, i) =>
        `<text transform="translate(${FONT + i * LINE} ${n(middle)}) rotate(-90)" text-anchor="middle">${escaped(text)}</text>`,
    ),
  ];
}

/** Draws the baseline as a line with a band of one deviation. */
function reference({ mean, deviation = 0 }: TableCell, { y, left, right }: Frame): string[] {
  const [top, bottom] = [y(mean + deviation), y(mean - deviation)];
  return [
    `<rect x="${n(left)}" y="${n(top)}" width="${n(right - left)}" height="${n(bottom - top)}" fill="#555555" fill-opacity="0.18"/>`,
    `<path d="M${n(left)} ${n(y(mean))}H${n(right)}" stroke="#555555" stroke-width="0.8"/>`,
  ];
}

/** Draws the means of rounds as marks on a line, with a band of one deviation. */
function drawLine({ points, hue: method, look }: FigureLine, { x, y }: Frame): string {
  const hue = methodColor(method);
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
  const hue = methodColor(method);
  const drawn = points.map(({ x: value, cell: { mean, deviation } }) => {
    const at = x(value) + shift;
    const bar = deviation === undefined ? '' : errorBar(at, [y(mean + deviation), y(mean - deviation)], hue);
    return bar + mark([at, y(mean)], look, hue);
  });
  return `<g>${drawn.join('')}</g>`;
}

/** Draws half the differences of ends without a barrier as bars of their own, which no line joins. */
function drawWithout({ without, hue: method }: FigureLine, { x, y }: Frame, shift: number): string[] {
  const marks = without.map(({ x: at, cell }) =>
    mark([x(at) + shift, y(cell.mean)], WITHOUT_BARRIER, methodColor(method)),
  );
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
  const entries = lines.map(({ shortLabel, look, hue: method, points, without }) => {
    const hue = methodColor(method);
    const path = !isShare ? '' : `<path d="M0 0H18" stroke="${hue}" stroke-dasharray="${dashOf(look)}"/>`;
    const count = repetitions((points.length > 0 ? points : without).map(({ cell }) => cell.n))
      .trim()
      .replaceAll(' ', '\u00a0'); // stays in one line
    const label = `${shortLabel} ${count}`;
    return { label, sign: path + mark([9, 0], look, hue) };
  });
  if (lines.some(({ without }) => without.length > 0))
    entries.push({ label: WITHOUT_BARRIER_LABEL, sign: mark([9, 0], WITHOUT_BARRIER, '#000000') });
  if (!baseline) return entries;
  const band =
    '<rect y="-2.5" width="18" height="5" fill="#555555" fill-opacity="0.18"/><path d="M0 0H18" stroke="#555555"/>';
  return [...entries, { label: `${baseline.node}${repetitions([baseline.cell.n])}`, sign: band }];
}

function n(value: number): string {
  return String(Math.round(100 * value) / 100);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`).replace(/\p{Cc}/gu, ' ');
}
