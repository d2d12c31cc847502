/** The barrier on an interpolation curve: a bracket from its baseline to its highest point, with its number. */
import { signed } from '../format';
import type { Frame } from './frame';

export interface Bracket {
  key: string;
  alpha: number;
  /** Baseline between the ends, and the height above it, in the unit of the axis. */
  baseline: number;
  value: number;
  color: string;
  /** Of the quantity: `points` or `nats`. */
  unit: string;
  /** The whole sentence, with its definition. */
  tip: string;
}

const ARM = 5;
const LINE = 14;

/** Draws brackets over a frame; of several, each below the one before. */
export function drawBrackets(frame: Frame, brackets: readonly Bracket[]): void {
  const x = ({ alpha }: Bracket) => frame.x(alpha);
  const path = (one: Bracket) => {
    const [low, high] = [frame.y(one.baseline), frame.y(one.baseline + one.value)];
    return `M${x(one) - ARM},${low}h${2 * ARM}M${x(one)},${low}V${high}M${x(one) - ARM},${high}h${2 * ARM}`;
  };
  const layer = frame.layer('brackets');
  const lines = layer.selectAll<SVGPathElement, Bracket>('path').data(brackets, ({ key }) => key);
  lines
    .join('path')
    .attr('class', 'bracket')
    .attr('stroke', ({ color }) => color)
    .attr('d', path);
  const words = layer
    .selectAll<SVGTextElement, Bracket>('text')
    .data(brackets, ({ key }) => key)
    .join('text');
  const leftward = (one: Bracket) => x(one) > (frame.left + frame.right) / 2;
  words
    .attr('class', 'bracket-label')
    .attr('text-anchor', (one) => (leftward(one) ? 'end' : 'start'))
    .attr('x', (one) => x(one) + (leftward(one) ? -10 : 10))
    .attr('y', (one, place) => labelHeight(frame, one) + (place % 3) * LINE)
    .text(({ value, unit }) => `${signed(value)} ${unit}`);
  words
    .selectAll('title')
    .data(({ tip }) => [tip])
    .join('title')
    .text(String);
}

/** Halfway up the bracket; below the baseline where the bracket is too low to be written into. */
function labelHeight(frame: Frame, { baseline, value }: Bracket): number {
  const [low, high] = [frame.y(baseline), frame.y(baseline + value)];
  if (low - high > 2 * LINE) return (low + high) / 2 + 4;
  return low + LINE > frame.bottom - 2 ? high - 8 : low + LINE;
}
