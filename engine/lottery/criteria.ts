/** Chooses which weights a round of a search prunes: the smallest, or random ones as a control. */
import type { RunOptions } from '../vocabulary/runOptions';
import { sumOf } from '../collections';
import { random, type Random } from '../random';
import { type Masks, type NetworkState, weightNameOf } from '../tensors';
import { keepLargest, type Pruned } from './prune';
import { goalOf, type Goal, type ScopeOptions } from './scopes';

export type PruneOptions = ScopeOptions & Pick<RunOptions, 'seed'> & Partial<Pick<RunOptions, 'criterion'>>;

/**
 * Prunes after a round, by the scope and the criterion of the options. A pruned weight stays pruned.
 *
 * - `magnitude`: keeps the weights with the largest |w|. Weights that equal the threshold are all kept.
 * - `random`: keeps as many weights as the scope says, drawn at random.
 * - `shuffled`: each layer keeps as many weights as with `magnitude`, but drawn at random.
 */
export function pruneAfter(state: NetworkState, options: PruneOptions, round: number): Pruned {
  const { criterion = 'magnitude', seed } = options;
  const names = [...state.masks.keys()];
  const before = names.map((name) => countOnes(state.masks.get(name)!));
  const layers = names.map((name, i) => ({ shape: state.tensors.get(weightNameOf(name))!.shape, kept: before[i]! }));
  const goal = goalOf(layers, options, round);
  const counted = { before: sumOf(before), requested: 'each' in goal ? sumOf(goal.each) : goal.together };
  const draw: Draw = { seed, purpose: `${criterion}-mask`, round };
  const masks = criterion === 'random' ? keepRandom(state, goal, draw) : byMagnitude(state, goal);
  const chosen = criterion === 'shuffled' ? shuffled(state, masks, draw) : masks;
  return { masks: chosen, ...counted, kept: sumOf([...chosen.values()].map(countOnes)) };
}

/** The random numbers of a round. Each layer has its own stream. */
interface Draw {
  seed: number;
  purpose: string;
  round: number;
}

function byMagnitude(state: NetworkState, goal: Goal): Masks {
  const names = [...state.masks.keys()];
  if ('together' in goal) return keepLargest(state, names, () => goal.together).masks;
  return new Map(names.flatMap((name, i) => [...keepLargest(state, [name], () => goal.each[i]!).masks]));
}

function keepRandom({ masks }: NetworkState, goal: Goal, draw: Draw): Masks {
  if ('each' in goal) return eachRandom(masks, goal.each, draw);
  const all = [...masks.values()];
  const left = { keep: goal.together, of: sumOf(all.map(countOnes)) };
  const source = random(draw.seed, draw.purpose, draw.round);
  return new Map(Array.from(masks, ([name, mask]) => [name, sample(mask, left, source)]));
}

function shuffled({ masks }: NetworkState, kept: Masks, draw: Draw): Masks {
  const counts = [...masks.keys()].map((name) => countOnes(kept.get(name)!));
  return eachRandom(masks, counts, draw);
}

function eachRandom(masks: Masks, counts: readonly number[], { seed, purpose, round }: Draw): Masks {
  return new Map(
    Array.from(masks, ([name, mask], i) => {
      const left = { keep: counts[i]!, of: countOnes(mask) };
      return [name, sample(mask, left, random(seed, `${purpose}/${name}`, round))];
    }),
  );
}

/**
 * Keeps `left.keep` of the next `left.of` unpruned weights, each choice with the same probability (selection sampling, Knuth, algorithm S).
 * Counts both down by the weights of this mask, so that one sample may go over several masks.
 */
function sample(mask: Uint8Array, left: { keep: number; of: number }, source: Random): Uint8Array {
  const next = new Uint8Array(mask.length);
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    if (left.of * source.uniform() < left.keep) {
      next[i] = 1;
      left.keep--;
    }
    left.of--;
  }
  return next;
}

/** Counts the ones of a mask, four at a time, because masks are large. */
function countOnes(mask: Uint8Array): number {
  const fours = mask.length & ~3;
  let count = 0;
  for (let i = 0; i < fours; i += 4) count += mask[i]! + mask[i + 1]! + mask[i + 2]! + mask[i + 3]!;
  for (let i = fours; i < mask.length; i++) count += mask[i]!;
  return count;
}
