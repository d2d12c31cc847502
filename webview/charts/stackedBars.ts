/** Horizontal bars that are divided into parts, one bar for each row. */
import { scaleLinear, select, type ScaleLinear } from 'd3';
import { describe } from '../parts/tooltip';
import { rove, updateRoving } from '../parts/roving';
import { groupOf, svgOf } from './frame';
import { drawSwatches } from './legend';

export interface BarPart {
  /** Index of the kind in `kinds` of the options. */
  kind: number;
  value: number;
}

export interface StackedBar {
  label: string;
  /** The sum of the parts as text. It is written at the end of the bar. */
  text: string;
  parts: BarPart[];
}

export interface StackedBarsOptions {
  width: number;
  label: string;
  bars: readonly StackedBar[];
  /** The kinds of parts. If the bars have more than one kind, a legend lists them. */
  kinds: readonly { label: string; color: string; outline: string }[];
  /** Formats the value of a part for tooltips. */
  format: (value: number) => string;
}

const ROW = 24;
const BAR = 14;
const CHARACTER = 6.6;
const GAP = 8;

/** Draws the bars. Returns the height in pixels that they and the legend need. */
export function drawStackedBars(node: HTMLElement, options: StackedBarsOptions): number {
  const { width, label, bars, kinds } = options;
  const longest = (of: (bar: StackedBar) => string) => bars.reduce((most, bar) => Math.max(most, of(bar).length), 0);
  const left = longest((bar) => bar.label) * CHARACTER + GAP;
  const right = Math.max(left + 20, width - longest((bar) => bar.text) * CHARACTER - GAP);
  const most = bars.reduce((max, { parts }) => Math.max(max, sumOf(parts)), 0);
  const x = scaleLinear([0, most || 1], [left, right]);
  const svg = svgOf(node, { width, height: bars.length * ROW, label });
  const rows = groupOf(svg, 'stacked').selectAll<SVGGElement, StackedBar>('g.stack').data(bars).join('g');
  rows.attr('class', 'stack').attr('transform', (_, place) => `translate(0,${place * ROW})`);
  rows.each(function (bar) {
    drawOne(this, bar, { x, ...options });
  });
  const used = kinds.filter((_, place) =>
    bars.some(({ parts }) => parts.some(({ kind, value }) => kind === place && value > 0)),
  );
  const legend = groupOf(svg, 'legend').attr('transform', `translate(0,${bars.length * ROW + GAP})`);
  const below = drawSwatches(legend, used.length > 1 ? used : [], width);
  const height = bars.length * ROW + (used.length > 1 ? GAP + below : 0);
  svg.attr('height', height);
  if (!roving.has(node)) {
    roving.add(node);
    rove(node, { items: '.stack' });
  }
  updateRoving(node, '.stack');
  return height;
}

const roving = new WeakSet<HTMLElement>();

function drawOne(
  node: SVGGElement,
  { label, text, parts }: StackedBar,
  { x, kinds, format }: StackedBarsOptions & { x: ScaleLinear<number, number> },
): void {
  let start = 0;
  const placed = parts.map((part) => {
    const from = start;
    start += part.value;
    return { ...part, from };
  });
  const group = select(node);
  const boxes = group
    .selectAll('rect')
    .data(placed)
    .join('rect')
    .attr('y', (ROW - BAR) / 2)
    .attr('height', BAR);
  boxes.attr('x', ({ from }) => x(from)).attr('width', ({ from, value }) => x(from + value) - x(from));
  boxes.attr('fill', ({ kind }) => kinds[kind]!.color).attr('stroke', ({ kind }) => kinds[kind]!.outline);
  const texts = [
    { text: label, at: x.range()[0]! - GAP, anchor: 'end' },
    { text, at: x(start) + GAP, anchor: 'start' },
  ];
  const words = group
    .selectAll('text')
    .data(texts)
    .join('text')
    .attr('class', 'end-label')
    .attr('y', ROW / 2);
  words
    .attr('dominant-baseline', 'central')
    .attr('x', ({ at }) => at)
    .attr('text-anchor', ({ anchor }) => anchor);
  words.text((word) => word.text);
  const lines = parts
    .filter(({ value }) => value > 0)
    .map(({ kind, value }) => `${kinds[kind]!.label}: ${format(value)}`);
  describe(node, [`${label}: ${text}`, ...(lines.length > 1 ? lines : [])].join('\n'));
}

function sumOf(parts: readonly BarPart[]): number {
  return parts.reduce((total, { value }) => total + value, 0);
}
