/** Comparisons of checkpoints: two, all pairs, and a series. */
import type { Comparison, ComparisonMatrix, LayerComparison, MatrixPair, Series } from '../../../engine/protocol';
import { maskChance, signChance } from '../../../engine/vocabulary/chance';
import { seriesCountsOf, sumOfSeries } from '../../../engine/vocabulary/seriesCounts';
import { checkpointPath, networkAt, seen } from './checkpoints';
import { ROUNDS } from './network';
import type { Seen } from './pictures';
import { networks } from './runs';

function countLayer(name: string, a: Seen, b: Seen): LayerComparison {
  const counts = { keptBoth: 0, onlyA: 0, onlyB: 0, neither: 0, sameSign: 0, flipped: 0 };
  let [plusA, plusB] = [0, 0];
  a.mask.forEach((keptA, i) => {
    const keptB = b.mask[i];
    if (keptA !== keptB) counts[keptA === 1 ? 'onlyA' : 'onlyB']++;
    else if (keptA === 0) counts.neither++;
    else {
      counts.keptBoth++;
      counts[Math.sign(a.weights[i]!) === Math.sign(b.weights[i]!) ? 'sameSign' : 'flipped']++;
      if (a.weights[i]! > 0) plusA++;
      if (b.weights[i]! > 0) plusB++;
    }
  });
  return finished(name, a.mask.length, { ...counts, plusA, plusB });
}

function finished(
  name: string,
  count: number,
  counts: Pick<LayerComparison, 'keptBoth' | 'onlyA' | 'onlyB' | 'neither' | 'sameSign' | 'flipped'> & {
    plusA: number;
    plusB: number;
  },
) {
  const { plusA, plusB, ...rest } = counts;
  const [p, q] = [plusA / rest.keptBoth, plusB / rest.keptBoth];
  const chanceAgreement = p * q + (1 - p) * (1 - q);
  const { expected: chanceIou, sigma: maskSigma } = maskChance([{ count, ...rest }]);
  return {
    ...{ name, count, ...rest, chanceAgreement, chanceIou, maskSigma },
    iou: rest.keptBoth / (rest.keptBoth + rest.onlyA + rest.onlyB),
    signAgreement: rest.sameSign / rest.keptBoth,
    signSigma: signChance({ ...rest, chanceAgreement }).sigma,
  };
}

/** Compares two checkpoints. */
export function comparisonOf(a: string, b: string): Comparison {
  const layers = networkAt(a).map(({ name }) => countLayer(name, seen(a, name), seen(b, name)));
  const sum = (key: 'count' | 'keptBoth' | 'onlyA' | 'onlyB' | 'neither' | 'sameSign' | 'flipped') =>
    layers.reduce((total, layer) => total + layer[key], 0);
  const keptBoth = sum('keptBoth');
  const total = finished('total', sum('count'), {
    keptBoth, onlyA: sum('onlyA'), onlyB: sum('onlyB'), neither: sum('neither'), sameSign: sum('sameSign'), flipped: sum('flipped'),
    plusA: keptBoth / 2, plusB: keptBoth / 2,
  }); // prettier-ignore
  return { a, b, layers, total, unmatched: [], rules: { a: 'default', b: 'default' }, leftOut: { a: [], b: [] } };
}

/** Returns the rounds of a search as a series. */
export function seriesOf(method: 'aws' | 'lrr', init: string | undefined): Series {
  const files = Array.from({ length: ROUNDS }, (_, round) => checkpointPath(method, round));
  const layers = networks[method].map(({ name, count }) => ({ name, count }));
  const checkpoints = files.map((file, place) => {
    const counts = layers.map(({ name }) => {
      const now = seen(file, name);
      const previous = place > 0 ? countLayer(name, seen(files[place - 1]!, name), now) : undefined;
      return seriesCountsOf(countLayer(name, seen(files[0]!, name), now), { previous });
    });
    return { file, total: sumOfSeries(counts), layers: counts };
  });
  return { ...(init !== undefined && { init }), layers, checkpoints, skipped: [], warnings: [] };
}

/** Returns the pairs of one row, or all. A file whose name begins with “other” fits no other. */
export function matrixOf(files: string[], only?: number): ComparisonMatrix {
  const pairs = files.flatMap((fileB, b) =>
    (only ?? b) === b ? files.slice(0, b).map((fileA, a) => matrixPairOf([fileA, a], [fileB, b])) : [],
  );
  return { files, pairs };
}

function matrixPairOf([fileA, a]: [string, number], [fileB, b]: [string, number]): MatrixPair {
  const odd = [fileA, fileB].find((file) => file.includes('/other'));
  if (odd !== undefined)
    return {
      a,
      b,
      layers: 0,
      unmatched: 21,
      reason: `no layer in common: conv1 of A: there is no such layer in ${odd}`,
    };
  const { layers, total } = comparisonOf(fileA, fileB);
  return { a, b, layers: layers.length, unmatched: 0, total, warnings: [`${fileB}: fc has no mask.`] };
}
