/** The table of a study's runs. */
import { valueLabel } from '../../../engine/vocabulary/studyLines';
import type { StudyRunRow } from '../../../engine/protocol';
import { number, percent } from '../../format';
import type { DataTable } from '../../parts/dataTable';
import type { LongRow } from '../../parts/longTable';
import type { Column } from '../../parts/table';

export interface RunRow extends LongRow {
  run: StudyRunRow;
}

const rows = new WeakMap<StudyRunRow, RunRow>();

/** A run that has not changed keeps its row, so it is not drawn again. */
export function runRows(runs: readonly StudyRunRow[]): RunRow[] {
  return runs.map((run) => {
    let row = rows.get(run);
    if (!row) rows.set(run, (row = { key: run.name, depth: 0, run }));
    return row;
  });
}

/** Returns a column for each field of a run, and one for each axis that tells runs apart. */
export function runColumns(runs: readonly StudyRunRow[], axes: readonly string[]): Column<RunRow>[] {
  const used = axes.filter((axis) => new Set(runs.flatMap((run) => run.axes[axis] ?? [])).size > 1);
  return [
    column('run', ({ name }) => name),
    column('node', ({ node }) => node),
    ...used.map((axis) => axisColumn(axis, runs)),
    column('status', ({ status }) => status),
    numeric('progress', ({ progress }) => progress, percent),
    numeric('value', ({ value }) => value, number),
    column('message', ({ message, job }) => message ?? job ?? ''),
  ];
}

function column(title: string, value: (run: StudyRunRow) => string): Column<RunRow> {
  return { title, value: ({ run }) => value(run), text: ({ run }) => value(run) };
}

function numeric(
  title: string,
  value: (run: StudyRunRow) => number | undefined,
  text: (value: number) => string,
): Column<RunRow> {
  return {
    ...{ title, numeric: true, value: ({ run }) => value(run) },
    text: ({ run }) => {
      const shown = value(run);
      return shown === undefined ? '' : text(shown);
    },
  };
}

function axisColumn(axis: string, runs: readonly StudyRunRow[]): Column<RunRow> {
  const isNumber = runs.every(({ axes }) => axes[axis] === undefined || typeof axes[axis] === 'number');
  return {
    title: axis,
    ...(isNumber && { numeric: true, ascending: true }),
    value: ({ run }) => {
      const value = run.axes[axis];
      return typeof value === 'boolean' ? String(value) : value;
    },
    text: ({ run }) => (run.axes[axis] === undefined ? '' : valueLabel(run.axes[axis])),
  };
}

/** Returns all runs for an export, and a line for each round of a search. */
export function runsTable(runs: readonly StudyRunRow[]): DataTable {
  const axes = [...new Set(runs.flatMap((run) => Object.keys(run.axes)))].filter((axis) => axis !== 'round');
  const flat = (value: string | number | boolean | undefined) => (typeof value === 'boolean' ? String(value) : value);
  const lines = runs.flatMap((run) => {
    const own = axes.map((axis) => flat(run.axes[axis]));
    const about = [run.name, run.node, ...own];
    const rounds = (run.rounds ?? []).map((one) => [
      ...about,
      one.round,
      'done',
      undefined,
      one.accuracy,
      one.kept,
      undefined,
    ]);
    const { status, progress, value, message, directory } = run;
    return [...rounds, [...about, flat(run.axes['round']), status, progress, value, undefined, message, directory]];
  });
  return {
    columns: ['run', 'node', ...axes, 'round', 'status', 'progress', 'value', 'kept', 'message', 'directory'],
    rows: lines,
  };
}
