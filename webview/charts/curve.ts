/** A line chart with points, bands and reference lines. */
import { area, line } from 'd3';
import { describe } from '../parts/tooltip';
import { rove, updateRoving } from '../parts/roving';
import { drawEndLabels, labelRoom } from './labels';
import { drawFrame, type AxisOptions, type Frame, type Layer } from './frame';

export interface CurvePoint {
  x: number;
  y: number;
  /** The tooltip of the point. */
  tip?: string;
  /** The key that `onSelect` receives when the point is clicked. */
  key?: string;
}

export type Shape = 'circle' | 'square' | 'diamond' | 'triangle';

export interface Series {
  key: string;
  /** The text at the end of the line. Thin lines, which show single seeds, have no text. */
  label?: string;
  color: string;
  points: CurvePoint[];
  dashed?: boolean;
  thin?: boolean;
  /** Whether the line belongs to the run that the panel shows. */
  strong?: boolean;
  /** The shape of the points. It distinguishes lines of similar colours. Without a shape, no points are drawn. */
  shape?: Shape;
  /** The band of ± 1 standard deviation around the line. */
  band?: { x: number; low: number; high: number }[];
}

export interface Reference {
  key: string;
  label: string;
  color: string;
  y: number;
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
}

const SHAPES: Record<Shape, string> = {
  circle: 'M-3.5,0a3.5,3.5 0 1,0 7,0a3.5,3.5 0 1,0 -7,0Z',
  square: 'M-3.2,-3.2h6.4v6.4h-6.4Z',
  diamond: 'M0,-5L5,0L0,5L-5,0Z',
  triangle: 'M0,-4.5L4.5,3.5H-4.5Z',
};

/** Draws the chart into a node. Returns its frame, in which the caller can draw more layers. */
export function drawCurve(node: HTMLElement, series: readonly Series[], options: CurveOptions): Frame {
  const references = options.references ?? [];
  const texts = [...series, ...references].flatMap(({ label }) => label ?? []);
  const room = labelRoom(texts, options.width * 0.35);
  const frame = drawFrame(node, { ...options, right: room });
  drawMarks(frame, options.marks ?? []);
  drawReferences(frame, references);
  drawBands(frame, series);
  drawLines(frame, series);
  drawPoints(frame, series, options);
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
  frame
    .layer('references')
    .selectAll<SVGLineElement, Reference>('line')
    .data(references, ({ key }) => key)
    .join('line')
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
  const banded = series.filter(({ band }) => (band?.length ?? 0) > 1);
  const bands = clipped(frame, 'bands').selectAll('path').data(banded).join('path');
  bands.attr('fill', ({ color }) => color).attr('d', ({ band }) => shape(band!));
}

/** Returns a layer that is clipped to the plot area. */
function clipped(frame: Frame, name: string): Layer {
  const id = `${(frame.svg.node()!.id ||= `chart-${++charts}`)}-plot`;
  const clip = frame.svg.selectAll('clipPath').data([id]).join('clipPath').attr('id', id);
  clip
    .selectAll('rect')
    .data([frame])
    .join('rect')
    .attr('x', frame.left)
    .attr('y', frame.top)
    .attr('width', frame.right - frame.left)
    .attr('height', frame.bottom - frame.top);
  return frame.layer(name).attr('clip-path', `url(#${id})`);
}

let charts = 0;

function drawLines(frame: Frame, series: readonly Series[]): void {
  const path = line<CurvePoint>()
    .defined(({ y }) => Number.isFinite(y))
    .x(({ x }) => frame.x(x))
    .y(({ y }) => frame.y(y));
  frame
    .layer('lines')
    .selectAll<SVGPathElement, Series>('path')
    .data(series, ({ key }) => key)
    .join('path')
    .attr('data-key', ({ key }) => key)
    .attr('class', ({ dashed, thin, strong }) =>
      ['line', dashed && 'dashed', thin && 'thin', strong && 'strong'].filter(Boolean).join(' '),
    )
    .attr('stroke', ({ color }) => color)
    .attr('d', ({ points }) => path(points));
}

interface Dot extends CurvePoint {
  color: string;
  id: string;
  path: string;
}

function drawPoints(frame: Frame, series: readonly Series[], { selected, onSelect }: CurveOptions): void {
  const dots: Dot[] = series.flatMap(({ key, color, shape, points }) => {
    if (!shape) return [];
    const drawn = points.filter(({ y }) => Number.isFinite(y));
    return drawn.map((point, place) => ({ ...point, color, id: `${key}#${place}`, path: SHAPES[shape] }));
  });
  const layer = frame.layer('points');
  layer
    .selectAll<SVGPathElement, Dot>('path')
    .data(dots, ({ id }) => id)
    .join('path')
    .attr('class', 'point')
    .attr('role', 'img')
    .attr('data-key', ({ key }) => key ?? null)
    .attr('d', ({ path }) => path)
    .attr('fill', ({ color }) => color)
    .attr('transform', ({ x, y }) => `translate(${frame.x(x)},${frame.y(y)})`)
    .classed('selected', ({ key }) => key !== undefined && key === selected)
    .on('click', (_, { key }) => {
      if (key !== undefined) onSelect?.(key);
    })
    .each(function ({ tip }) {
      if (tip !== undefined) describe(this, tip);
    });
  roveOnce(layer.node()!, onSelect);
}

function roveOnce(layer: SVGGElement, onSelect?: (key: string) => void): void {
  const chosen = layer as SVGGElement & { onSelect?: (key: string) => void };
  if (!('onSelect' in chosen)) {
    rove(layer, {
      items: 'path',
      press: (item) => {
        const key = item.getAttribute('data-key');
        if (key !== null) chosen.onSelect?.(key);
      },
    });
  }
  chosen.onSelect = onSelect;
  updateRoving(layer, 'path', '.selected');
}
