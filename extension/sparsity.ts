/** Returns the smallest number of rounds that reaches a sparsity in (0, 1), if each round prunes `fraction` of the remaining weights. */
export function roundsFor(sparsity: number, fraction: number): number {
  return Math.ceil(Math.log(1 - sparsity) / Math.log(1 - fraction) - 1e-9);
}

/** Returns the sparsity after a number of rounds. */
export function sparsityAfter(rounds: number, fraction: number): number {
  return 1 - (1 - fraction) ** rounds;
}

/** Checks a target sparsity in percent. Returns a sentence about the problem, or undefined if a run can reach the sparsity. */
export function sparsityProblem(text: string, run: { fraction: number; maximumRounds: number }): string | undefined {
  const sparsity = text.trim() === '' ? NaN : Number(text) / 100;
  if (!(sparsity > 0 && sparsity < 1)) return 'Enter a percentage above 0 and below 100.';
  const rounds = roundsFor(sparsity, run.fraction);
  if (rounds <= run.maximumRounds) return undefined;
  return `${text.trim()} % needs ${rounds} rounds, but a run has at most ${run.maximumRounds}. Enter a lower sparsity.`;
}
