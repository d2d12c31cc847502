/** Ranges of axes: which values a chart shows at first, and how a range changes when the user zooms. Pure. */

/** The values at both ends of an axis. The first may be the larger one. */
export type Range = [from: number, to: number];

export interface Fit {
  /** Values that must be in the range. */
  needed: readonly number[];
  /** Values that may be below the range if they would squeeze the others. */
  loose?: readonly number[];
  /** The least and the greatest possible value. */
  limits: Range;
}

/** The least span of a fitted range, as a share of the limits. */
const LEAST_SPAN = 0.01;
const PAD = 0.08;

/**
 * Returns a range that shows all needed values, and loose values that are not farther below them than their span. `isCut` is true if the
 * range does not start at the lower limit.
 */
export function fitted({ needed, loose = [], limits: [low, high] }: Fit): { range: Range; isCut: boolean } {
  const main = finite(needed.length > 0 ? needed : loose);
  if (main.length === 0) return { range: [low, high], isCut: false };
  const span = Math.max(...main) - Math.min(...main);
  const floor = Math.min(...main) - Math.max(span, LEAST_SPAN * (high - low));
  const shown = [...main, ...finite(loose).filter((value) => needed.length === 0 || value >= floor)];
  const [bottom, top] = [Math.min(...shown), Math.max(...shown)];
  const pad = Math.max((LEAST_SPAN / 2) * (high - low), (top - bottom) * PAD);
  const range: Range = [Math.max(low, bottom - pad), Math.min(high, top + pad)];
  return { range, isCut: range[0] > low };
}

function finite(values: readonly number[]): number[] {
  return values.filter(Number.isFinite);
}

export interface RangeOptions {
  /** The widest range. A zoomed range stays within it. */
  whole: Range;
  log?: boolean | undefined;
}

/** The narrowest range, as a share of the widest. */
const NARROWEST = 1e-3;

/** Returns a range with its ends `factor` times as far from `about`. Factors below 1 zoom in. */
export function zoomed(
  range: Range,
  { factor, about }: { factor: number; about: number },
  options: RangeOptions,
): Range {
  const [from, to, centre] = [...range, about].map((value) => toLine(value, options)) as [number, number, number];
  return within([centre + (from - centre) * factor, centre + (to - centre) * factor], options);
}

/** Returns a range moved by a share of its length. Positive shares move it to its second end. */
export function moved(range: Range, share: number, options: RangeOptions): Range {
  const [from, to] = range.map((value) => toLine(value, options)) as Range;
  const step = (to - from) * share;
  return within([from + step, to + step], options);
}

/** Returns the range between two values, in the direction of the whole range. */
export function between(a: number, b: number, options: RangeOptions): Range {
  const [first, second] = [toLine(a, options), toLine(b, options)].sort((x, y) => x - y) as Range;
  const isDescending = options.whole[0] > options.whole[1];
  return within(isDescending ? [second, first] : [first, second], options);
}

/** Moves a range (in positions on a line) into the whole range, and returns its values. */
function within([from, to]: Range, options: RangeOptions): Range {
  const [start, end] = options.whole.map((value) => toLine(value, options)) as Range;
  const direction = Math.sign(end - start) || 1;
  const length = Math.abs(end - start);
  const wanted = Math.min(length, Math.max(length * NARROWEST, (to - from) * direction));
  const middle = ((from + to) / 2 - start) * direction;
  const offset = Math.min(length - wanted, Math.max(0, middle - wanted / 2));
  const ends = [start + offset * direction, start + (offset + wanted) * direction];
  return ends.map((value) => fromLine(value, options)) as Range;
}

function toLine(value: number, { log }: RangeOptions): number {
  return log ? Math.log(value) : value;
}

function fromLine(value: number, { log }: RangeOptions): number {
  return log ? Math.exp(value) : value;
}
