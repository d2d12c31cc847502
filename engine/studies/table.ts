/** Makes the tables of a study from its run directories. */
import { UserError } from '../errors';
import { groupBy } from '../vocabulary/groupBy';
import { didYouMean } from '../nearest';
import { isObject } from '../json/strict';
import type { Assignment, Axis, ResultSpec, Scalar, StudyFile, StudyTable, TableCell } from '../vocabulary/study';
import { meanOf } from '../vocabulary/statistics';
import { hasHeight, valuesOf, withoutRepetitions, type MeasuredRun, type Value } from './values';

export type { MeasuredRun } from './values';

/** The part of a study that a table needs. */
export interface TabledStudy {
  file: string;
  study: Pick<StudyFile, 'axes' | 'results'> & Partial<Pick<StudyFile, 'nodes'>>;
}

/** Returns the tables of a study, or only the one with this name. Throws UserError if there is no such table. */
export function tablesOf({ study, file }: TabledStudy, states: readonly MeasuredRun[], only?: string): StudyTable[] {
  const names = Object.keys(study.results);
  if (only !== undefined && !names.includes(only))
    throw new UserError(
      `${file} has no table "${only}".${didYouMean(only, names)} Its tables are ${names.join(', ') || 'none'}.`,
    );
  return names
    .filter((name) => only === undefined || name === only)
    .map((name) =>
      tableOf(name, study.results[name]!, { states, axes: Object.keys(study.axes), seeds: seedAxes(study) }),
    );
}

/** Returns the names of the axes that set a seed: by their own name, by their named values, or in a node as “$axis”. */
function seedAxes({ axes, nodes = {} }: TabledStudy['study']): Set<string> {
  const isSeed = (field: string) => field.toLowerCase().endsWith('seed');
  const given = Object.values(nodes).flatMap(({ set }) => Object.entries(set ?? {}));
  const setBy = (axis: string) => given.some(([field, value]) => isSeed(field) && value === `$${axis}`);
  const values = (axis: Axis): readonly unknown[] => (Array.isArray(axis) ? axis : []);
  const names = Object.entries(axes).filter(
    ([name, axis]) =>
      isSeed(name) ||
      setBy(name) ||
      values(axis).some((value) => isObject(value) && isObject(value['set']) && Object.keys(value['set']).some(isSeed)),
  );
  return new Set(names.map(([name]) => name));
}

function tableOf(
  name: string,
  spec: ResultSpec,
  { states, axes: order, seeds }: { states: readonly MeasuredRun[]; axes: readonly string[]; seeds: Set<string> },
): StudyTable {
  const { measure, rows: rowAxes, columns: columnAxis, title, baseline } = spec;
  const of = [spec.of].flat();
  const values = states.filter(({ run }) => of.includes(run.node)).flatMap((state) => valuesOf(state, measure));
  const base = states.filter(({ run }) => run.node === baseline).flatMap((state) => valuesOf(state, measure));
  const columnOf = ({ node, axes }: Value) => (columnAxis === undefined ? node : String(axes[columnAxis] ?? node));
  const columns = [...new Set(values.map(columnOf))];
  const groups = new Map<string, { axes: Assignment; byColumn: Map<string, Value[]> }>();
  for (const value of values) {
    const axes = Object.fromEntries(
      rowAxes.flatMap((axis): [string, Scalar][] => (value.axes[axis] === undefined ? [] : [[axis, value.axes[axis]]])),
    );
    const key = JSON.stringify(axes);
    const group = groups.get(key) ?? { axes, byColumn: new Map<string, Value[]>() };
    groups.set(key, group);
    const column = columnOf(value);
    const cell = group.byColumn.get(column) ?? [];
    cell.push(value);
    group.byColumn.set(column, cell);
  }
  const referenceOf = referencesIn(base, order, seeds);
  const rows = [...groups.values()].map(({ axes, byColumn }) => {
    const kept = keptOf([...byColumn.values()].flat());
    return {
      axes,
      label: labelOf(axes, rowAxes),
      ...(kept !== undefined && { kept }),
      cells: columns.map((column) => cellOf(byColumn.get(column) ?? [], referenceOf)),
    };
  });
  const reference = cellOf(base, () => undefined);
  const baseGroups = groupsOf(
    base,
    order.filter((axis) => !seeds.has(axis)),
  );
  const unpaired = values.some((value) => referenceOf(value)?.isSeed === false);
  return {
    ...{ name, ...(title !== undefined && { title }), measure, columns, rows },
    ...(rows.length === 0 && { missing: of }),
    ...(baseline !== undefined &&
      reference &&
      reference.n > 0 && {
        baseline: { node: baseline, cell: reference, ...(unpaired && { unpaired }), ...baseGroups },
      }),
  };
}

/** Returns the mean percent of kept weights over the runs that have a mask; undefined if none has. */
function keptOf(values: readonly Value[]): number | undefined {
  const kept = values.flatMap((value) => value.kept ?? []);
  return kept.length === 0 ? undefined : meanOf(kept).mean;
}

