/** Structure, magnitudes and storage of fake layers. */
import type { LayerParts, LayerStructure, Magnitudes, Storage, StorageForms } from '../../../engine/protocol';
import type { WorldLayer } from './network';

export interface OverviewNumbers {
  structure: LayerStructure;
  magnitudes: Magnitudes;
  isMagnitudeMask?: boolean;
  storage: StorageForms;
}

/** Returns the numbers of a layer after a round. Its pruned weights keep their values. */
export function overviewOf({ rows, columns, shape, ...layer }: WorldLayer, round: number): OverviewNumbers {
  const [weights, mask] = [layer.weights[round]!, layer.masks[round]!];
  const kernel = shape.slice(2).reduce((a, b) => a * b, 1);
  const isDead = (at: (i: number) => number, size: number) =>
    Array.from({ length: size }, (_, i) => mask[at(i)]).every((kept) => kept === 0);
  const dead = (count: number, at: (part: number, i: number) => number, size: number): LayerParts => {
    const parts = Array.from({ length: count }, (_, part) => isDead((i) => at(part, i), size));
    return { count, dead: parts.filter(Boolean).length };
  };
  const inputs = columns / kernel;
  const inInput = (input: number, i: number) => Math.floor(i / kernel) * columns + input * kernel + (i % kernel);
  const magnitudesOf = (kept: number) =>
    [...weights].map(Math.abs).filter((value, i) => mask[i] === kept && Number.isFinite(value));
  const [kept, pruned] = [magnitudesOf(1), magnitudesOf(0)];
  const largestPruned = pruned.reduce((most, value) => Math.max(most, value), 0);
  const smallestKept = kept.reduce((least, value) => Math.min(least, value), Infinity);
  return {
    structure: {
      pattern: 'none',
      outputs: dead(rows, (row, i) => row * columns + i, columns),
      inputs: dead(inputs, inInput, rows * kernel),
      ...(kernel > 1 && { kernels: dead(rows * inputs, (part, i) => part * kernel + i, kernel) }),
    },
    magnitudes: { histogram: histogramOf(kept), smallestKept, ...(pruned.length > 0 && { largestPruned }) },
    ...(pruned.length > 0 && { isMagnitudeMask: largestPruned <= smallestKept }),
    storage: formsOf(weights.length, kept.length, rows),
  };
}

function histogramOf(magnitudes: readonly number[]): Magnitudes['histogram'] {
  const powers = magnitudes.filter((value) => value > 0).map((value) => Math.floor(Math.log2(value)));
  const first = powers.reduce((least, power) => Math.min(least, power), 0);
  const counts = new Array<number>(powers.reduce((most, power) => Math.max(most, power - first + 1), 0)).fill(0);
  for (const power of powers) counts[power - first]!++;
  return { first, counts };
}

function formsOf(count: number, kept: number, rows: number): StorageForms {
  return { dense: 4 * count, bitmask: Math.ceil(count / 8) + 4 * kept, csr: 8 * kept + 4 * (rows + 1) };
}

/** Returns the sums of all layers. */
export function overviewOfAll(
  layers: readonly OverviewNumbers[],
  others: number,
): { magnitudes: Magnitudes; storage: Storage } {
  const counts = new Map<number, number>();
  for (const { magnitudes } of layers)
    magnitudes.histogram.counts.forEach((count, i) => {
      const power = magnitudes.histogram.first + i;
      counts.set(power, (counts.get(power) ?? 0) + count);
    });
  const powers = [...counts.keys()].sort((a, b) => a - b);
  const first = powers[0] ?? 0;
  const length = powers.length > 0 ? powers.at(-1)! - first + 1 : 0;
  const histogram = { first, counts: Array.from({ length }, (_, i) => counts.get(first + i) ?? 0) };
  const sum = (of: (forms: StorageForms) => number) => layers.reduce((total, { storage }) => total + of(storage), 0);
  const forms = {
    dense: sum(({ dense }) => dense),
    bitmask: sum(({ bitmask }) => bitmask),
    csr: sum(({ csr }) => csr),
  };
  const parts = { weights: forms.dense, masks: forms.dense / 4, otherTensors: others * 4, outside: 0 };
  const smallestKept = Math.min(...layers.map(({ magnitudes }) => magnitudes.smallestKept));
  const largest = layers.flatMap(({ magnitudes: { largestPruned } }) =>
    largestPruned === undefined ? [] : [largestPruned],
  );
  return {
    magnitudes: { histogram, smallestKept, ...(largest.length > 0 && { largestPruned: Math.max(...largest) }) },
    storage: { file: forms.dense * 1.25 + others * 4 + 4000, ...parts, forms },
  };
}
