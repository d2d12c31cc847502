/** Formats numbers for panels, with a typographic minus sign. NaN becomes “–”, and so does null, which is NaN in JSON. */
import { percent as percentOf, significant } from '../engine/vocabulary/numbers';

export { bytesText as bytes } from '../engine/vocabulary/numbers';

const MINUS = '−';
const counts = new Intl.NumberFormat('en-US');

/** Returns a number from the engine. JSON has null for NaN. */
export function received(value: number | null): number {
  return value ?? NaN;
}

/** Formats with three significant digits. Very small and very large numbers get an exponent. */
export function number(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-4 ? value.toExponential(2) : significant(value);
  return text.replace('-', MINUS).replace('e+', 'e').replace('e-', `e${MINUS}`);
}

/** Formats a number at a tick of an axis, without trailing zeros. From 10⁷ on, it has an exponent. */
export function tick(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const text = Math.abs(rounded) >= 1e7 ? rounded.toExponential().replace('e+', 'e') : String(rounded);
  return text.replace('-', MINUS);
}

/** Formats a number with its sign. Positive numbers get a plus sign. */
export function signed(value: number | null): string {
  return value !== null && value > 0 ? `+${number(value)}` : number(value);
}

/** Formats a difference with its sign and a fixed number of decimals, for example “−0.8”. */
export function signedFixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return Number(text) === 0 ? text : `${value > 0 ? '+' : MINUS}${text}`;
}

/** Formats a share in [0, 1] as percent. NaN becomes “–”. */
export function percent(share: number | null): string {
  return share === null || Number.isNaN(share) ? '–' : percentOf(share).replace('-', MINUS);
}

/** Formats a value that is a percentage already (accuracy, error). */
export function percentage(value: number | null): string {
  return percent(received(value) / 100);
}

/** Formats a density in (0, 1] as a percentage without its sign, for the ticks of an axis: 100, 50, … 1. */
export function density(share: number): string {
  return String(Number((share * 100).toPrecision(2)));
}

export function count(value: number): string {
  return counts.format(value);
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact' });

/** Formats a count in few characters: 50K, 1.2M. */
export function compactCount(value: number): string {
  return compact.format(value);
}

/** Returns “1 layer” or “3 layers”. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Returns the last part of a path, with slashes or backslashes. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}

/** Returns the index of a weight, `[12, 3, 0, 2]`, from its row (the output) and its column (the other axes, row-major). */
export function weightIndex(shape: readonly number[], row: number, column: number): string {
  const index: number[] = [];
  let rest = column;
  for (let axis = shape.length - 1; axis > 0; axis--) {
    index.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return `[${[row, ...index].join(', ')}]`;
}
