/** Takes the numbers that a table needs from the runs of a study. */
import type { RunOverview } from '../runs/snapshot';
import { isInterior } from '../vocabulary/barrierWords';
import { shownMeasure } from '../vocabulary/searchAccuracy';
import type { Assignment, Measure, StudyStatus } from '../vocabulary/study';
import { dataSeedOf } from '../vocabulary/seeds';
import { traitsOf } from '../vocabulary/transferVariants';
import type { StudyRun } from './expand';

/** The part of a run's state that a table needs. */
export interface MeasuredRun {
  run: Pick<StudyRun, 'node' | 'kind' | 'axes'> & Partial<Pick<StudyRun, 'options' | 'settings' | 'sources'>>;
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
  /** Equal for runs that are the same but for a seed that they do not use. Absent if the run uses its seed. */
  repeated?: string;
  /** Whether there is no barrier between the ends. */
  isWithoutBarrier?: boolean;
  /** Whether the value is therefore half the difference of the ends. */
  isHalfDifference?: boolean;
}

/** Whether the value is a height. Half the difference of two ends is none, and never enters a mean or a difference with barriers. */
export function hasHeight({ isHalfDifference }: Value): boolean {
  return isHalfDifference !== true;
}

/** Returns the numbers that a run gives, and whether another run may give the same again. */
export function valuesOf(state: MeasuredRun, measure: Measure): Value[] {
  const repeated = seedlessRun(state.run);
  const values = measuredIn(state, measure);
  return repeated === undefined ? values : values.map((value) => ({ ...value, repeated }));
}

/** Returns the values without those of runs that only repeat another one. */
export function withoutRepetitions(values: readonly Value[]): Value[] {
  const seen = new Set<string>();
  return values.filter(({ repeated }) => repeated === undefined || seen.size < seen.add(repeated).size);
}

/**
 * Returns what identifies a run that does not use its seed, else undefined. A whole ticket is trained from its own weights, so only the seed
 * of the data tells two of these runs apart. A new classifier is drawn by the seed, and other data may need one.
 */
function seedlessRun({ node, kind, options, settings, sources }: MeasuredRun['run']): string | undefined {
  if (kind !== 'transfer' || !options || !settings) return undefined;
  const { fields, overrides } = settings;
  const { variant, classifier } = fields;
  const isWhole = variant !== undefined && traitsOf(variant).whole === true && classifier !== 'new';
  if (!isWhole || Object.keys(overrides).some((name) => name.split('.', 1)[0] === 'dataset')) return undefined;
  return JSON.stringify([node, sources, fields, { ...options, seed: undefined, dataSeed: dataSeedOf(options) }]);
}

/** Returns the numbers that a run gives. A search gives one for each round, and then has a value of the axis “round”. */
function measuredIn({ run, status, overview }: MeasuredRun, measure: Measure): Value[] {
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
