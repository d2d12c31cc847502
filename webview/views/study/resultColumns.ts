/** The rows and columns of a study's table in its panel. */
import { cellParts, cellText, commonCount, sharedAxes } from '../../../engine/vocabulary/studyCells';
import { valueLabel } from '../../../engine/vocabulary/studyLines';
import { measureTitle } from '../../../engine/vocabulary/studySchema';
import type { StudyTableJson } from '../../../engine/protocol';
import { h } from '../../dom';
import { number } from '../../format';
import type { LongRow } from '../../parts/longTable';
import type { Column } from '../../parts/table';
import { rowKey } from './figureData';

export interface ResultRow extends LongRow {
  row: StudyTableJson['rows'][number];
}

export function resultRows({ rows }: StudyTableJson): ResultRow[] {
  return rows.map((row, at) => ({ key: rowKey(at), depth: 0, row }));
}

/** Returns a column for each axis, one for the kept share if it is measured, and one for each column of the table. */
export function resultColumns(table: StudyTableJson): Column<ResultRow>[] {
  const shared = sharedAxes(table.rows); // the heading has them
  const axes = [...new Set(table.rows.flatMap((row) => Object.keys(row.axes)))].filter((axis) => !(axis in shared));
  const shown = { ...table, count: commonCount(table) };
  const hasKept = table.measure !== 'kept' && table.rows.some(({ kept }) => kept !== undefined);
  return [
    ...axes.map((axis) => axisColumn(axis, table)),
    ...(hasKept ? [KEPT] : []),
    ...table.columns.map((column, at) => cellColumn(column, at, shown)),
  ];
}

const KEPT: Column<ResultRow> = {
  title: 'kept, %',
  hint: 'Mean share of kept weights',
  numeric: true,
  value: ({ row }) => row.kept,
  text: ({ row }) => (row.kept === undefined ? '–' : number(row.kept)),
};

function axisColumn(axis: string, { rows }: StudyTableJson): Column<ResultRow> {
  const numeric = rows.every((row) => row.axes[axis] === undefined || typeof row.axes[axis] === 'number');
  return {
    title: axis,
    ...(numeric && { numeric, ascending: true }),
    value: ({ row }) => {
      const value = row.axes[axis];
      return typeof value === 'boolean' ? String(value) : value;
    },
    text: ({ row }) => (row.axes[axis] === undefined ? '' : valueLabel(row.axes[axis])),
  };
}

function cellColumn(
  column: string,
  at: number,
  table: StudyTableJson & { count?: number | undefined },
): Column<ResultRow> {
  return {
    title: valueLabel(column),
    hint: `${measureTitle(table.measure)}: mean ± sample standard deviation${table.count === undefined ? '' : ` over n = ${table.count} runs`}${table.baseline ? `, difference from ${table.baseline.node}` : ''}`,
    numeric: true,
    value: ({ row }) => row.cells[at]?.mean ?? undefined,
    draw: (cell, { row }) => {
      const text = cellText(row.cells[at] ?? null, table).replace(/-(?=\d)/g, '−');
      if (cell.textContent === text) return;
      const parts = cellParts(text).map((part) => h('span', {}, part));
      cell.replaceChildren(...parts.flatMap((part, i) => (i === 0 ? [part] : [' ', part])));
    },
  };
}
