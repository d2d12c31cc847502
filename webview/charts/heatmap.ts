/** A heatmap of layers × rounds: cells on a canvas, and names and selection in SVG above it. */
import { ListNames } from '../parts/names';
import { readTheme } from '../theme';
import { contrast } from './color';
import { pixelRatio } from './pixels';
import { groupOf, svgOf, type Layer } from './frame';
import { drawRamp, type Ramp } from './legend';

export interface Cell {
  /** Undefined if nothing was measured. */
  color?: string;
  /** Text to show in the cell if there is room. */
  text: string;
  tip: string;
}

export interface HeatmapData {
  /** Names of the rows (layers) and columns (rounds). */
  rows: string[];
  columns: string[];
  columnTitle: string;
  /** Whether each row has a number after its name, from 1. The number is never cut. */
  numbered?: boolean;
  /** What a row is, for the table: by default, a layer. */
  rowTitle?: string;
  /** Row-major. */
  cells: Cell[];
  ramp: Ramp;
}

export interface HeatmapOptions {
  width: number;
  height: number;
  label: string;
  selected?: { row?: number; column?: number };
}

/** Position and size of the cells in the node. */
export interface HeatmapLayout {
  left: number;
  top: number;
  cellWidth: number;
  cellHeight: number;
  rows: number;
  columns: number;
}

const TOP = 34;
const LEGEND = 28;
/** Height of the words at the marks of a legend. */
const LEGEND_MARKS = 16;
const CHARACTER = 6.4;
/** Texts are shown in cells if all of them fit with this padding. */
const ROOM = { width: 8, height: 16 };
/** Text colours. At least one of them has a contrast of 4.5 : 1 to any cell colour. */
const [BLACK, WHITE] = ['#000000', '#ffffff'];
const MOST_CELL = { width: 120, height: 22 };
/** With more rows than fit into this height, the cells are lower. */
const MOST_HEIGHT = 620;

/** Computes the layout. Reserves room for the names, and divides the rest among the cells. */
export function layoutHeatmap(
  { rows, columns, numbered, ramp }: HeatmapData,
  { width, height }: HeatmapOptions,
): HeatmapLayout {
  const longest = Math.max(...rows.map((name, row) => name.length + numberOf(row, numbered).length), 5);
  const left = Math.min(longest * CHARACTER + 12, width * 0.4);
  const room = { width: width - left - 8, height: height - TOP - legendHeight(ramp) };
  return {
    left,
    top: TOP,
    cellWidth: Math.max(2, Math.min(MOST_CELL.width, room.width / columns.length)),
    cellHeight: Math.max(1, Math.min(MOST_CELL.height, room.height / rows.length)),
    rows: rows.length,
    columns: columns.length,
  };
}

function legendHeight({ marks = [] }: Ramp): number {
  return marks.length > 0 ? LEGEND + LEGEND_MARKS : LEGEND;
}

/** Returns the text after the name of a row. */
export function numberOf(row: number, numbered = false): string {
  return numbered ? ` ${row + 1}` : '';
}

/** Returns the height at which the cells have their greatest size, up to a limit. More height would stay empty. */
export function heightOf({ rows, ramp }: Pick<HeatmapData, 'rows' | 'ramp'>): number {
  return Math.min(MOST_HEIGHT, TOP + rows.length * MOST_CELL.height + legendHeight(ramp));
}

/** Returns the cell at a point of the node, if there is one. */
export function cellAt(layout: HeatmapLayout, x: number, y: number): { row: number; column: number } | undefined {
  const column = Math.floor((x - layout.left) / layout.cellWidth);
  const row = Math.floor((y - layout.top) / layout.cellHeight);
  const inside = row >= 0 && column >= 0 && row < layout.rows && column < layout.columns;
  return inside ? { row, column } : undefined;
}

/** Draws the heatmap into a node. */
export function drawHeatmap(node: HTMLElement, data: HeatmapData, options: HeatmapOptions): HeatmapLayout {
  const layout = layoutHeatmap(data, options);
  drawCells(canvasOf(node, options), data, layout);
  const svg = svgOf(node, options);
  drawNames(groupOf(svg, 'names'), data, layout);
  drawSelection(groupOf(svg, 'selection'), layout, options.selected ?? {});
  const legend = groupOf(svg, 'legend');
  drawRamp(legend, data.ramp);
  legend.attr('transform', `translate(8,${layout.top + layout.rows * layout.cellHeight + 10})`);
  return layout;
}

