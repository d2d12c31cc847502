/** What the user has set in the table of runs. It survives a reload, and closing the panel. */
import type { ColumnChoice, SortBy } from '../../../engine/vocabulary/runTable';
import type { Memory } from '../../host';

export interface TableState {
  filter: string;
  sorts: SortBy[];
  columns: ColumnChoice;
  /** Id of the column that groups the runs. */
  group?: string | undefined;
  /** Labels of the groups that are expanded. */
  expanded: string[];
  /** Widths of columns that the user has changed, in CSS pixels, by id. */
  widths: Record<string, number>;
  /** Whether the chart of the selected runs is shown. */
  plot: boolean;
}

/** Reads the state from the memory of the panel. What is missing or odd has its default. */
export function tableStateIn(memory: Memory): TableState {
  const { filter, sorts, columns, group, expanded, widths, plot } = memory;
  const chosen = isRecord(columns) ? columns : {};
  return {
    filter: typeof filter === 'string' ? filter : '',
    sorts: listOf(sorts, isSort),
    columns: { added: listOf(chosen['added'], isText), hidden: listOf(chosen['hidden'], isText) },
    ...(isText(group) && { group }),
    expanded: listOf(expanded, isText),
    widths: Object.fromEntries(
      Object.entries(isRecord(widths) ? widths : {}).flatMap(([id, width]) =>
        typeof width === 'number' ? [[id, width] as const] : [],
      ),
    ),
    plot: plot === true,
  };
}

function listOf<T>(value: unknown, isItem: (item: unknown) => item is T): T[] {
  return Array.isArray(value) ? value.filter(isItem) : [];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isSort(value: unknown): value is SortBy {
  return isRecord(value) && isText(value['column']) && typeof value['descending'] === 'boolean';
}
