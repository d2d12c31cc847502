/** The sign of a line in a legend: a piece of it with its mark, or of a reference line with its band. */
import { select } from 'd3';
import { markPath } from '../../engine/vocabulary/marks';
import type { Look } from './curve';
import { fillOf, RADIUS } from './points';

const SIZE = { width: 26, height: 12 };
const WIDTH = 1.75;

export interface LineSwatch {
  color: string;
  look: Look;
  /** Whether it is a reference line, which has a band instead of marks. */
  level?: boolean;
  /** Whether the points of the line are not joined. */
  apart?: boolean;
}

/** Draws the swatch into a node, or updates it. */
export function drawLineSwatch(node: HTMLElement, { color, look, level, apart }: LineSwatch): void {
  const svg = select(node).selectAll('svg').data([0]).join('svg').attr('aria-hidden', 'true');
  svg.attr('width', SIZE.width).attr('height', SIZE.height);
  const band = svg.selectAll('rect').data(level ? [0] : []);
  band
    .join('rect')
    .attr('class', 'swatch-band')
    .attr('width', SIZE.width)
    .attr('height', SIZE.height)
    .attr('fill', color);
  const line = svg.selectAll('path.line').data([0]).join('path').attr('class', 'line');
  line.attr('d', apart ? null : `M0,${SIZE.height / 2}H${SIZE.width}`).attr('stroke', color);
  const dash = level ? [] : (look.dash ?? []);
  line.attr('stroke-dasharray', dash.length === 0 ? null : dash.map((length) => length * WIDTH).join(' '));
  const marks = svg.selectAll('path.swatch-mark').data(look.shape && !level ? [look.shape] : []);
  marks
    .join('path')
    .attr('class', 'swatch-mark')
    .attr('transform', `translate(${SIZE.width / 2},${SIZE.height / 2})`)
    .attr('d', (shape) => markPath(shape, RADIUS))
    .attr('fill', (shape) => fillOf({ shape, ...(look.open && { open: true }) }, color))
    .attr('stroke', color);
}
