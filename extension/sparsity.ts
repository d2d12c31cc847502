/** The fewest rounds that prune at least this share; each prunes `fraction` of the survivors. */
export function roundsFor(sparsity: number, fraction: number): number {
  return Math.ceil(Math.log(1 - sparsity) / Math.log(1 - fraction) - 1e-9);
}

/** The share pruned after so many rounds. */
export function sparsityAfter(rounds: number, fraction: number): number {
  return 1 - (1 - fraction) ** rounds;
}
