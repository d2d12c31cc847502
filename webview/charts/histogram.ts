/** A histogram of magnitudes with a logarithmic axis, and lines that mark single values. */
import { compactCount, count, number, percent, tick } from '../format';
import { describe } from '../parts/tooltip';
import { rove, updateRoving } from '../parts/roving';
import { drawFrame, type Frame } from './frame';

export interface HistogramBin {
  /** The bin has the values from `from` up to, but not including, `to`. Both are positive. */
  from: number;
  to: number;
  count: number;
}

export interface HistogramMark {
  label: string;
  value: number;
}

export interface HistogramOptions {
  width: number;
  height: number;
  label: string;
  xLabel: string;
  yLabel: string;
  bins: readonly HistogramBin[];
  marks: readonly HistogramMark[];
}

const LINE = 14;
/** Height of the horizontal axis and of the margin above. */
const AXIS = 48;
/** Width that a tick of the logarithmic axis needs. */
const ROOM = 44;

/** Returns at most `most` ticks: 1, 2 and 5 times the powers of 10, or these powers alone, or some of them. */
export function logTicks([low, high]: readonly [number, number], most: number): number[] {
  const powers = Array.from(
    { length: Math.ceil(Math.log10(high / low)) + 2 },
    (_, i) => Math.floor(Math.log10(low)) + i,
  );
  const inside = (steps: readonly number[], every: number) =>
    powers
      .filter((power) => power % every === 0)
      .flatMap((power) => steps.map((step) => Number(`${step}e${power}`)))
      .filter((value) => value >= low && value <= high);
  const choices = [inside([1, 2, 5], 1), inside([1, 3], 1), ...[1, 2, 5, 10, 20].map((every) => inside([1], every))];
  return choices.find((ticks) => ticks.length <= most) ?? [];
}

/** Draws the bins from left to right, each as wide as its range. Without bins, the frame is empty. */
export function drawHistogram(node: HTMLElement, options: HistogramOptions): void {
  const { bins, marks, xLabel, yLabel } = options;
  const values = [...bins.flatMap(({ from, to }) => [from, to]), ...marks.map(({ value }) => value)];
  const highest = bins.reduce((most, bin) => Math.max(most, bin.count), 1);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const domain: [number, number] = low < high ? [low, high] : [0.01, 1];
  // The labels of the marks are above the highest bar.
  const above = marks.length * LINE + 4;
  const plot = options.height - AXIS;
  const top = plot > 2 * above ? plot / (plot - above) : 1;
  const frame = drawFrame(node, {
    ...options,
    x: { label: xLabel, domain, log: true, format: tick, ticks: logTicks(domain, options.width / ROOM) },
    y: { label: yLabel, domain: [0, highest * top], format: compactCount },
  });
  drawBins(node, frame, bins);
  drawMarks(frame, marks);
}

function drawBins(node: HTMLElement, frame: Frame, bins: readonly HistogramBin[]): void {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  const layer = frame.layer('bins');
  const bars = layer.selectAll<SVGRectElement, HistogramBin>('rect').data(bins).join('rect').attr('class', 'bin');
  bars
    .attr('x', ({ from }) => frame.x(from) + 0.5)
    .attr('width', ({ from, to }) => Math.max(1, frame.x(to) - frame.x(from) - 1))
    .attr('y', (bin) => heightTo(frame, bin))
    .attr('height', (bin) => frame.bottom - heightTo(frame, bin));
  bars.each(function (bin) {
    const share = percent(bin.count / total);
    describe(this, `${number(bin.from)} to ${number(bin.to)}\n${count(bin.count)} (${share})`);
  });
  if (bins.length === 0) return;
  if (!roving.has(node)) {
    roving.add(node);
    rove(node, { items: '.bin' });
  }
  updateRoving(node, '.bin');
}

const roving = new WeakSet<HTMLElement>();

/** Returns the upper edge of a bar. A bin that is not empty has at least one pixel. */
function heightTo({ y, bottom }: Frame, bin: HistogramBin): number {
  return bin.count > 0 ? Math.min(bottom - 1, y(bin.count)) : bottom;
}

function drawMarks(frame: Frame, marks: readonly HistogramMark[]): void {
  const layer = frame.layer('value-marks');
  const placed = marks.map((mark, place) => ({
    ...mark,
    x: frame.x(mark.value),
    y: frame.top + (place + 1) * LINE - 2,
  }));
  const middle = (frame.left + frame.right) / 2;
  const lines = layer.selectAll('path').data(placed).join('path');
  lines
    .attr('d', ({ x }) => `M${x},${frame.top}V${frame.bottom}`)
    .attr('class', (_, place) => `value-mark mark-${place}`);
  const words = layer.selectAll('text').data(placed).join('text').attr('class', 'bracket-label');
  words.attr('text-anchor', ({ x }) => (x > middle ? 'end' : 'start'));
  words.attr('x', ({ x }) => x + (x > middle ? -5 : 5)).attr('y', ({ y }) => y);
  words.text(({ label, value }) => `${label} ${number(value)}`);
}
