/** Statistics of repeated runs. */

/** Returns the mean and, for n ≥ 2, the sample standard deviation (divided by n − 1). */
export function meanOf(values: readonly number[]): { mean: number; deviation?: number; n: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, n };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (n - 1)), n };
}
