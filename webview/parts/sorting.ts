/** Sorts the rows of a table by a column, and names in their natural order: layer 2 before layer 10. */
import { inNaturalOrder } from '../../engine/vocabulary/text';
import type { Column } from './table';

export interface Sort {
  /** Title of the column. */
  column: string;
  descending: boolean;
}

/** Returns the rows in this order. Rows without a value are last. Rows of equal value keep their order. */
export function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | undefined): Row[] {
  const value = columns.find(({ title }) => title === sort?.column)?.value;
  if (!value || !sort) return [...rows];
  const direction = sort.descending ? -1 : 1;
  const keyed = rows.map((row) => ({ row, key: value(row) }));
  keyed.sort(({ key: a }, { key: b }) => {
    if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b));
    return (
      direction * (typeof a === 'string' || typeof b === 'string' ? inNaturalOrder(String(a), String(b)) : a! - b!)
    );
  });
  return keyed.map(({ row }) => row);
}

function isMissing(value: string | number | undefined): boolean {
  return value === undefined || Number.isNaN(value);
}

/**
 * Returns the order after a click on the title of a column. The first click on a column of numbers puts the largest first, unless the column
 * is `ascending`. The first click on a column of names sorts alphabetically.
 */
export function nextSort<Row>(column: Column<Row>, before: Sort | undefined): Sort {
  if (before?.column === column.title) return { ...before, descending: !before.descending };
  return { column: column.title, descending: column.numeric === true && !column.ascending };
}
