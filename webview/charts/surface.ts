/** A loss surface: measured cells on a canvas, and contour lines, checkpoints and axes in SVG above it. */
import { tick } from '../format';
import { describe } from '../parts/tooltip';
import { rove, updateRoving } from '../parts/roving';
import { ramp, readTheme, type Theme } from '../theme';
import { contourLines, contourPath, type ContourLine, type GridPlace } from './contours';
import { canvasOf } from './heatmap';
import { drawFrame, type AxisOptions, type Frame } from './frame';
import { drawRamp } from './legend';

/** A measured network of the grid. */
export interface SurfaceCell {
  column: number;
  row: number;
  /** Not finite if the network has no loss. */
  value: number;
  tip: string;
}

export interface SurfaceEnd {
  name: string;
  x: number;
  y: number;
  tip: string;
}

export interface SurfaceData {
  /** Coordinates of the columns and rows, in units of the axes, in equal steps. */
  columns: readonly number[];
  rows: readonly number[];
  cells: readonly SurfaceCell[];
  ends: readonly SurfaceEnd[];
  /** Name of the measured quantity, with its unit. */
  quantity: string;
  scale: SurfaceScale;
  levels: readonly number[];
  format: (value: number) => string;
}

/** Converts a value to its share of the colour ramp, from 0 (lowest) to 1. */
export interface SurfaceScale {
  low: number;
  high: number;
  share: (value: number) => number;
}

export interface SurfaceOptions {
  width: number;
  height: number;
  label: string;
  x: string;
  y: string;
  format: (value: number) => string;
}

export interface DrawnSurface {
  /** Returns the cell at a point of the node, if it was measured. */
  cellAt: (x: number, y: number) => SurfaceCell | undefined;
}

const LEGEND = 26;
/** Margins of the frame, which has the plot area between them. */
const AROUND = { width: 64, height: 48 };
/** The shortest side of a plot is at least this share of its longest. */
const FLATTEST = 0.3;
/** Range of the colours between background and foreground. Contour lines in the foreground are visible on all of them. */
const SHADES = { from: 0.06, to: 0.56 };
const STEPS = 24;
/** The shortest side of a plot in pixels. */
const LEAST = 20;

/** Returns the colour of a share of the ramp. */
export function surfaceColor(share: number, theme: Theme): string {
  return ramp(SHADES.from + (SHADES.to - SHADES.from) * share, theme);
}

/** Draws the surface into a node. Both axes have the same scale, unless the plot would be too flat. */
export function drawSurface(node: HTMLElement, data: SurfaceData, options: SurfaceOptions): DrawnSurface {
  const theme = readTheme();
  const [x, y] = [edges(data.columns), edges(data.rows)];
  const size = sizeOf(span(x), span(y), options);
  const axis = (label: string, domain: [number, number]): AxisOptions => ({ label, domain, format: options.format });
  const frame = drawFrame(node, { ...size, label: options.label, x: axis(options.x, x), y: axis(options.y, y) });
  frame.layer('grid').selectAll('line').remove();
  frame.svg.attr('height', size.height + LEGEND);
  const place = ([column, row]: GridPlace): [number, number] => [
    frame.left + (column * (frame.right - frame.left)) / data.columns.length,
    frame.bottom - (row * (frame.bottom - frame.top)) / data.rows.length,
  ];
  const canvas = canvasOf(node, { width: size.width, height: size.height + LEGEND });
  drawCells(canvas, { data, place, theme });
  drawContours(frame, data, place);
  drawEnds(frame, data.ends);
  drawLegend(frame, { data, theme, top: size.height });
  return {
    cellAt: (left, top) => {
      const column = Math.floor(((left - frame.left) / (frame.right - frame.left)) * data.columns.length);
      const row = Math.floor(((frame.bottom - top) / (frame.bottom - frame.top)) * data.rows.length);
      return data.cells.find((cell) => cell.column === column && cell.row === row);
    },
  };
}

/** Returns the outer edges of the first and the last cell. */
function edges(coordinates: readonly number[]): [number, number] {
  const half = (coordinates[1]! - coordinates[0]!) / 2;
  return [coordinates[0]! - half, coordinates.at(-1)! + half];
}

function span([low, high]: [number, number]): number {
  return high - low;
}

/** Returns the height at which the surface is as wide as its node. More height would stay empty. */
export function surfaceHeight({ columns, rows }: Pick<SurfaceData, 'columns' | 'rows'>, width: number): number {
  const plot = Math.max(LEAST, width - AROUND.width);
  return plot * proportionOf(span(edges(columns)), span(edges(rows))) + AROUND.height + LEGEND;
}

function proportionOf(across: number, up: number): number {
  return Math.min(1 / FLATTEST, Math.max(FLATTEST, up / across));
}

/** Returns the size of the frame: the largest that fits, with the proportions of the plane. */
function sizeOf(across: number, up: number, { width, height }: SurfaceOptions): { width: number; height: number } {
  const room = {
    width: Math.max(LEAST, width - AROUND.width),
    height: Math.max(LEAST, height - AROUND.height - LEGEND),
  };
  const proportion = proportionOf(across, up);
  const plot = Math.min(room.width, room.height / proportion);
  return { width: plot + AROUND.width, height: plot * proportion + AROUND.height };
}

