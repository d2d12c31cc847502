/**
 * Draws a table of a study as a figure: an SVG in the size of a column of a paper, black on white, with its source inside. Uses only
 * functions of d3 that need no document.
 */
import { format, line as lineOf, scaleLinear, scaleLog, scalePoint, symbol, symbolsFill, type ScaleLinear } from 'd3';
import { UserError } from '../errors';
import { METHOD_NAMES, methodColor } from '../vocabulary/looks';
import type { StudyTable, TableCell } from '../vocabulary/study';
import { measureTitle } from '../vocabulary/studySchema';
import { linesOf, type FigureLine, type FigureLines } from './figureLines';
import { caption } from './formats';

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
const FONT = 7;
const LINE = 9;
/** Least height of the plot itself, in points. */
const LEAST = 40;
const MARGIN = { top: 4, right: 6, bottom: 24, left: 32 };

const HUES: Readonly<Record<string, string>> = Object.fromEntries(
  METHOD_NAMES.map((name) => [name, methodColor(name)]),
);
const OTHER_HUES = Object.values(HUES).reverse();
const DASHES = ['none', '4 2', '1.5 1.5', '6 2 1.5 2', '8 3', '2 3'];

/** Returns the SVG of a table. Along x are kept weights if the rows are rounds, else the values of the last axis of the rows. */
export function drawFigure(table: StudyTable, { width, height, provenance }: FigureOptions): string {
  const [w, h] = [width * POINTS_PER_MM, height * POINTS_PER_MM];
  const drawn = linesOf(table);
  const rows = Math.ceil((drawn.lines.length + (table.baseline ? 1 : 0)) / 2);
  const box = { left: MARGIN.left, right: w - MARGIN.right, top: MARGIN.top + rows * LINE, bottom: h - MARGIN.bottom };
  if (box.bottom - box.top < LEAST)
    throw new UserError(
      `--height is ${height}, which leaves no space below ${drawn.lines.length} lines of legend. Raise it.`,
    );
  const frame = { ...box, x: xOf(drawn, box), y: yOf(table, drawn, box) };
  const hues = huesOf(drawn.lines);
  const parts = [
    ...axes(frame, drawn, measureTitle(table.measure)),
    ...(table.baseline ? reference(table.baseline.cell, frame) : []),
    ...drawn.lines.map((line, i) => drawLine(line, frame, hues[i]!)),
    ...legend(drawn.lines, { hues, column: (w - MARGIN.left) / 2, baseline: table.baseline?.node }),
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

function xOf({ xs, isShare }: FigureLines, { left, right }: { left: number; right: number }): Frame['x'] {
  if (isShare) {
    const shares = xs as readonly number[];
    const scale = scaleLog([Math.max(...shares), Math.min(...shares)], [left + 6, right - 6]);
    return (value) => (shares.length > 1 ? scale(Number(value)) : (left + right) / 2);
  }
  const scale = scalePoint(xs.map(String), [left, right]).padding(0.5);
  return (value) => scale(String(value)) ?? left;
}

function yOf(
  { baseline }: StudyTable,
  { lines }: FigureLines,
  { top, bottom }: { top: number; bottom: number },
): Frame['y'] {
  const cells = [
    ...lines.flatMap(({ points }) => points.map(({ cell }) => cell)),
    ...(baseline ? [baseline.cell] : []),
  ];
  const ends = cells.flatMap(({ mean, deviation = 0 }) => [mean - deviation, mean + deviation]);
  const [low, high] = ends.length === 0 ? [0, 1] : [Math.min(...ends), Math.max(...ends)];
  return scaleLinear(low === high ? [low - 1, high + 1] : [low, high], [bottom, top + 4]).nice(5);
}

function axes(
  { x, y, left, right, top, bottom }: Frame,
  { xs, isShare, title }: FigureLines,
  measure: string,
): string[] {
  const label = format('~g');
  return [
    `<path d="M${n(left)} ${n(top)}V${n(bottom)}H${n(right)}" fill="none" stroke="#000000" stroke-width="0.5"/>`,
    ...y
      .ticks(5)
      .map(
        (value) =>
          `<path d="M${n(left - 2)} ${n(y(value))}H${n(right)}" stroke="#dddddd" stroke-width="0.4"/><text x="${n(left - 4)}" y="${n(y(value) + FONT / 3)}" text-anchor="end">${label(value)}</text>`,
      ),
    ...xs.map(
      (value) =>
        `<path d="M${n(x(value))} ${n(bottom)}v2" stroke="#000000" stroke-width="0.5"/><text x="${n(x(value))}" y="${n(bottom + FONT + 3)}" text-anchor="middle">${escaped(isShare ? format('~r')(Number(Number(value).toPrecision(2))) : String(value))}</text>`,
    ),
    `<text x="${n((left + right) / 2)}" y="${n(bottom + 2 * FONT + 6)}" text-anchor="middle">${escaped(title)}</text>`,
    `<text transform="translate(${FONT} ${n((top + bottom) / 2)}) rotate(-90)" text-anchor="middle">${escaped(measure)}</text>`,
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

/** Draws the means as marks on a line, with a band of one deviation. */
function drawLine({ points, style }: FigureLine, { x, y }: Frame, hue: string): string {
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
      : '';
  const bars =
    band.length === 1
      ? band.map(([at, high, low]) => `<path d="M${n(at)} ${n(high)}V${n(low)}" stroke="${hue}"/>`).join('')
      : '';
  const path = lineOf()(points.map(({ x: at, cell }): [number, number] => [x(at), y(cell.mean)])) ?? '';
  const marks = points.map(({ x: at, cell }) => mark(x(at), y(cell.mean), { style, hue })).join('');
  return `<g>${area}${bars}<path d="${path}" fill="none" stroke="${hue}" stroke-dasharray="${dashOf(style)}"/>${marks}</g>`;
}

function mark(x: number, y: number, { style, hue }: { style: number; hue: string }): string {
  const path = symbol(symbolsFill[style % symbolsFill.length], 14)() ?? '';
  return `<path transform="translate(${n(x)} ${n(y)})" d="${path}" fill="${hue}"/>`;
}

function dashOf(style: number): string {
  return DASHES[style % DASHES.length]!;
}

function legend(
  lines: readonly FigureLine[],
  { hues, column, baseline }: { hues: readonly string[]; column: number; baseline: string | undefined },
): string[] {
  const entry = (i: number, label: string, sign: string) => {
    const [x, y] = [MARGIN.left + (i % 2) * column, MARGIN.top + Math.floor(i / 2) * LINE + LINE / 2];
    return `<g transform="translate(${n(x)} ${n(y)})">${sign}<text x="22" y="${n(FONT / 3)}">${escaped(label)}</text></g>`;
  };
  const entries = lines.map(({ label, style }, i) => {
    const hue = hues[i]!;
    return entry(
      i,
      label,
      `<path d="M0 0H18" stroke="${hue}" stroke-dasharray="${dashOf(style)}"/>${mark(9, 0, { style, hue })}`,
    );
  });
  const band =
    '<rect y="-2.5" width="18" height="5" fill="#555555" fill-opacity="0.18"/><path d="M0 0H18" stroke="#555555"/>';
  return baseline === undefined ? entries : [...entries, entry(lines.length, baseline, band)];
}

/** A method has its hue. Other lines get one of the hues in turn. */
function huesOf(lines: readonly FigureLine[]): string[] {
  const others = [...new Set(lines.filter(({ method }) => !Object.hasOwn(HUES, method)).map(({ method }) => method))];
  return lines.map(({ method }) => HUES[method] ?? OTHER_HUES[others.indexOf(method) % OTHER_HUES.length]!);
}

function n(value: number): string {
  return String(Math.round(100 * value) / 100);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`).replace(/\p{Cc}/gu, ' ');
}
