/** The definitions of a barrier that the literature uses, and the values of a measured curve under their names. */
import { isInterior } from './barrierWords';
import { significant } from './numbers';
import type { Barrier } from './runEvents';

interface Definition extends Pick<Barrier, 'quantity' | 'split' | 'baseline'> {
  title: string;
  /** Number of evenly spaced points, including both ends. Absent if the source does not fix it. */
  points?: number;
  definition: string;
  source: string;
}

/** The definitions by name. */
export const NAMED_BARRIERS = {
  official: {
    title: 'official',
    quantity: 'error',
    split: 'test',
    baseline: 'mean of the ends',
    points: 11,
    definition: 'largest test error above the mean of the ends, over 11 points',
    source: 'official AWS code, calculate_error_barrier.py',
  },
  frankle: {
    title: 'Frankle',
    quantity: 'error',
    split: 'test',
    baseline: 'mean of the ends',
    points: 30,
    definition: 'supremum of the test error above the mean of the ends, over 30 evenly spaced points',
    source: 'Frankle et al., Linear Mode Connectivity and the Lottery Ticket Hypothesis, ICML 2020',
  },
  chord: {
    title: 'chord',
    quantity: 'loss',
    split: 'train',
    baseline: 'chord between the ends',
    definition: 'largest training loss above the chord between the ends',
    source: 'Adnan et al., ICML 2025 (arXiv 2505.05143)',
  },
} as const satisfies Record<string, Definition>;

export type BarrierName = keyof typeof NAMED_BARRIERS;

export const BARRIER_NAMES = ['official', 'frankle', 'chord'] as const satisfies readonly BarrierName[];

/** Returns the number of points of a definition, including both ends. Undefined if its source does not fix it. */
export function pointsOf(name: BarrierName): number | undefined {
  const { points }: Definition = NAMED_BARRIERS[name];
  return points;
}

/** The barrier of a curve under one name. */
export interface NamedBarrier extends Pick<Barrier, 'value' | 'alpha' | 'quantity'> {
  name: BarrierName;
  title: string;
  /** Whether the maximum is between the ends. If it is not, there is no barrier. */
  interior: boolean;
  /** Number of points that were measured, including both ends. */
  points: number;
  definition: string;
  source: string;
  /** Says that the curve has another number of points than the definition. */
  note?: string;
}

/**
 * Returns the barriers of a curve by name. Leaves out a barrier that the result does not contain.
 * @param points number of measured points, including both ends
 */
export function namedBarriers({ barriers }: { barriers: readonly Barrier[] }, points: number): NamedBarrier[] {
  return BARRIER_NAMES.flatMap((name) => {
    const { title, definition, source, quantity, split, baseline, ...defined }: Definition = NAMED_BARRIERS[name];
    const found = barriers.find((one) => one.quantity === quantity && one.split === split && one.baseline === baseline);
    if (!found) return [];
    const { value, alpha } = found;
    const note =
      defined.points === undefined || defined.points === points
        ? {}
        : { note: `measured at ${points} points, but the definition has ${defined.points}` };
    return [{ name, title, value, alpha, quantity, interior: isInterior(found), points, definition, source, ...note }];
  });
}

const UNITS: Record<Barrier['quantity'], string> = { error: 'points', loss: 'nats' };

/** Returns the height of a named barrier with its unit, for example `7.31 points`, or `none` if the maximum is at an end. */
export function namedHeight({ interior, value, quantity }: NamedBarrier): string {
  return interior ? `${significant(value)} ${UNITS[quantity]}` : 'none';
}

/** Returns a line for one named barrier: `official barrier 7.31 points at α 0.5: largest test error above …`. */
export function namedBarrierWords(barrier: NamedBarrier): string {
  const { title, interior, alpha, definition, note } = barrier;
  const place = interior ? ` at α ${Number(alpha.toFixed(3))}` : '';
  const aside = note === undefined ? '' : ` (${note})`;
  return `${title} barrier: ${namedHeight(barrier)}${place}; ${definition}${aside}`;
}