type Placer = (place: GridPlace) => [number, number];

function drawCells(
  context: CanvasRenderingContext2D,
  { data, place, theme }: { data: SurfaceData; place: Placer; theme: Theme },
): void {
  for (const { column, row, value } of data.cells) {
    const [left, bottom] = place([column, row]);
    const [right, top] = place([column + 1, row + 1]);
    context.fillStyle = Number.isFinite(value) ? surfaceColor(data.scale.share(value), theme) : theme.broken;
    // Cells overlap by half a pixel, because gaps between them would look like lines.
    context.fillRect(left, top, right - left + 0.5, bottom - top + 0.5);
  }
  const [left, bottom] = place([0, 0]);
  const [right, top] = place([data.columns.length, data.rows.length]);
  context.strokeStyle = theme.line;
  context.strokeRect(left - 0.5, top - 0.5, right - left + 1, bottom - top + 1);
}

/** Draws contour lines of the complete rows. Networks without a finite loss count as the highest value. */
function drawContours(frame: Frame, data: SurfaceData, place: Placer): void {
  const { scale, levels, ends } = data;
  const grid = completeRows(data);
  const lines = grid.rows > 1 ? contourLines(grid, levels) : [];
  const layer = frame.layer('contours');
  layer
    .selectAll('path')
    .data(lines)
    .join('path')
    .attr('class', 'contour')
    .attr('data-level', ({ level }) => level)
    .attr('d', (one) => contourPath(one, place));
  const taken = ends.map(({ x, y }): [number, number] => [frame.x(x), frame.y(y)]);
  const labels = longestOf(lines).map((one) => ({ level: one.level, at: labelPlace(one.places.map(place), taken) }));
  layer
    .selectAll('text')
    .data(scale.high > scale.low ? labels : [])
    .join('text')
    .attr('class', 'contour-label')
    .attr('text-anchor', 'middle')
    .attr('x', ({ at }) => at[0])
    .attr('y', ({ at }) => at[1] + 4)
    .text(({ level }) => tick(level));
}

function completeRows({ columns, rows, cells, scale }: SurfaceData): {
  columns: number;
  rows: number;
  values: number[];
} {
  const known = new Map(cells.map(({ row, column, value }) => [row * columns.length + column, value]));
  const values: number[] = [];
  while (values.length < columns.length * rows.length && known.has(values.length)) {
    const value = known.get(values.length)!;
    values.push(Number.isFinite(value) ? value : scale.high);
  }
  const complete = Math.floor(values.length / columns.length);
  return { columns: columns.length, rows: complete, values: values.slice(0, complete * columns.length) };
}

/** Returns the longest line of each level. Only it gets a label. */
function longestOf(lines: readonly ContourLine[]): ContourLine[] {
  const longest = new Map<number, ContourLine>();
  for (const one of lines) {
    if (one.places.length > (longest.get(one.level)?.places.length ?? 0)) longest.set(one.level, one);
  }
  return [...longest.values()];
}

/** Returns the place of a label: on its line, as far as possible from checkpoints and other labels. Adds it to `taken`. */
function labelPlace(line: readonly [number, number][], taken: [number, number][]): [number, number] {
  const free = ([x, y]: [number, number]) => Math.min(...taken.map(([left, top]) => Math.hypot(x - left, y - top)));
  const inner = line.length > 4 ? line.slice(1, -1) : line;
  const best = inner.reduce((one, other) => (free(other) > free(one) ? other : one));
  taken.push(best);
  return best;
}

function drawEnds(frame: Frame, ends: readonly SurfaceEnd[]): void {
  const layer = frame.layer('ends');
  const marks = layer
    .selectAll<SVGGElement, SurfaceEnd>('g')
    .data(ends, ({ name }) => name)
    .join('g')
    .attr('class', 'end-mark')
    .attr('transform', ({ x, y }) => `translate(${frame.x(x)},${frame.y(y)})`)
    .each(function ({ tip }) {
      describe(this, tip);
    });
  const own = (one: SurfaceEnd) => [one];
  marks.selectAll('circle').data(own).join('circle').attr('r', 9);
  marks
    .selectAll('text')
    .data(own)
    .join('text')
    .attr('text-anchor', 'middle')
    .attr('y', 4)
    .text(({ name }) => name);
  const node = layer.node()!;
  if (!node.hasAttribute('data-roving')) {
    node.setAttribute('data-roving', '');
    rove(node, { items: 'g' });
  }
  updateRoving(node, 'g');
}

function drawLegend(frame: Frame, { data, theme, top }: { data: SurfaceData; theme: Theme; top: number }): void {
  const legend = frame.layer('legend').attr('transform', `translate(8,${top + 6})`);
  const colors = Array.from({ length: STEPS }, (_, step) => surfaceColor(step / (STEPS - 1), theme));
  const { low, high } = data.scale;
  drawRamp(legend, { label: data.quantity, colors, from: data.format(low), to: data.format(high) });
}
