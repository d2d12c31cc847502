/** A line chart with points, bands and reference lines. */
import { area, line } from 'd3';
import type { LineLook } from '../../engine/vocabulary/studyLines';
import { describe } from '../parts/tooltip';
import { drawErrorBars, type ErrorBar } from './errorBars';
import { drawEndLabels, labelRoom } from './labels';
import { clipped, drawFrame, type AxisOptions, type Frame } from './frame';
import { drawPoints } from './points';

export interface CurvePoint {
  x: number;
  y: number;
  /** The tooltip of the point. */
  tip?: string;
  /** The key that `onSelect` receives when the point is clicked. */
  key?: string;
}

/** How a line is drawn: its dash, and the mark of its points. Without a shape, no points are drawn. */
export type Look = Partial<LineLook>;

export interface Series {
  key: string;
  /** The key of the row of a legend, if several lines share one. By default `key`. */
  row?: string;
  /** The text at the end of the line. Thin lines, which show single seeds, have no text. */
  label?: string;
  color: string;
  points: CurvePoint[];
  look?: Look;
  thin?: boolean;
  /** Whether the line belongs to the run that the panel shows. */
  strong?: boolean;
  /** Whether the line is only for comparison, such as another measure of the same networks. */
  faint?: boolean;
  /** The band of ± 1 standard deviation around the line. A single point has an error bar. */
  band?: { x: number; low: number; high: number }[];
  /** Whether the values along x have no order: the points are not joined, and each has an error bar. */
  apart?: boolean;
}

export interface Reference {
  key: string;
  label: string;
  color: string;
  y: number;
  /** One standard deviation of `y`, which is drawn as a band. */
  deviation?: number;
  tip: string;
}

export interface CurveOptions {
  width: number;
  height: number;
  label: string;
  x: AxisOptions;
  y: AxisOptions;
  references?: Reference[];
  /** Vertical lines, such as at the start of each round. */
  marks?: { x: number; label: string }[];
  selected?: string;
  onSelect?: (key: string) => void;
  /** Whether a legend names the lines, so that they need no labels. */
  legend?: boolean;
}

/** Draws the chart into a node. Returns its frame, in which the caller can draw more layers. */
export function drawCurve(node: HTMLElement, series: readonly Series[], options: CurveOptions): Frame {
  const references = options.references ?? [];
  const texts = [...series, ...references].flatMap(({ label }) => label ?? []);
  const room = labelRoom(texts, options.width * 0.35);
  const frame = drawFrame(node, options.legend ? options : { ...options, right: room });
  drawMarks(frame, options.marks ?? []);
  drawReferences(frame, references);
  drawBands(frame, series);
  drawLines(frame, series);
  drawErrorBars(clipped(frame, 'error-bars'), frame, series.flatMap(errorBarsOf));
  drawPoints(frame, series, options);
  if (options.legend) return frame;
  const ends = [
    ...lineEnds(series, frame),
    ...references.map(({ key, label, color, y }) => ({ key, text: label, color, x: frame.right - 4, y: frame.y(y) })),
  ];
  drawEndLabels(frame.layer('labels'), ends, { x: frame.right, top: frame.top, bottom: frame.bottom, room });
  return frame;
}

function lineEnds(series: readonly Series[], frame: Frame) {
  return series.flatMap(({ key, label, color, points }) => {
    const last = points.at(-1);
    return label !== undefined && last ? [{ key, text: label, color, x: frame.x(last.x), y: frame.y(last.y) }] : [];
  });
}

function drawMarks(frame: Frame, marks: readonly { x: number; label: string }[]): void {
  const layer = frame.layer('marks');
  const x = (mark: { x: number }) => frame.x(mark.x);
  const spaced = marks.filter((mark, place) => place === 0 || x(mark) - x(marks[place - 1]!) > 14);
  layer
    .selectAll('line')
    .data(marks)
    .join('line')
    .attr('x1', x)
    .attr('x2', x)
    .attr('y1', frame.top)
    .attr('y2', frame.bottom);
  const words = layer.selectAll('text').data(spaced).join('text');
  words
    .attr('x', (mark) => x(mark) + 3)
    .attr('y', frame.top + 8)
    .text(({ label }) => label);
}

function drawReferences(frame: Frame, references: readonly Reference[]): void {
  const layer = clipped(frame, 'references');
  const width = frame.right - frame.left;
  layer
    .selectAll<SVGRectElement, Reference>('rect')
    .data(
      references.filter(({ deviation }) => deviation !== undefined),
      ({ key }) => key,
    )
    .join('rect')
    .attr('x', frame.left)
    .attr('width', width)
    .attr('y', ({ y, deviation = 0 }) => frame.y(y + deviation))
    .attr('height', ({ y, deviation = 0 }) => frame.y(y - deviation) - frame.y(y + deviation))
    .attr('fill', ({ color }) => color);
  layer
    .selectAll<SVGLineElement, Reference>('line')
    .data(references, ({ key }) => key)
    .join('line')
    .attr('data-row', ({ key }) => key)
    .attr('x1', frame.left)
    .attr('x2', frame.right)
    .attr('y1', ({ y }) => frame.y(y))
    .attr('y2', ({ y }) => frame.y(y))
    .attr('stroke', ({ color }) => color)
    .each(function ({ tip }) {
      describe(this, tip);
    });
}

function drawBands(frame: Frame, series: readonly Series[]): void {
  const shape = area<{ x: number; low: number; high: number }>()
    .x(({ x }) => frame.x(x))
    .y0(({ low }) => frame.y(low))
    .y1(({ high }) => frame.y(high));
  const banded = series.filter(({ band, apart }) => !apart && (band?.length ?? 0) > 1);
  const bands = clipped(frame, 'bands').selectAll('path').data(banded).join('path');
  bands
    .attr('data-row', ({ row, key }) => row ?? key)
    .attr('fill', ({ color }) => color)
    .attr('d', ({ band }) => shape(band!));
}

function errorBarsOf({ key, row = key, color, band = [], apart }: Series): ErrorBar[] {
  return apart || band.length === 1 ? band.map((ends) => ({ ...ends, row, color })) : [];
}

/** Width of lines in pixels. Dashes are in units of it. */
const WIDTH = 1.75;

function drawLines(frame: Frame, series: readonly Series[]): void {
  const path = line<CurvePoint>()
    .defined(({ y }) => Number.isFinite(y))
    .x(({ x }) => frame.x(x))
    .y(({ y }) => frame.y(y));
  clipped(frame, 'lines')
    .selectAll<SVGPathElement, Series>('path')
    .data(series, ({ key }) => key)
    .join('path')
    .attr('data-key', ({ key }) => key)
    .attr('data-row', ({ row, key }) => row ?? key)
    .attr('class', ({ look, thin, strong, faint }) =>
      ['line', look?.dash?.length && 'dashed', thin && 'thin', strong && 'strong', faint && 'faint']
        .filter(Boolean)
        .join(' '),
    )
    .attr('stroke', ({ color }) => color)
    .attr('stroke-dasharray', ({ look, thin }) =>
      thin || !look?.dash?.length ? null : look.dash.map((length) => length * WIDTH).join(' '),
    )
    .attr('d', ({ points, apart }) => (apart ? null : path(points)));
}
