/** Draws barriers on an interpolation curve: a bracket from the baseline to the highest point, labelled with its height. */
import { signed } from '../format';
import { describe } from '../parts/tooltip';
import { spread } from './labels';
import type { Frame } from './frame';

export interface Bracket {
  key: string;
  alpha: number;
  /** The baseline at `alpha`, in the unit of the axis. `value` is the height of the curve above the baseline. */
  baseline: number;
  value: number;
  color: string;
  /** `points` or `nats`. Without a unit, the height is not written beside the bracket. */
  unit?: string;
  /** The tooltip: a sentence with the barrier and its definition. */
  tip: string;
}

const ARM = 5;
const APART = 12;
const LINE = 14;

interface Placed extends Bracket {
  x: number;
  low: number;
  high: number;
  labelY: number;
}

/** Draws brackets over a frame, side by side if several have the same α. A label is at the top of its bracket. */
export function drawBrackets(frame: Frame, brackets: readonly Bracket[]): void {
  const placed = place(frame, brackets);
  const layer = frame.layer('brackets');
  const lines = layer
    .selectAll<SVGPathElement, Placed>('path')
    .data(placed, ({ key }) => key)
    .join('path');
  lines
    .attr('class', 'bracket')
    .attr('data-row', ({ key }) => key)
    .attr('stroke', ({ color }) => color)
    .attr('d', ({ x, low, high }) => `M${x - ARM},${low}h${2 * ARM}M${x},${low}V${high}M${x - ARM},${high}h${2 * ARM}`);
  const leftward = placed.some(({ x }) => x > frame.left + (frame.right - frame.left) * 0.6);
  const edge = leftward ? Math.min(...placed.map(({ x }) => x)) - 10 : Math.max(...placed.map(({ x }) => x)) + 10;
  lines.each(function ({ tip }) {
    describe(this, tip);
  });
  const labelled = placed.filter(({ unit }) => unit !== undefined);
  const words = layer.selectAll<SVGTextElement, Placed>('text').data(labelled, ({ key }) => key);
  words
    .join('text')
    .attr('class', 'bracket-label')
    .attr('text-anchor', leftward ? 'end' : 'start')
    .attr('x', edge)
    .attr('y', ({ labelY }) => labelY)
    .text(({ value, unit }) => [signed(value), unit].filter(Boolean).join(' '))
    .each(function ({ tip }) {
      describe(this, tip);
    });
}

function place(frame: Frame, brackets: readonly Bracket[]): Placed[] {
  const wanted = brackets.map(({ baseline, value }) => frame.y(baseline + value) - 6);
  const heights = spread(wanted, { gap: LINE, top: frame.top + 8, bottom: frame.bottom - 4 });
  return brackets.map((one, index) => {
    const before = brackets.slice(0, index).filter(({ alpha }) => alpha === one.alpha).length;
    const x = frame.x(one.alpha) + before * APART;
    return { ...one, x, low: frame.y(one.baseline), high: frame.y(one.baseline + one.value), labelY: heights[index]! };
  });
}
