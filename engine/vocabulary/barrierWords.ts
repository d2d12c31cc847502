/** Describes the result of a connectivity run, in the same words in the tree, the panels and the terminal. */
import { significant } from './numbers';
import type { Barrier } from './runEvents';

/** The barrier that is shown, and all barriers of the run, which have other baselines too. */
export interface Barriers {
  barrier: Barrier;
  barriers: readonly Barrier[];
}

const UNITS: Record<Barrier['quantity'], string> = { error: 'points', loss: 'nats' };

/** Returns the unit of the height of a barrier. */
export function barrierUnit({ quantity }: Pick<Barrier, 'quantity'>): string {
  return UNITS[quantity];
}

/** Whether the maximum is between the ends. A maximum at an end is not a barrier. It only shows that the ends differ. */
export function isInterior({ alpha }: Barrier): boolean {
  return alpha > 0 && alpha < 1;
}

/**
 * Returns a short text for a row or a cell: `barrier 7.31 points`, or `no barrier`.
 * @param points number of measured points, including both ends
 */
export function barrierLabel(barrier: Barrier, points?: number): string {
  if (isInterior(barrier)) return `barrier ${significant(barrier.value)} ${UNITS[barrier.quantity]}`;
  return points === 2 ? 'only the ends measured' : 'no barrier';
}

/**
 * Returns the whole result, where α is the position on the line from B (0) to A (1). For example,
 * `barrier 7.31 points of test error above the mean of the ends, at α 0.5`, or
 * `no barrier between the ends: no network measured there has more test error than the worse end; B is 1.05 points of test error worse`. In
 * the second case, adds how far the line is above the chord, which is no barrier by any of the three definitions.
 * @param points number of measured points, including both ends
 */
export function barrierWords({ barrier, barriers }: Barriers, points?: number): string {
  if (isInterior(barrier)) return aboveBaseline(barrier);
  const { quantity, split } = barrier;
  const [mean, chord] = (['mean of the ends', 'chord between the ends'] as const).map((baseline) =>
    [barrier, ...barriers].find((one) => one.quantity === quantity && one.split === split && one.baseline === baseline),
  );
  const differs = mean && !isInterior(mean) && mean.value > 0;
  const worse = differs && `${mean.alpha === 1 ? 'A' : 'B'} is ${amount({ ...mean, value: 2 * mean.value })} worse`;
  const above =
    chord &&
    isInterior(chord) &&
    chord.value > 0 &&
    `the line is up to ${amount(chord)} above its chord, the straight line between the values of A and B, at α ${alphaOf(chord)}`;
  const none =
    points === 2
      ? 'nothing was measured between the ends'
      : `no barrier between the ends: no network measured there has more ${split} ${quantity} than the worse end`;
  return [none, ...[worse, above].filter((words) => words !== undefined && words !== false)].join('; ');
}

function aboveBaseline(barrier: Barrier): string {
  return `barrier ${amount(barrier)} above the ${barrier.baseline}, at α ${alphaOf(barrier)}`;
}

function alphaOf({ alpha }: Barrier): number {
  return Number(alpha.toFixed(3));
}

function amount({ value, quantity, split }: Barrier): string {
  return `${significant(value)} ${UNITS[quantity]} of ${split} ${quantity}`;
}

/**
 * Explains why the accuracy of an end differs from the accuracy that its own run prints. Returns undefined if nothing was re-estimated.
 * `normalization` is the field of the result of a connectivity run.
 */
export function accuracyNote({ normalization }: { normalization: string }): string | undefined {
  if (!normalization.startsWith('batch-norm statistics re-estimated')) return undefined;
  return 'The accuracies of A and B differ from those of their own runs: batch-norm statistics are re-estimated here, but collected during training there.';
}
