/** Arranges the runs of a study as a matrix. A row has the values of all axes but the round, and a column is a round or the only run. */
import { METHOD_LOOKS, type Done, DONE_LOOKS } from '../../../engine/vocabulary/looks';
import type { Scalar, StudyRunRow, StudySnapshot, StudyStatus } from '../../../engine/protocol';
import type { Method } from '../../../engine/vocabulary/runOptions';
import { valueLabel } from '../../../engine/vocabulary/studyLines';

export type SearchRound = NonNullable<StudyRunRow['rounds']>[number];

/** The column of runs that belong to no round. */
export const SINGLE = 'run';
export type GridColumn = number | typeof SINGLE;

export interface GridRow {
  key: string;
  /** One text for each head of the grid. */
  labels: string[];
  /** The hue and the mark of the row. */
  method?: Method;
  done?: Done;
  /** Names of its runs by column. A search has all its rounds in one run. */
  runs: ReadonlyMap<GridColumn, string>;
  search?: string;
}

export interface RunGrid {
  /** Titles of the columns of labels: the node, and the axes that tell rows apart. */
  heads: string[];
  columns: GridColumn[];
  rows: GridRow[];
}

/** A cell: a run, or a round of a search. */
export interface GridCell {
  run: StudyRunRow;
  status: StudyStatus;
  /** Share of the run that is done, from 0 to 1. */
  progress?: number;
  /** Test accuracy in percent, or a barrier in points. */
  value?: number;
  /** The finished round of a search. */
  round?: SearchRound;
}

const ROUND = 'round';

/** Returns the grid of a study. Its cells are made by `cellAt`, because they change more often. */
export function gridOf({ axes, runs }: Pick<StudySnapshot, 'axes' | 'runs'>): RunGrid {
  const columns = columnsOf(runs);
  const groups = new Map<string, StudyRunRow[]>();
  for (const run of runs) {
    const key = keyOf(run);
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  const firsts = [...groups.values()].map(([first]) => first!);
  const shown = slowestFirst(
    Object.keys(axes).filter((axis) => axis !== ROUND && distinguishes(axis, firsts)),
    firsts,
  );
  return {
    heads: ['node', ...shown],
    columns,
    rows: [...groups].map(([key, members]) => rowOf(key, members, shown)),
  };
}

function keyOf({ node, axes }: StudyRunRow): string {
  const { [ROUND]: _, ...others } = axes;
  return JSON.stringify([node, others]);
}

/** Sorts axes so that those whose values change seldom from row to row come first: the rows then read like a tree. */
function slowestFirst(axes: readonly string[], rows: readonly StudyRunRow[]): string[] {
  const changes = (axis: string) =>
    rows.filter((row, at) => at > 0 && rows[at - 1]!.node === row.node && rows[at - 1]!.axes[axis] !== row.axes[axis])
      .length;
  return axes
    .map((axis) => ({ axis, changed: changes(axis) }))
    .sort((a, b) => a.changed - b.changed)
    .map(({ axis }) => axis);
}

/** Whether an axis has more than one value. */
function distinguishes(axis: string, runs: readonly StudyRunRow[]): boolean {
  return new Set(runs.flatMap(({ axes }) => axes[axis] ?? [])).size > 1;
}

/** Returns all rounds in order, after the column of single runs if there are any. */
function columnsOf(runs: readonly StudyRunRow[]): GridColumn[] {
  const rounds = new Set<number>();
  let single = false;
  for (const { kind, axes, rounds: finished } of runs) {
    const round = roundOf(axes[ROUND]);
    if (round !== undefined) rounds.add(round);
    else if (kind !== 'search') single = true;
    for (const one of finished ?? []) rounds.add(one.round);
  }
  if (rounds.size === 0) return [SINGLE];
  return [...(single ? [SINGLE] : []), ...[...rounds].sort((a, b) => a - b)] as GridColumn[];
}

function roundOf(value: Scalar | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function rowOf(key: string, members: readonly StudyRunRow[], shown: readonly string[]): GridRow {
  const { node, kind, axes, name } = members[0]!;
  const method = kind === 'training' ? 'dense' : isMethod(axes['method']) ? axes['method'] : undefined;
  const done = kind === 'search' ? 'search' : kind === 'training' ? 'training' : doneOf(axes['variant']);
  return {
    key,
    labels: [node, ...shown.map((axis) => (axes[axis] === undefined ? '' : valueLabel(axes[axis])))],
    ...(method && { method }),
    ...(done && { done }),
    runs: new Map(members.map((run) => [roundOf(run.axes[ROUND]) ?? SINGLE, run.name])),
    ...(kind === 'search' && { search: name }),
  };
}

function isMethod(value: Scalar | undefined): value is Method {
  return typeof value === 'string' && Object.hasOwn(METHOD_LOOKS, value);
}

function doneOf(value: Scalar | undefined): Done | undefined {
  return typeof value === 'string' && Object.hasOwn(DONE_LOOKS, value) ? (value as Done) : undefined;
}

/** Whether a new state of a run needs another grid, because a search has a round that has no column. */
export function hasNewRound({ columns }: RunGrid, { rounds = [] }: StudyRunRow): boolean {
  return rounds.some(({ round }) => !columns.includes(round));
}

/** Returns the cell of a row and a column; undefined if the study has no such run. */
export function cellAt(
  grid: RunGrid,
  { row, column }: { row: number; column: number },
  runs: ReadonlyMap<string, StudyRunRow>,
): GridCell | undefined {
  const [line, at] = [grid.rows[row], grid.columns[column]];
  if (!line || at === undefined) return undefined;
  if (line.search !== undefined) return searchCell(runs.get(line.search)!, column, grid.columns);
  const run = runs.get(line.runs.get(at) ?? '');
  return run && plainCell(run);
}

function plainCell(run: StudyRunRow): GridCell {
  const { status, progress, value } = run;
  return { run, status, ...(progress !== undefined && { progress }), ...(value !== undefined && { value }) };
}

/** The first round that is not finished shows the status of the search. Rounds after it wait. */
function searchCell(run: StudyRunRow, column: number, columns: readonly GridColumn[]): GridCell | undefined {
  const { rounds = [], status } = run;
  const at = columns[column]!;
  const round = rounds.find((one) => one.round === at);
  if (round) return { run, status: 'done', value: round.accuracy, round };
  if (at === SINGLE) return columns.length === 1 ? plainCell(run) : undefined;
  if (status === 'done') return undefined;
  const next = columns.find((other) => other !== SINGLE && !rounds.some((one) => one.round === other));
  if (at === next) return plainCell(run);
  return status === 'diverged' || status === 'failed' ? undefined : { run, status: 'waiting' };
}
