/** A table of runs: the columns that are shown, the order, and groups with means. Pure. */
import type { DataTable } from './dataTable';
import { groupBy } from './groupBy';
import type { CellValue, RunColumn } from './runColumns';
import type { ListedRun } from './runRelations';
import { doneText, measuredHow, roundIn } from './runValues';
import { meanOf, type MeanOf } from './statistics';
import { inNaturalOrder } from './text';

/** How the user has changed the columns, by id. A column that is in neither list is shown by the rule of its `use`. */
export interface ColumnChoice {
  added: readonly string[];
  hidden: readonly string[];
}

/** Returns the columns to show for these runs: those that tell them apart, the results, and those that the user added. */
export function shownColumns(
  columns: readonly RunColumn[],
  runs: readonly ListedRun[],
  { added, hidden }: ColumnChoice = { added: [], hidden: [] },
): RunColumn[] {
  return columns.filter((column) => {
    if (hidden.includes(column.id)) return false;
    return added.includes(column.id) || isShownByDefault(column, runs);
  });
}

/** Whether a column is shown if the user has not chosen. */
export function isShownByDefault(column: RunColumn, runs: readonly ListedRun[]): boolean {
  switch (column.use) {
    case 'always':
      return true;
    case 'used':
      return runs.some((run) => column.value(run) !== undefined);
    case 'differs':
      return differ(column, runs);
    case 'chosen':
      return false;
  }
}

/** Whether the runs to which a column applies have different values in it. No value is a value of its own. */
export function differ({ value, applies }: RunColumn, runs: readonly ListedRun[]): boolean {
  let [first, isFirst]: [CellValue, boolean] = [undefined, true];
  for (const run of runs) {
    if (applies && !applies(run)) continue;
    const now = value(run);
    if (!isFirst && now !== first) return true;
    [first, isFirst] = [now, false];
  }
  return false;
}

export interface SortBy {
  /** Id of the column. */
  column: string;
  descending: boolean;
}

/** Returns the runs in this order: by the first column, then by the next. Runs without a value are last. */
export function sortRuns<R extends ListedRun>(
  runs: readonly R[],
  columns: readonly RunColumn[],
  sorts: readonly SortBy[],
): R[] {
  const keys = sorts.flatMap(({ column: id, descending }) => {
    const column = columns.find((one) => one.id === id);
    return column
      ? [{ values: new Map(runs.map((run) => [run, column.value(run)])), direction: descending ? -1 : 1 }]
      : [];
  });
  return [...runs].sort((a, b) => {
    for (const { values, direction } of keys) {
      const order = compare(values.get(a), values.get(b), direction);
      if (order !== 0) return order;
    }
    return 0;
  });
}

/** Compares two values for `sort`. Missing values are last in both directions. */
export function compare(a: CellValue, b: CellValue, direction: number): number {
  if (a === undefined || b === undefined || Number.isNaN(a) || Number.isNaN(b)) return rankOf(a) - rankOf(b);
  if (typeof a === 'number' && typeof b === 'number') return direction * (a - b);
  return direction * inNaturalOrder(String(a), String(b));
}

function rankOf(value: CellValue): number {
  return value === undefined || Number.isNaN(value) ? 1 : 0;
}

/**
 * Returns the order after the title of a column was pressed. Without `add`, the column alone decides. With `add`, it decides between runs
 * that are equal so far. Numbers begin with the largest, text with A. A third press removes the column.
 */
export function nextSorts(sorts: readonly SortBy[], column: RunColumn, add: boolean): SortBy[] {
  const before = sorts.find((one) => one.column === column.id);
  const first = column.numeric;
  const next = !before ? first : before.descending === first ? !first : undefined;
  const others = add ? sorts.filter((one) => one !== before) : [];
  if (next === undefined) return others;
  const now = { column: column.id, descending: next };
  return add && before ? sorts.map((one) => (one === before ? now : one)) : [...others, now];
}

