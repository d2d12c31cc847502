/** A table of runs: the columns that are shown, and the order. `runGroups.ts` has its groups. Pure. */
import type { DataTable } from './dataTable';
import type { CellValue, RunColumn } from './runColumns';
import type { ListedRun } from './runRelations';
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
