/** Labels at the ends of lines, moved apart so that they do not overlap. */
import type { Layer } from './frame';

export interface EndLabel {
  key: string;
  text: string;
  color: string;
  /** Position of the end of the line. */
  x: number;
  y: number;
}

const LINE = 14;
const CHARACTER = 5.9;

/**
 * Moves labels apart. Returns heights in [top, bottom] that have the same order as the wanted heights and are close to them. The distance
 * is at least `gap` if there is room.
 */
export function spread(
  wanted: readonly number[],
  { gap = LINE, top, bottom }: { gap?: number; top: number; bottom: number },
) {
  const order = wanted.map((y, place) => ({ y, place })).sort((a, b) => a.y - b.y || a.place - b.place);
  const room = order.length > 1 ? Math.min(gap, (bottom - top) / (order.length - 1)) : gap;
  let floor = top;
  for (const item of order) {
    item.y = Math.max(item.y, floor);
    floor = item.y + room;
  }
  let ceiling = bottom;
  for (const item of [...order].reverse()) {
    item.y = Math.min(item.y, ceiling);
    ceiling = item.y - room;
  }
  const result: number[] = [];
  for (const { y, place } of order) result[place] = y;
  return result;
}

/** Returns the width in pixels that the longest label needs with its leader line, at most `most`. */
export function labelRoom(texts: readonly string[], most: number): number {
  const longest = Math.max(0, ...texts.map((text) => text.length));
  return Math.min(most, 20 + longest * CHARACTER);
}

export interface LabelOptions {
  x: number;
  top: number;
  bottom: number;
  room: number;
}

/** Draws the labels at the right of a chart. A leader line connects each label with the end of its curve. */
export function drawEndLabels(layer: Layer, labels: readonly EndLabel[], options: LabelOptions): void {
  const heights = spread(
    labels.map(({ y }) => y),
    options,
  );
  const { x, room } = options;
  const most = Math.max(3, Math.floor((room - 20) / CHARACTER + 1e-6));
  const placed = labels.map((label, place) => ({ ...label, end: heights[place]! }));
  layer
    .selectAll<SVGPathElement, (typeof placed)[number]>('path')
    .data(placed, ({ key }) => key)
    .join('path')
    .attr('class', 'leader')
    .attr('stroke', ({ color }) => color)
    .attr('d', ({ x: from, y, end }) => `M${from + 4},${y}H${x + 2}L${x + 10},${end}h4`);
  layer
    .selectAll<SVGTextElement, (typeof placed)[number]>('text')
    .data(placed, ({ key }) => key)
    .join('text')
    .attr('class', 'end-label')
    .attr('x', x + 18)
    .attr('y', ({ end }) => end)
    .attr('dominant-baseline', 'central')
    .text(({ text }) => (text.length > most ? `${text.slice(0, most - 1)}…` : text));
}
