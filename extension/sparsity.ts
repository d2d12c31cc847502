/** Checks the target sparsity that a user enters in New Run. */
import { roundsFor } from '../engine/vocabulary/rounds';
import { PLAIN_OPTIONS } from '../engine/vocabulary/runSchema';

/** Returns a percentage as a fraction, without the rounding error of the division. */
export function shareOf(percentage: string): number {
  return Number((Number(percentage) / 100).toPrecision(12));
}

/**
 * Checks a target sparsity in percent. Returns a sentence about the problem, or undefined if a run can reach the sparsity.
 * @param fraction the fraction of the survivors that each round prunes; undefined if the run prunes once
 */
export function sparsityProblem(text: string, fraction: number | undefined): string | undefined {
  const sparsity = text.trim() === '' ? NaN : shareOf(text);
  if (!(sparsity > 0 && sparsity < 1)) return 'Enter a percentage above 0 and below 100.';
  const rounds = fraction === undefined ? 1 : roundsFor(sparsity, fraction);
  const most = PLAIN_OPTIONS.rounds.maximum;
  if (rounds <= most) return undefined;
  return `${text.trim()} % needs ${rounds} rounds, but a run has at most ${most}. Enter a lower sparsity.`;
}