/** Returns the canvas of a node, cleared and resized to device pixels. */
export function canvasOf(
  node: HTMLElement,
  { width, height }: { width: number; height: number },
): CanvasRenderingContext2D {
  let canvas = node.querySelector('canvas');
  if (!canvas) node.prepend((canvas = document.createElement('canvas')));
  const ratio = pixelRatio();
  const pixels = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
  const context = canvas.getContext('2d')!;
  // Assigning a size allocates the pixels again, even if the size is the same.
  if (canvas.width === pixels.width && canvas.height === pixels.height) context.reset();
  else Object.assign(canvas, pixels);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

function drawCells(context: CanvasRenderingContext2D, { cells }: HeatmapData, layout: HeatmapLayout): void {
  const { left, top, cellWidth, cellHeight, columns, rows } = layout;
  const theme = readTheme();
  const widest = Math.max(...cells.map(({ text }) => text.length)) * CHARACTER + ROOM.width;
  const written = cellHeight >= ROOM.height && cellWidth >= widest;
  context.font = `11px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  cells.forEach(({ color, text }, place) => {
    const [x, y] = [left + (place % columns) * cellWidth, top + Math.floor(place / columns) * cellHeight];
    const gap = cellHeight > 5 ? 1 : 0;
    if (color !== undefined) {
      context.fillStyle = color;
      context.fillRect(x, y, cellWidth - gap, cellHeight - gap);
    }
    if (!written) return;
    context.fillStyle =
      color === undefined ? theme.muted : contrast(color, BLACK) > contrast(color, WHITE) ? BLACK : WHITE;
    context.fillText(text, x + (cellWidth - gap) / 2, y + (cellHeight - gap) / 2 + 0.5);
  });
  context.strokeStyle = theme.line;
  context.strokeRect(left - 0.5, top - 0.5, columns * cellWidth + 1, rows * cellHeight + 1);
}

function drawNames(layer: Layer, { rows, columns, columnTitle, numbered }: HeatmapData, layout: HeatmapLayout): void {
  const { left, top, cellWidth, cellHeight } = layout;
  const every = Math.ceil(11 / cellHeight);
  const most = Math.floor((left - 10) / CHARACTER);
  const shown = rows.map((name, row) => ({ name, row })).filter(({ row }) => row % every === 0);
  const names = layer.selectAll('text.row').data(shown).join('text').attr('class', 'row').attr('text-anchor', 'end');
  names
    .attr('x', left - 6)
    .attr('y', ({ row }) => top + (row + 0.5) * cellHeight)
    .attr('dominant-baseline', 'central');
  const listed = new ListNames(rows);
  names.text(({ name, row }) => {
    const number = numberOf(row, numbered);
    return listed.shorten(name, most - number.length) + number;
  });
  const widest = Math.max(...columns.map((name) => name.length));
  const step = Math.ceil((widest * CHARACTER + 4) / cellWidth);
  const heads = columns.map((name, column) => ({ name, column })).filter(({ column }) => column % step === 0);
  const titles = layer
    .selectAll('text.column')
    .data(heads)
    .join('text')
    .attr('class', 'column')
    .attr('text-anchor', 'middle');
  titles
    .attr('x', ({ column }) => left + (column + 0.5) * cellWidth)
    .attr('y', top - 6)
    .text(({ name }) => name);
  const title = layer.selectAll('text.title').data([columnTitle]).join('text').attr('class', 'title');
  title.attr('x', left).attr('y', 12).text(String);
}

function drawSelection(layer: Layer, layout: HeatmapLayout, { row, column }: { row?: number; column?: number }): void {
  const { left, top, cellWidth, cellHeight, rows, columns } = layout;
  const whole = { x: left, y: top, width: columns * cellWidth, height: rows * cellHeight };
  const boxes = [];
  if (row !== undefined && row >= 0) boxes.push({ ...whole, y: top + row * cellHeight, height: cellHeight });
  if (column !== undefined && column >= 0) boxes.push({ ...whole, x: left + column * cellWidth, width: cellWidth });
  const drawn = layer.selectAll('rect').data(boxes).join('rect').attr('class', 'selected');
  drawn.attr('x', ({ x }) => x - 0.5).attr('y', ({ y }) => y - 0.5);
  drawn.attr('width', ({ width }) => width).attr('height', ({ height }) => height);
}
