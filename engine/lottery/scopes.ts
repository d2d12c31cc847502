/** How many weights a round of a search keeps, in all layers together or in each layer. Pure functions of options, shapes and counts. */
import type { RunOptions } from '../vocabulary/runOptions';
import { sumOf } from '../collections';
import { roundsOf } from '../vocabulary/rounds';
import { sizeOf } from '../tensors';
import { erkDensities } from './erk';
import { keepCount } from './prune';

/** The options that decide how many weights are kept. */
export type ScopeOptions = Pick<RunOptions, 'method' | 'pruningFraction' | 'rounds' | 'targetSparsity'> &
  Partial<Pick<RunOptions, 'scope'>>;

/** A prunable layer: the shape of its weight, and how many of its weights are unpruned. */
export interface LayerCount {
  shape: readonly number[];
  kept: number;
}

/** The number of weights to keep in all layers together, or in each layer. */
export type Goal = { together: number } | { each: number[] };

/**
 * Returns how many weights are kept by the pruning after a round. No layer gets more weights than it has left.
 *
 * - `global`: ⌊(1 − fraction) · survivors⌋ of all layers together.
 * - `layer-wise`: the same count, but of each layer.
 * - `uniform` and `erk`: the count of `global`, divided among the layers. With `uniform`, the first layer stays dense, and all others have the
 *   same density. With `erk`, the densities are those of `erkDensities`. Counts are rounded by the largest remainder.
 *
 * With a target sparsity s, no round keeps fewer than ⌊(1 − s) · all weights⌋, and the last one keeps exactly this number.
 */
export function goalOf(layers: readonly LayerCount[], options: ScopeOptions, round: number): Goal {
  const sizes = layers.map(({ shape }) => sizeOf(shape));
  const survivors = layers.map(({ kept }) => kept);
  if (options.scope === 'layer-wise')
    return { each: sizes.map((all, layer) => countOf({ all, kept: survivors[layer]! }, options, round)) };
  const [all, kept] = [sumOf(sizes), sumOf(survivors)];
  const together = countOf({ all, kept }, options, round);
  if (options.scope === 'uniform') return { each: uniformCounts(sizes, survivors, together) };
  if (options.scope !== 'erk') return { together };
  const densities = erkDensities(
    layers.map(({ shape }) => shape),
    all === 0 ? 0 : together / all,
  );
  return { each: allocate(together, { ideal: sizes.map((size, layer) => size * densities[layer]!), room: survivors }) };
}

/** The goal of the pruning after a round. */
export interface PlannedGoal {
  round: number;
  goal: Goal;
}

/**
 * Returns the goal of each pruning of a search, the first one first. Only ties can make the real counts larger.
 * @param start the layers before the first pruning, which is after round `from`
 */
export function plannedGoals(start: readonly LayerCount[], options: ScopeOptions, from = 0): PlannedGoal[] {
  const goals: PlannedGoal[] = [];
  let layers = start;
  for (let round = from; round < roundsOf(options); round++) {
    const goal = goalOf(layers, options, round);
    goals.push({ round, goal });
    // The division of a common number among the layers is not known, and does not change the next numbers.
    const each = 'each' in goal ? goal.each : [goal.together];
    layers = layers.map(({ shape }, layer) => ({ shape, kept: each[layer] ?? 0 }));
  }
  return goals;
}

/** Returns how many of `kept` survivors among `all` weights are kept by the pruning after a round. */
function countOf({ all, kept }: { all: number; kept: number }, options: ScopeOptions, round: number): number {
  const { targetSparsity, pruningFraction } = options;
  if (targetSparsity === undefined) return keepCount(kept, pruningFraction);
  const target = keepCount(all, targetSparsity);
  const isLast = round + 1 >= roundsOf(options);
  return Math.min(kept, isLast ? target : Math.max(target, keepCount(kept, pruningFraction)));
}

function uniformCounts(sizes: readonly number[], survivors: readonly number[], together: number): number[] {
  const [first = 0, ...room] = survivors;
  if (sizes.length <= 1) return survivors.length === 0 ? [] : [first];
  const others = sizes.slice(1);
  const left = Math.max(0, together - first);
  const density = left / sumOf(others);
  return [first, ...allocate(left, { ideal: others.map((size) => size * density), room })];
}

/** An ideal count that is this close below a whole number is that number. The rest is an error of floating point. */
const TOLERANCE = 1e-6;

/**
 * Returns whole numbers that add up to `total`, or to all of the room if that is less. Each is its ideal, rounded by the largest remainder
 * (earlier layers first), and at most its room. What does not fit is added to the layers that have room, in proportion to it.
 */
function allocate(total: number, { ideal, room }: { ideal: readonly number[]; room: readonly number[] }): number[] {
  const counts = ideal.map((count, layer) => Math.min(room[layer]!, Math.floor(count + TOLERANCE)));
  const remainder = (layer: number) => ideal[layer]! - Math.floor(ideal[layer]! + TOLERANCE);
  const order = [...counts.keys()].sort((a, b) => remainder(b) - remainder(a) || a - b);
  for (;;) {
    let left = total - sumOf(counts);
    const free = sumOf(room) - sumOf(counts);
    if (left <= 0 || free <= 0) return counts;
    const share = Math.min(1, left / free);
    for (const layer of order) {
      const more = Math.min(left, Math.max(1, Math.floor(share * (room[layer]! - counts[layer]!))));
      if (left <= 0 || room[layer] === counts[layer]) continue;
      counts[layer]! += more;
      left -= more;
    }
  }
}
