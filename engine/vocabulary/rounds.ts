/** The number of rounds of a search, which its options decide. Pure. */
import type { RunOptions } from './runOptions';
import { PLAIN_OPTIONS } from './runSchema';

type Options = Pick<RunOptions, 'method' | 'rounds' | 'targetSparsity'> & { pruningFraction?: number };

/**
 * Returns how often a search prunes. It trains one round more than that. `one-shot` prunes once. A search with `targetSparsity` prunes until
 * it has reached the target. Works on the options of old and damaged runs, too.
 */
export function roundsOf({ method, rounds, targetSparsity, pruningFraction }: Options): number {
  if (method === 'one-shot') return 1;
  if (targetSparsity === undefined) return rounds ?? PLAIN_OPTIONS.rounds.default;
  const needed = roundsFor(targetSparsity, pruningFraction ?? PLAIN_OPTIONS.pruningFraction.default);
  return needed >= 1 ? Math.min(needed, PLAIN_OPTIONS.rounds.maximum) : 1;
}

/** Returns the first round that a run trains: 0, or the round after the checkpoint that a search continues from. */
export function firstRoundOf(record: { start?: { round: number } | undefined } | object): number {
  return 'start' in record && record.start ? record.start.round + 1 : 0;
}

/** Returns the smallest number of rounds that reaches a sparsity in (0, 1), if each round prunes `fraction` of the remaining weights. */
export function roundsFor(sparsity: number, fraction: number): number {
  return Math.ceil(Math.log(1 - sparsity) / Math.log(1 - fraction) - TOLERANCE);
}

/** Returns the share of the prunable weights that is kept after a round, from 0 to 1. Rounding to whole weights is ignored. */
export function keptAfter(round: number, options: Options): number {
  const { method, targetSparsity, pruningFraction = PLAIN_OPTIONS.pruningFraction.default } = options;
  const target = targetSparsity === undefined ? 0 : 1 - targetSparsity;
  if (round >= roundsOf(options) && targetSparsity !== undefined) return target;
  return method === 'one-shot' ? 1 : Math.max(target, (1 - pruningFraction) ** round);
}

/** If the last round would prune a smaller part than this, rounding is the reason for it. */
const TOLERANCE = 1e-9;