export interface RunGroup<R extends ListedRun = ListedRun> {
  /** The value that the runs share. Undefined for runs without a value. */
  value: CellValue;
  /** The value as text. */
  label: string;
  runs: R[];
}

/**
 * Returns the runs by their value in a column. Runs of several methods, things that were done, networks, data or rounds are groups of their
 * own, which their labels name: a mean over them would mean nothing. The groups are in the order of the first run of each.
 */
export function groupRuns<R extends ListedRun>(runs: readonly R[], column: RunColumn): RunGroup<R>[] {
  const byValue = groupBy(runs, (run) => column.value(run));
  const groups = [...byValue].flatMap(([value, members]) => {
    const label = column.text(members[0]!) || `no ${column.title}`;
    const differing = KINDS.filter((kindOf) => new Set(members.map(kindOf)).size > 1);
    const kinds = groupBy(members, (run) =>
      [...new Set(differing.map((kindOf) => kindOf(run)))].filter(Boolean).join(' · '),
    );
    return [...kinds].map(([kind, own]) => ({ value, label: kind === '' ? label : `${label} · ${kind}`, runs: own }));
  });
  const place = new Map(runs.map((run, at) => [run, at]));
  return groups.sort((a, b) => place.get(a.runs[0]!)! - place.get(b.runs[0]!)!);
}

/** What an experiment is, whatever its options are. */
const KINDS: readonly ((run: ListedRun) => string)[] = [
  ({ method, kind }) => (method === 'dense' && kind === 'train' ? doneText({ method, kind }) : method),
  doneText,
  ({ model }) => model,
  ({ dataset }) => dataset,
  (run) => (roundIn(run) === undefined ? '' : `round ${roundIn(run)}`),
];

/** What a cell shows of several runs: their mean, or the value that all of them have. Undefined if there is neither. */
export type GroupCell = ({ kind: 'mean' } & MeanOf) | { kind: 'same'; text: string } | undefined;

/** Summarizes a column of a group. Seeds and options have no mean, and neither have accuracies that were measured in different ways. */
export function groupCell(column: RunColumn, runs: readonly ListedRun[]): GroupCell {
  const values = runs.map(column.value);
  const known = values.filter((value) => value !== undefined);
  const [first] = known;
  if (first === undefined) return undefined;
  if (known.length === values.length && known.every((value) => value === first)) {
    if (!column.numeric || !HAVE_MEANS.includes(column.id)) return { kind: 'same', text: column.text(runs[0]!) };
  }
  if (!HAVE_MEANS.includes(column.id)) return undefined;
  if (MEASURED_ON_TEST.includes(column.id) && new Set(runs.map(measuredHow).filter(Boolean)).size > 1) return undefined;
  return { kind: 'mean', ...meanOf(known.filter((value) => typeof value === 'number')) };
}

const MEASURED_ON_TEST: readonly string[] = ['accuracy', 'loss', 'top5'];
/** The results of runs. A mean of options would mean nothing. */
const HAVE_MEANS: readonly string[] = [
  'kept',
  'accuracy',
  'gap',
  'loss',
  'top5',
  'barrier',
  'halfDifference',
  'images',
  'duration',
];

/** Returns the values of a table of runs for an export, or their text. How an accuracy was measured is always beside it. */
export function runsData(
  runs: readonly ListedRun[],
  { shown, all, asText = false }: { shown: readonly RunColumn[]; all: readonly RunColumn[]; asText?: boolean },
): DataTable {
  const measured = shown.some(({ id }) => id === MEASURED) ? undefined : all.find(({ id }) => id === MEASURED);
  const columns = shown.flatMap((column) => (column.id === 'accuracy' && measured ? [column, measured] : [column]));
  return {
    columns: columns.map(({ id }) => id),
    rows: runs.map((run) => columns.map((column) => (asText ? column.text(run) : exportedValue(column, run)))),
  };
}

const MEASURED = 'measured';

function exportedValue({ unit, value }: RunColumn, run: ListedRun): CellValue {
  const found = value(run);
  return unit === 'time' && typeof found === 'number' ? new Date(found).toISOString() : found;
}
