/** Turns the states of runs into the rows of a panel. */
import { isInterior } from '../vocabulary/barrierWords';
import { shownMeasure } from '../vocabulary/searchAccuracy';
import type { Assignment, Axis, Scalar, StudyRunRow } from '../vocabulary/study';
import type { RunState } from './states';
import { shareOf } from './work';

/** Returns the row of a run. */
export function rowOf(state: RunState): StudyRunRow {
  const { run, directory, status, message } = state;
  const { name, node, kind, axes, needs } = run;
  const value = valueOf(state);
  const rounds = roundsOfSearch(state);
  return {
    ...{ name, node, kind, axes, needs, status, directory },
    ...(message !== undefined && { message }),
    ...(isUnderWay(status) && { progress: shareOf(state) }),
    ...value,
    ...(rounds && { rounds }),
  };
}

function isUnderWay(status: RunState['status']): boolean {
  return status === 'running' || status === 'stopped' || status === 'interrupted';
}

/** Returns the test accuracy in percent or the barrier in points, once the run has it. */
function valueOf({ run, status, overview }: RunState): Pick<StudyRunRow, 'value' | 'withoutBarrier'> {
  const result = overview?.result;
  if (run.kind === 'search') {
    const last = status === 'done' ? overview?.rounds.at(-1) : undefined;
    return last ? { value: shownMeasure(last).accuracy } : {};
  }
  if (result?.kind === 'train') return { value: result.test.accuracy };
  if (result?.kind !== 'connectivity') return {};
  const isShown = ({ quantity, split, baseline }: (typeof result.barriers)[number]) =>
    quantity === 'error' && split === 'test' && baseline === 'mean of the ends';
  const shown = result.barriers.find(isShown) ?? result.barrier;
  return { value: shown.value, ...(!isInterior(shown) && { withoutBarrier: true }) };
}

function roundsOfSearch({ run, overview }: RunState): StudyRunRow['rounds'] {
  if (run.kind !== 'search' || !overview || overview.rounds.length === 0) return undefined;
  return overview.rounds.map((one) => ({
    round: one.round,
    kept: 1 - one.sparsity.prunable,
    accuracy: shownMeasure(one).accuracy,
    checkpoint: one.checkpoint,
  }));
}

/** Returns the values of each axis in the order of the file. The values of “round” that depend on a search are those of the runs. */
export function axisValues(
  axes: Readonly<Record<string, Axis>>,
  runs: readonly { axes: Assignment }[],
): Record<string, Scalar[]> {
  const used = (name: string) => [
    ...new Set(runs.flatMap(({ axes: values }) => (values[name] === undefined ? [] : [values[name]]))),
  ];
  return Object.fromEntries(
    Object.entries(axes).map(([name, axis]) => [
      name,
      isList(axis)
        ? axis.map((value) => (typeof value === 'object' ? value.name : value))
        : used(name).sort((a, b) => Number(a) - Number(b)),
    ]),
  );
}

function isList(axis: Axis): axis is Extract<Axis, readonly unknown[]> {
  return Array.isArray(axis);
}
