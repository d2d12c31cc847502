/** How the masks and signs of the same weights in two checkpoints meet: counts that add up over pieces and layers. */
import type { LayerComparison } from '../protocol';
import type { LayerPart } from '../checkpoints/masks';
import { signsOf } from './signs';

/** `same`, `flipped` and the signs of each side are counted among the weights kept in both. */
export interface PairCount {
  count: number;
  keptA: number;
  keptB: number;
  keptBoth: number;
  /** Equal signs, those of kept weights that are exactly 0 included. */
  same: number;
  /** + against −. */
  flipped: number;
  positiveA: number;
  negativeA: number;
  positiveB: number;
  negativeB: number;
}

/** The counts of nothing. */
export function noPairs(): PairCount {
  const kept = { keptA: 0, keptB: 0, keptBoth: 0, same: 0, flipped: 0 };
  return { count: 0, ...kept, positiveA: 0, negativeA: 0, positiveB: 0, negativeB: 0 };
}

/** Counts a piece of a layer in both; without branches, as signs are as good as random. */
export function countPairs(a: LayerPart, b: LayerPart): PairCount {
  const signsA = signsOf(a.weights, a.mask);
  const signsB = signsOf(b.weights, b.mask);
  const counts = { ...noPairs(), count: signsA.length };
  for (let i = 0; i < signsA.length; i++) {
    const keptA = a.mask[i]!;
    const keptB = b.mask[i]!;
    const both = keptA & keptB;
    const signA = signsA[i]! * both;
    const signB = signsB[i]! * both;
    counts.keptA += keptA;
    counts.keptB += keptB;
    counts.keptBoth += both;
    counts.same += ((signA * signB + 1) >> 1) + (both & ~(signA | signB) & 1);
    counts.flipped += (signA * signB) >>> 31;
    counts.positiveA += (signA + 1) >> 1;
    counts.negativeA += signA >>> 31;
    counts.positiveB += (signB + 1) >> 1;
    counts.negativeB += signB >>> 31;
  }
  return counts;
}

/** Adds counts of other weights to `sum`. */
export function addPairs(sum: PairCount, counts: PairCount): void {
  for (const key of Object.keys(sum) as (keyof PairCount)[]) sum[key] += counts[key];
}

/**
 * The shares a person asks for. Where nothing is kept in either, the masks agree: `iou` is 1. Where nothing is kept in both,
 * there is nothing to agree on: `signAgreement` and `chanceAgreement` are 0.
 */
export function comparisonOf(name: string, pairs: PairCount): LayerComparison {
  const { count, keptA, keptB, keptBoth, same, flipped } = pairs;
  const either = keptA + keptB - keptBoth;
  return {
    ...{ name, count, keptBoth, onlyA: keptA - keptBoth, onlyB: keptB - keptBoth, neither: count - either },
    iou: either === 0 ? 1 : keptBoth / either,
    sameSign: same,
    flipped,
    signAgreement: keptBoth === 0 ? 0 : same / keptBoth,
    chanceAgreement: keptBoth === 0 ? 0 : chanceAgreement(pairs),
  };
}

/** The chance that a sign of A equals a sign of B drawn from the weights kept in both. */
function chanceAgreement({ keptBoth, positiveA, negativeA, positiveB, negativeB }: PairCount): number {
  const zeroA = keptBoth - positiveA - negativeA;
  const zeroB = keptBoth - positiveB - negativeB;
  return (positiveA * positiveB + negativeA * negativeB + zeroA * zeroB) / keptBoth ** 2;
}
