/** Counts how the signed masks of two checkpoints overlap. The counts are summed over pieces and layers. */
import { maskChance, signChance } from '../vocabulary/chance';
import type { LayerComparison } from '../vocabulary/inspection';
import type { LayerPart } from '../checkpoints/masks';
import { NEGATIVE, POSITIVE, PRUNED, STATES, statesOf, ZERO } from './states';

/** Number of weights for each pair of states. The index of a pair is `STATES · (state in A) + (state in B)`. */
export type PairCounts = Float64Array;

/** Returns a table of zeros. */
export function noPairs(): PairCounts {
  return new Float64Array(STATES * STATES);
}

/** Counts the pairs of a piece that was read from both checkpoints. */
export function addPairs(counts: PairCounts, a: LayerPart, b: LayerPart): void {
  const statesA = statesOf(a);
  const statesB = statesOf(b);
  for (let i = 0; i < statesA.length; i++) counts[STATES * statesA[i]! + statesB[i]!]!++;
}

/** Index of the number of weights kept in both, among the counts of the kernel. */
export const KEPT_IN_BOTH = 6;

/** Adds the pairs that the kernel (`Workspace.meet`) has counted in a piece of `count` weights. */
export function addMeetings(counts: PairCounts, met: Uint32Array, count: number): void {
  const [kA = 0, pA = 0, nA = 0, kB = 0, pB = 0, nB = 0, kk = 0, ...pairs] = met;
  const [kp = 0, kn = 0, pk = 0, pp = 0, pn = 0, nk = 0, np = 0, nn = 0] = pairs;
  const zk = kk - pk - nk; // weight 0 in A, kept in B
  const kz = kk - kp - kn;
  const zp = kp - pp - np;
  const zn = kn - pn - nn;
  const rows = [
    [count - kA - kB + kk, kB - pB - nB - kz, pB - kp, nB - kn],
    [kA - pA - nA - zk, zk - zp - zn, zp, zn],
    [pA - pk, pk - pp - pn, pp, pn],
    [nA - nk, nk - np - nn, np, nn],
  ];
  rows.flat().forEach((n, pair) => (counts[pair]! += n));
}

/** Number of weights kept in both. */
export function keptInBoth(counts: PairCounts): number {
  return sumWhere(counts, (a, b) => a !== PRUNED && b !== PRUNED);
}

/** Number of weights that are kept in both, with + in one and − in the other. */
export function flippedSigns(counts: PairCounts): number {
  return sumWhere(counts, (a, b) => (a === POSITIVE && b === NEGATIVE) || (a === NEGATIVE && b === POSITIVE));
}

/**
 * Computes the measures of a comparison. `sameSign` includes weights that are exactly 0 in both. A weight that is 0 in only one checkpoint
 * has neither the same sign nor a flipped sign. If neither checkpoint keeps a weight, `iou` is 1. If no weight is kept in both,
 * `signAgreement` and `chanceAgreement` are 0. `layers` is given for a total of several layers: its chance of masks is computed from them.
 */
export function comparisonOf(name: string, counts: PairCounts, layers?: readonly LayerComparison[]): LayerComparison {
  const keptBoth = keptInBoth(counts);
  const onlyA = sumWhere(counts, (a, b) => a !== PRUNED && b === PRUNED);
  const onlyB = sumWhere(counts, (a, b) => a === PRUNED && b !== PRUNED);
  const sameSign = sumWhere(counts, (a, b) => a === b && a !== PRUNED);
  const either = keptBoth + onlyA + onlyB;
  const neither = counts[0]!;
  const overlap = { name, count: either + neither, keptBoth, onlyA, onlyB, neither };
  const chance = keptBoth === 0 ? 0 : chanceAgreement(counts) / keptBoth ** 2;
  const { expected: chanceIou, sigma: maskSigma } = maskChance(layers ?? [overlap]);
  return {
    ...overlap,
    iou: either === 0 ? 1 : keptBoth / either,
    sameSign,
    flipped: flippedSigns(counts),
    signAgreement: keptBoth === 0 ? 0 : sameSign / keptBoth,
    chanceAgreement: chance,
    signSigma: signChance({ sameSign, keptBoth, chanceAgreement: chance }).sigma,
    chanceIou,
    maskSigma,
  };
}

/** Counts each sign (+, −, 0) among the weights kept in both. Returns the sum over the signs of (count in A) × (count in B). */
function chanceAgreement(counts: PairCounts): number {
  const products = [ZERO, POSITIVE, NEGATIVE].map(
    (sign) =>
      sumWhere(counts, (a, b) => a === sign && b !== PRUNED) * sumWhere(counts, (a, b) => a !== PRUNED && b === sign),
  );
  return products.reduce((sum, product) => sum + product, 0);
}

function sumWhere(counts: PairCounts, included: (a: number, b: number) => boolean): number {
  return counts.reduce((sum, n, pair) => (included(Math.floor(pair / STATES), pair % STATES) ? sum + n : sum), 0);
}
