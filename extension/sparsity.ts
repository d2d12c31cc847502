/** Returns the fewest rounds that prune at least a share in (0, 1); each prunes `fraction` of the survivors. */
export function roundsFor(sparsity: number, fraction: number): number {
  return Math.ceil(Math.log(1 - sparsity) / Math.log(1 - fraction) - 1e-9);
}

/** Returns the share that is pruned after a number of rounds. */
export function sparsityAfter(rounds: number, fraction: number): number {
  return 1 - (1 - fraction) ** rounds;
}

/** Returns why a text is no target sparsity in percent that a run can reach, as a sentence, or undefined if it is one. */
export function sparsityProblem(text: string, run: { fraction: number; maximumRounds: number }): string | undefined {
  const sparsity = text.trim() === '' ? NaN : Number(text) / 100;
  if (!(sparsity > 0 && sparsity < 1)) return 'Enter a percentage above 0 and below 100.';
  const rounds = roundsFor(sparsity, run.fraction);
  if (rounds <= run.maximumRounds) return undefined;
  return `${text.trim()} % needs ${rounds} rounds, but a run has at most ${run.maximumRounds}. Enter a lower sparsity.`;
}