/** Returns the cells of the baseline by the axes in which its runs differ; nothing if there are none but seeds. */
function groupsOf(
  base: readonly Value[],
  axes: readonly string[],
): Pick<NonNullable<StudyTable['baseline']>, 'groups'> {
  const differing = axes.filter((axis) => new Set(base.map((one) => one.axes[axis])).size > 1);
  if (differing.length === 0) return {};
  const own = ({ axes: all }: Value) =>
    Object.fromEntries(differing.flatMap((axis) => (all[axis] === undefined ? [] : [[axis, all[axis]]])));
  const groups = [...groupBy(base, (one) => JSON.stringify(own(one)))].flatMap(([, values]) => {
    const cell = cellOf(values, () => undefined);
    return cell ? [{ axes: own(values[0]!), label: labelOf(own(values[0]!), differing), cell }] : [];
  });
  return { groups };
}

function labelOf(values: Assignment, axes: readonly string[]): string {
  return axes
    .map((axis) => axisText(axis, values[axis]))
    .filter(Boolean)
    .join(' · ');
}

function axisText(axis: string, value: Scalar | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : `${axis} ${String(value)}`;
}

function cellOf(all: readonly Value[], referenceOf: ReferenceOf): TableCell | null {
  const values = withoutRepetitions(all);
  const finite = values.filter(({ value }) => Number.isFinite(value));
  const diverged = values.length - finite.length;
  if (finite.length === 0) return diverged > 0 ? { mean: NaN, n: 0, diverged } : null;
  const without = finite.filter(({ isWithoutBarrier }) => isWithoutBarrier).length;
  return {
    ...meanOf(finite.map(({ value }) => value)),
    ...(diverged > 0 && { diverged }),
    ...(without > 0 && { withoutBarrier: without }),
    ...halves(finite),
    ...differenceOf(finite.filter(hasHeight), referenceOf),
  };
}

/** Returns the means of barriers and of half-differences by themselves, if there are any of the latter. */
function halves(values: readonly Value[]): Pick<TableCell, 'withBarrier' | 'halfDifference'> {
  const meanOver = (ones: readonly Value[]) => meanOf(ones.map(({ value }) => value));
  const [heights, rest] = [values.filter(hasHeight), values.filter((value) => !hasHeight(value))];
  if (rest.length === 0) return {};
  return { ...(heights.length > 0 && { withBarrier: meanOver(heights) }), halfDifference: meanOver(rest) };
}

/**
 * Returns mean and deviation of the differences from the baseline. Values with the same reference are averaged first, because they are not
 * independent of each other: n is the number of references. Without a seed that both have, there is no deviation.
 */
function differenceOf(values: readonly Value[], referenceOf: ReferenceOf): Pick<TableCell, 'difference'> {
  const pairs = values.flatMap((one) => {
    const reference = referenceOf(one);
    return reference ? [{ value: one.value, reference }] : [];
  });
  if (pairs.length === 0) return {};
  const groups = groupBy(pairs, ({ reference }) => reference);
  const differences = [...groups].map(([{ mean }, group]) => meanOf(group.map(({ value }) => value)).mean - mean);
  const { mean, n, ...spread } = meanOf(differences);
  return { difference: { mean, n, ...(pairs.every(({ reference }) => reference.isSeed) && spread) } };
}

/** The runs of the baseline with the same values of the axes that both have. Each is one object, by which values are grouped. */
interface Reference {
  mean: number;
  /** Whether a seed is among these axes. Otherwise, values and baseline are no pairs. */
  isSeed: boolean;
}

type ReferenceOf = (value: Value) => Reference | undefined;

/** Groups the runs of the baseline by their axes once, because a study may have thousands. They are runs of one node, so all have the same axes. */
function referencesIn(base: readonly Value[], names: readonly string[], seeds: ReadonlySet<string>): ReferenceOf {
  const finite = base.filter((one) => Number.isFinite(one.value) && hasHeight(one));
  const own = names.filter((axis) => finite[0]?.axes[axis] !== undefined);
  const groupings = new Map<string, Map<string, Reference>>();
  return ({ axes }) => {
    const shared = own.filter((axis) => axes[axis] !== undefined);
    const keyOf = (one: Assignment) => JSON.stringify(shared.map((axis) => one[axis]));
    const known = groupings.get(shared.join());
    if (known) return known.get(keyOf(axes));
    const isSeed = shared.some((axis) => seeds.has(axis));
    const repeated = new Map<string, Reference>();
    const referenceTo = (same: readonly Value[]): Reference => {
      const runs = withoutRepetitions(same);
      const made = { mean: meanOf(runs.map(({ value }) => value)).mean, isSeed };
      const [first, second] = runs;
      if (second || first?.repeated === undefined) return made;
      const reference = repeated.get(first.repeated) ?? made;
      repeated.set(first.repeated, reference);
      return reference;
    };
    const groups = [...groupBy(finite, (one) => keyOf(one.axes))].map(
      ([key, same]) => [key, referenceTo(same)] as const,
    );
    groupings.set(shared.join(), new Map(groups));
    return groupings.get(shared.join())!.get(keyOf(axes));
  };
}
