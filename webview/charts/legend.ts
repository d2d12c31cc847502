/** Legends: swatches and colour ramps. Exports include them, because they are drawn in SVG. */
import type { Layer } from './frame';

export interface Swatch {
  label: string;
  color: string;
  /** Colour of the outline. A swatch in the background colour needs one. */
  outline?: string;
}

export interface Ramp {
  label: string;
  colors: string[];
  from: string;
  to: string;
  /** Values that are marked on the ramp. `at` ∈ [0, 1] is the share of its length. */
  marks?: { at: number; label: string }[];
}

const BOX = 10;
const CHARACTER = 6.6;
const SPACE = 8;
const ROW = 18;

interface Placed extends Swatch {
  x: number;
  y: number;
}

/** Draws swatches in rows that wrap at the width. Returns the height in pixels. */
export function drawSwatches(layer: Layer, swatches: readonly Swatch[], width: number): number {
  let [x, y] = [0, 0];
  const placed = swatches.map((swatch): Placed => {
    const needed = BOX + 6 + swatch.label.length * CHARACTER + SPACE;
    if (x > 0 && x + needed > width) [x, y] = [0, y + ROW];
    const here = { ...swatch, x, y };
    x += needed;
    return here;
  });
  const items = layer.selectAll<SVGGElement, Placed>('g.swatch').data(placed).join('g').attr('class', 'swatch');
  items.attr('transform', ({ x: left, y: top }) => `translate(${left},${top})`);
  const boxes = items
    .selectAll('rect')
    .data((one) => [one])
    .join('rect');
  boxes
    .attr('y', 3)
    .attr('width', BOX)
    .attr('height', BOX)
    .attr('fill', ({ color }) => color);
  boxes.attr('stroke', ({ outline }) => outline ?? 'none');
  const words = items
    .selectAll('text')
    .data((one) => [one])
    .join('text');
  words
    .attr('x', BOX + 6)
    .attr('y', 12)
    .text(({ label }) => label);
  return y + ROW;
}

/** Draws a stepped ramp with labels at its ends and at its marks. */
export function drawRamp(layer: Layer, { label, colors, from, to, marks = [] }: Ramp): void {
  const title = layer.selectAll('text.name').data([label]).join('text').attr('class', 'name').attr('y', 12);
  title.text(String);
  const start = label.length * CHARACTER + 16 + from.length * CHARACTER;
  const length = 120;
  const cell = length / colors.length;
  const boxes = layer.selectAll('rect.step').data(colors).join('rect').attr('class', 'step');
  boxes
    .attr('x', (_, place) => start + place * cell)
    .attr('y', 3)
    .attr('width', cell + 0.5)
    .attr('height', BOX);
  boxes.attr('fill', String);
  const outline = layer.selectAll('rect.frame').data([0]).join('rect').attr('class', 'frame').attr('fill', 'none');
  outline.attr('x', start).attr('y', 3).attr('width', length).attr('height', BOX);
  const ends = [
    { text: from, x: start - 6, anchor: 'end' },
    { text: to, x: start + length + 6, anchor: 'start' },
  ];
  const words = layer.selectAll('text.end').data(ends).join('text').attr('class', 'end').attr('y', 12);
  words
    .attr('x', ({ x }) => x)
    .attr('text-anchor', ({ anchor }) => anchor)
    .text(({ text }) => text);
  drawRampMarks(layer, marks, { start, length });
}

function drawRampMarks(
  layer: Layer,
  marks: NonNullable<Ramp['marks']>,
  place: { start: number; length: number },
): void {
  const x = ({ at }: { at: number }) => place.start + at * place.length;
  const ticks = layer.selectAll('path.mark').data(marks).join('path').attr('class', 'mark');
  ticks.attr('d', (mark) => `M${x(mark)},0v${BOX + 6}`);
  const words = layer
    .selectAll('text.mark')
    .data(marks)
    .join('text')
    .attr('class', 'mark')
    .attr('text-anchor', 'middle');
  words
    .attr('x', x)
    .attr('y', BOX + 17)
    .text(({ label }) => label);
}
