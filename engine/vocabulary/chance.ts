/** How far the agreement of two signed masks is from chance. The same definitions hold in every view. */
import type { LayerComparison } from './inspection';

type Overlap = Pick<LayerComparison, 'count' | 'keptBoth' | 'onlyA' | 'onlyB'>;
type Signs = Pick<LayerComparison, 'sameSign' | 'keptBoth' | 'chanceAgreement'>;

export interface Chance {
  /** The value that chance gives on average. */
  expected: number;
  /** How many standard deviations the observed value is above the expected one. NaN if chance can give only one value. */
  sigma: number;
}

/** Chance for signs: B's signs are shuffled among the weights kept in both. The standard deviation is binomial. */
export function signChance({ sameSign, keptBoth, chanceAgreement: chance }: Signs): Chance {
  return { expected: chance, sigma: distance(sameSign - keptBoth * chance, keptBoth * chance * (1 - chance)) };
}

/**
 * Chance for masks: in each layer, B keeps as many weights as before, but at random positions. The overlap is then hypergeometric.
 * `expected` is the IoU of the expected overlap.
 */
export function maskChance(layers: readonly Overlap[]): Chance {
  let [overlap, kept, expected, variance] = [0, 0, 0, 0];
  for (const { count, keptBoth, onlyA, onlyB } of layers) {
    const [a, b] = [keptBoth + onlyA, keptBoth + onlyB];
    overlap += keptBoth;
    kept += a + b;
    if (count === 0) continue;
    expected += (a * b) / count;
    if (count > 1) variance += (((a * b) / count) * ((count - a) / count) * (count - b)) / (count - 1);
  }
  return {
    expected: kept === 0 ? 1 : expected / (kept - expected),
    sigma: distance(overlap - expected, variance),
  };
}

function distance(difference: number, variance: number): number {
  return variance > 0 ? difference / Math.sqrt(variance) : NaN;
}

/** Formats `sigma`, for example `+12.3`; `–` if the value cannot differ from chance. */
export function sigmaText(sigma: number): string {
  if (!Number.isFinite(sigma)) return '–';
  const text = Math.abs(sigma) < 0.05 ? '0' : sigma.toFixed(Math.abs(sigma) < 100 ? 1 : 0);
  return sigma >= 0.05 ? `+${text}` : text.replace('-', '−');
}

/** Explains the chance of signs to users. */
export const SIGN_CHANCE =
  'Chance of signs: the share of equal signs to expect if the signs of B were shuffled among the weights kept in both, from the shares of + and − in A and in B. It is 50 % if half of these signs are positive.';

/** Explains the chance of masks to users. */
export const MASK_CHANCE =
  'Chance of masks: the IoU to expect if the mask of B were shuffled within each layer, from the densities of A and B.';

/** Explains σ (`sigma`) to users. */
export const SIGMA = 'σ: by how many standard deviations the value is above chance.';
