/** Takes the numbers that a table needs from the runs of a study. */
import type { RunOverview } from '../runs/snapshot';
import { isInterior } from '../vocabulary/barrierWords';
import { shownMeasure } from '../vocabulary/searchAccuracy';
import type { Assignment, Measure, StudyStatus } from '../vocabulary/study';
import type { StudyRun } from './expand';

/** The part of a run's state that a table needs. */
export interface MeasuredRun {
  run: Pick<StudyRun, 'node' | 'kind' | 'axes'>;
  status: StudyStatus;
  overview?: Pick<RunOverview, 'result' | 'rounds' | 'signs'>;
}

/** A measured number, and the values of axes that it belongs to. NaN if the run diverged. */
export interface Value {
  node: string;
  axes: Assignment;
  value: number;
  /** Percent of kept weights, if the run has a mask. */
  kept?: number;
  /** Whether there is no barrier between the ends. */
  isWithoutBarrier?: boolean;
  /** Whether the value is therefore half the difference of the ends. */
  isHalfDifference?: boolean;
}

/** Whether the value is a height. Half the difference of two ends is none, and never enters a mean or a difference with barriers. */
export function hasHeight({ isHalfDifference }: Value): boolean {
  return isHalfDifference !== true;
}

/** Returns the numbers that a run gives. A search gives one for each round, and then has a value of the axis “round”. */
export function valuesOf({ run, status, overview }: MeasuredRun, measure: Measure): Value[] {
  const { node, axes } = run;
  if (!overview) return [];
  const { result, rounds, signs } = overview;
  const diverged = status === 'diverged' ? [NaN] : [];
  if (measure === 'same sign' || measure === 'same sign by chance') {
    if (!signs || signs.kept === 0) return [];
    return [{ node, axes, value: 100 * (measure === 'same sign' ? signs.sameSign / signs.kept : signs.chance) }];
  }
  if (measure === 'barrier' || measure === 'chord barrier') {
    if (result?.kind !== 'connectivity') return diverged.map((value) => ({ node, axes, value }));
    const [quantity, split, baseline] =
      measure === 'barrier'
        ? (['error', 'test', 'mean of the ends'] as const)
        : (['loss', 'train', 'chord between the ends'] as const);
    const found = result.barriers.find(
      (one) => one.quantity === quantity && one.split === split && one.baseline === baseline,
    );
    if (!found) return [];
    const none = !isInterior(found) && { isWithoutBarrier: true, isHalfDifference: measure === 'barrier' };
    return [{ node, axes, value: found.value, ...none }];
  }
  if (run.kind === 'search') {
    const measured = rounds.map((round) => ({
      node,
      axes: { ...axes, round: round.round },
      value: numberOf(measure, { measured: shownMeasure(round), sparsity: round.sparsity.prunable }),
      kept: 100 * (1 - round.sparsity.prunable),
    }));
    return [...measured, ...diverged.map((value) => ({ node, axes: { ...axes, round: rounds.length }, value }))];
  }
  if (result?.kind !== 'train') return diverged.map((value) => ({ node, axes, value }));
  const { test, sparsity } = result;
  return [
    {
      ...{ node, axes, value: numberOf(measure, { measured: test, sparsity: sparsity.prunable }) },
      kept: 100 * (1 - sparsity.prunable),
    },
  ];
}

function numberOf(
  measure: 'accuracy' | 'loss' | 'kept',
  { measured, sparsity }: { measured: { accuracy: number; loss: number }; sparsity: number },
): number {
  return measure === 'kept' ? 100 * (1 - sparsity) : measured[measure];
}
