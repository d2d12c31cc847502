/** Numbers in words, as panels write them: a true minus, and no number where there is none. */
import { percent as percentOf, significant } from '../engine/vocabulary/numbers';

const MINUS = '−';
const counts = new Intl.NumberFormat('en-US');

/** Three significant digits; very small and very large numbers with an exponent. */
export function number(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-4 ? value.toExponential(2) : significant(value);
  return text.replace('-', MINUS).replace('e+', 'e').replace('e-', `e${MINUS}`);
}

/** A round number at a tick, without zeros that say nothing. */
export function tick(value: number): string {
  return String(Number(value.toPrecision(3))).replace('-', MINUS);
}

/** With its sign always shown. */
export function signed(value: number): string {
  return value > 0 ? `+${number(value)}` : number(value);
}

/** A share in [0, 1] as percent; NaN is “–”. */
export function percent(share: number): string {
  return Number.isNaN(share) ? '–' : percentOf(share).replace('-', MINUS);
}

/** A value that is a percentage already (accuracy, error). */
export function percentage(value: number): string {
  return percent(value / 100);
}

/** A density in (0, 1] at a tick: 100, 50, … 1. */
export function density(share: number): string {
  return String(Number((share * 100).toPrecision(2)));
}

export function count(value: number): string {
  return counts.format(value);
}

/** “1 layer”, “3 layers”. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** The last part of a path, whatever the system it comes from. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}

/** `[12, 3, 0, 2]`, the index of a weight from its row and column: rows are outputs, columns the rest, row-major. */
export function weightIndex(shape: readonly number[], row: number, column: number): string {
  const index: number[] = [];
  let rest = column;
  for (let axis = shape.length - 1; axis > 0; axis--) {
    index.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return `[${[row, ...index].join(', ')}]`;
}
