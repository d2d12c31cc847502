/** The paired t test: whether the mean of differences between pairs is different from 0. */
import type { MeanOf } from './statistics';

/** Below this p value, a difference is called different. */
export const SIGNIFICANT = 0.05;

/** With fewer pairs, findings name no p value: two differences say nearly nothing about their spread. */
export const FEWEST_PAIRS = 3;

/** Differences that are equal but for the rounding of floating point, relative to their mean. */
const ROUNDING = 1e-10;

/** Whether all differences are equal, so that their spread is unknown. A deviation that only comes from rounding counts as none. */
export function areEqual({ mean, deviation }: Omit<MeanOf, 'n'>): boolean {
  return deviation !== undefined && deviation <= ROUNDING * Math.max(1, Math.abs(mean));
}

/**
 * Returns the two-sided p value of Student's t test of the differences of n pairs. Undefined for fewer than two pairs, and if all differences
 * are equal.
 */
export function pairedP({ mean, deviation, n }: MeanOf): number | undefined {
  if (n < 2 || deviation === undefined || areEqual({ mean, deviation })) return undefined;
  const t = mean / (deviation / Math.sqrt(n));
  const freedom = n - 1;
  return incompleteBeta(freedom / (freedom + t * t), { a: freedom / 2, b: 0.5 });
}

/** Returns the p value that texts and files show. Undefined for fewer than three pairs, and if `pairedP` is. */
export function shownP(difference: MeanOf): number | undefined {
  return difference.n < FEWEST_PAIRS ? undefined : pairedP(difference);
}

/** The shape of a beta distribution. */
interface Shape {
  a: number;
  b: number;
}

/** Returns the regularized incomplete beta function I_x(a, b), for x in [0, 1] (DLMF 8.17). */
function incompleteBeta(x: number, { a, b }: Shape): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  // The fraction converges fast only on this side; the other side is its complement (DLMF 8.17.4).
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, { a: b, b: a });
  const front = Math.exp(a * Math.log(x) + b * Math.log(1 - x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a;
  return front / fraction(x, { a, b });
}

const MOST_TERMS = 500;
const PRECISION = 1e-15;
const TINY = 1e-300;

/** Evaluates the denominator 1 + d₁/(1 + d₂/(1 + …)) of DLMF 8.17.22 by the method of Lentz. */
function fraction(x: number, { a, b }: Shape): number {
  let [value, c, d] = [1, 1, 0];
  for (let term = 1; term <= MOST_TERMS; term++) {
    const m = term >> 1;
    const coefficient =
      term % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + coefficient * d || TINY);
    c = 1 + coefficient / c || TINY;
    value *= c * d;
    if (Math.abs(c * d - 1) < PRECISION) break;
  }
  return value;
}

/** Returns ln Γ(x) for x > 0: the series of Stirling, after x was raised above 10 (DLMF 5.11.1 and 5.5.1). */
function logGamma(x: number): number {
  if (x < 10) return logGamma(x + 1) - Math.log(x);
  const inverse = 1 / (x * x);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680)))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
