/** How far the agreement of two signed masks is from chance. The same definitions hold in every view. */
import type { LayerComparison } from './inspection';

export interface Chance {
  /** The value to expect by chance. */
  expected: number;
  /** By how many standard deviations the observed value is above that. NaN if chance leaves nothing open. */
  sigma: number;
}

/** Of signs: B's signs are shuffled among the weights kept in both. The standard deviation is binomial. */
export function signChance({ sameSign, keptBoth, chanceAgreement: chance }: LayerComparison): Chance {
  return { expected: chance, sigma: distance(sameSign - keptBoth * chance, keptBoth * chance * (1 - chance)) };
}

/**
 * Of masks: in each layer, B keeps as many weights as it does, but any of them. The overlap is then hypergeometric. `expected` is the IoU
 * of the expected overlap.
 */
export function maskChance(layers: readonly LayerComparison[]): Chance {
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
