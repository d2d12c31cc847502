/** The points of a line chart: their marks, their choice by mouse and keys, and where points below the axis are. */
import { isStroked, markPath } from '../../engine/vocabulary/marks';
import type { LineLook } from '../../engine/vocabulary/studyLines';
import { rove, updateRoving } from '../parts/roving';
import { describe } from '../parts/tooltip';
import type { CurveOptions, CurvePoint, Series } from './curve';
import type { Frame } from './frame';

/** Radius of a mark in pixels. */
export const RADIUS = 3.5;

interface Dot extends CurvePoint {
  id: string;
  row: string;
  color: string;
  mark: Pick<LineLook, 'shape' | 'open'>;
}

/** Returns the fill of a mark: none for crosses and pluses, the background for open marks. */
export function fillOf({ shape, open }: Pick<LineLook, 'shape' | 'open'>, color: string): string {
  if (isStroked(shape)) return 'none';
  return open ? 'var(--sign-background)' : color;
}

/** Draws the marks of all points in the range of the axes, and arrows at the bottom for points below it. */
export function drawPoints(frame: Frame, series: readonly Series[], options: CurveOptions): void {
  const dots = dotsOf(series);
  const within = dots.filter((dot) => isInside(frame, dot));
  const layer = frame.layer('points');
  layer
    .selectAll<SVGPathElement, Dot>('path')
    .data(within, ({ id }) => id)
    .join('path')
    .attr('class', ({ mark }) => (mark.open || isStroked(mark.shape) ? 'point open' : 'point'))
    .attr('role', 'img')
    .attr('data-key', ({ key }) => key ?? null)
    .attr('data-row', ({ row }) => row)
    .attr('d', ({ mark }) => markPath(mark.shape, RADIUS))
    .attr('fill', ({ mark, color }) => fillOf(mark, color))
    .attr('stroke', ({ mark, color }) => (mark.open || isStroked(mark.shape) ? color : null))
    .attr('transform', ({ x, y }) => `translate(${frame.x(x)},${frame.y(y)})`)
    .classed('selected', ({ key }) => key !== undefined && key === options.selected)
    .on('click', (_, { key }) => {
      if (key !== undefined) options.onSelect?.(key);
    })
    .each(function ({ tip }) {
      if (tip !== undefined) describe(this, tip);
    });
  roveOnce(layer.node()!, options.onSelect);
  drawBelow(frame, dots);
}

function dotsOf(series: readonly Series[]): Dot[] {
  return series.flatMap(({ key, row = key, color, look, points }) => {
    const { shape, open } = look ?? {};
    if (!shape) return [];
    const mark = { shape, ...(open && { open }) };
    const drawn = points.filter(({ y }) => Number.isFinite(y));
    return drawn.map((point, place) => ({ ...point, row, color, id: `${key}#${place}`, mark }));
  });
}

/** Points on the edge count as inside, despite rounding. */
const EDGE = 0.5;

function isAcross(frame: Frame, { x }: CurvePoint): boolean {
  return frame.x(x) >= frame.left - EDGE && frame.x(x) <= frame.right + EDGE;
}

function isInside(frame: Frame, point: CurvePoint): boolean {
  const y = frame.y(point.y);
  return isAcross(frame, point) && y >= frame.top - EDGE && y <= frame.bottom + EDGE;
}

const ARROW = 'M-3.5,-6h7L0,0Z';

/** Draws an arrow at the lower edge for each point that is below it, so that no point is hidden without a sign. */
function drawBelow(frame: Frame, dots: readonly Dot[]): void {
  const below = dots.filter((dot) => isAcross(frame, dot) && frame.y(dot.y) > frame.bottom + EDGE);
  frame
    .layer('below')
    .selectAll<SVGPathElement, Dot>('path')
    .data(below, ({ id }) => id)
    .join('path')
    .attr('data-row', ({ row }) => row)
    .attr('d', ARROW)
    .attr('fill', ({ color }) => color)
    .attr('transform', ({ x }) => `translate(${frame.x(x)},${frame.bottom - 1})`)
    .each(function ({ tip }) {
      if (tip !== undefined) describe(this, `${tip}\nbelow the axis`);
    });
}

function roveOnce(layer: SVGGElement, onSelect?: (key: string) => void): void {
  const chosen = layer as SVGGElement & { onSelect?: ((key: string) => void) | undefined };
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
