/** Statistics of repeated runs, and their text. */
import { decimalText, significant } from './numbers';

/** Mean of `n` values, and their sample standard deviation, which needs at least two of them. */
export interface MeanOf {
  mean: number;
  deviation?: number;
  n: number;
}

/** Returns the mean and, for n ≥ 2, the sample standard deviation (divided by n − 1). */
export function meanOf(values: readonly number[]): MeanOf {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, n };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (n - 1)), n };
}

/** Formats a mean with its standard deviation, both with the same decimals: “84.9 ± 0.4”. Without a deviation, formats only the mean. */
export function meanText({ mean, deviation }: Omit<MeanOf, 'n'>): string {
  const text = significant(mean);
  if (deviation === undefined) return text;
  const decimals = text.split('.')[1]?.length ?? 0;
  const shown = deviation > 0 && deviation < 0.5 * 10 ** -decimals ? decimals + 1 : decimals;
  return `${decimalText(mean, shown)} ± ${decimalText(deviation, shown)}`;
}
