/** Positions of the matrix of runs, in CSS pixels. Labels stay at the left and heads at the top while the cells scroll. */
import { SINGLE, type RunGrid } from './grid';

export const ROW_HEIGHT = 20;
export const HEAD_HEIGHT = 22;
/** Width of the column with the mark of each row. */
export const MARK_WIDTH = 18;
const CHARACTER = 6.7;
const [LEAST_LABEL, MOST_LABEL] = [36, 190];
const [LEAST_CELL, MOST_CELL] = [46, 76];
/** A row says why its runs failed beside its cells, if there is at least this much room. */
const LEAST_NOTE = 140;
/** Labels take at most this share of the width. */
const MOST_LABELS = 0.55;

export interface GridLayout {
  /** Left edge and width of each column of labels. */
  labels: { left: number; width: number }[];
  /** Left edge of the first cell if nothing is scrolled. */
  left: number;
  cell: number;
  columns: number;
  rows: number;
  /** Left edge of the notes; undefined if there is no room for them. */
  notes?: number;
  /** Size of the whole matrix. */
  width: number;
  height: number;
}

export interface Place {
  row: number;
  column: number;
}

/** Computes the layout for a view of this width. Without `noted`, there are no notes. */
export function layoutGrid({ heads, columns, rows }: RunGrid, width: number, noted: boolean): GridLayout {
  const longest = heads.map((head, at) =>
    rows.reduce((most, { labels }) => Math.max(most, labels[at]!.length), head.length),
  );
  const wanted = longest.map((length) => Math.min(MOST_LABEL, Math.max(LEAST_LABEL, length * CHARACTER + 12)));
  const most = widest(wanted, MOST_LABELS * width - MARK_WIDTH);
  let x = MARK_WIDTH;
  const labels = wanted.map((one) => {
    const left = x;
    x += Math.min(one, most);
    return { left, width: Math.min(one, most) };
  });
  const left = x;
  const cell = Math.max(LEAST_CELL, Math.min(MOST_CELL, Math.floor((width - left) / columns.length)));
  const end = left + cell * columns.length;
  const hasNotes = noted && width - end >= LEAST_NOTE;
  return {
    ...{ labels, left, cell, columns: columns.length, rows: rows.length },
    ...(hasNotes && { notes: end + 8 }),
    width: hasNotes ? width : end,
    height: HEAD_HEIGHT + rows.length * ROW_HEIGHT + 1,
  };
}

/** Returns the width that no column may exceed so that all fit into `room`: the wide ones become narrower, the others keep their titles. */
function widest(wanted: readonly number[], room: number): number {
  let left = room;
  const ordered = [...wanted].sort((a, b) => a - b);
  for (const [at, one] of ordered.entries()) {
    const share = left / (ordered.length - at);
    if (one > share) return share;
    left -= one;
  }
  return Infinity;
}

/** Returns the cell of the grid that is nearest to a place. */
export function clamped({ rows, columns }: RunGrid, { row, column }: Place): Place {
  const clamp = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  return { row: clamp(row, rows.length), column: clamp(column, columns.length) };
}

/** What of the matrix is in view. */
export interface View {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Returns the cells in view, as half-open ranges. */
export function visible({ left, cell, columns, rows }: GridLayout, { x, y, width, height }: View) {
  const clamp = (value: number, most: number) => Math.min(most, Math.max(0, value));
  return {
    rows: [
      clamp(Math.floor(y / ROW_HEIGHT), rows),
      clamp(Math.ceil((y + height - HEAD_HEIGHT) / ROW_HEIGHT), rows),
    ] as const,
    columns: [clamp(Math.floor(x / cell), columns), clamp(Math.ceil((x + width - left) / cell), columns)] as const,
  };
}

/** Returns the row at a point of the view, and its column if the point is on a cell. */
export function placeAt(
  layout: GridLayout,
  view: View,
  [atX, atY]: readonly [number, number],
): { row: number; column?: number } | undefined {
  const row = Math.floor((atY - HEAD_HEIGHT + view.y) / ROW_HEIGHT);
  if (atY < HEAD_HEIGHT || row >= layout.rows) return undefined;
  const column = Math.floor((atX - layout.left + view.x) / layout.cell);
  return { row, ...(atX >= layout.left && column < layout.columns && { column }) };
}

/** Returns the position at which a cell is in view, as near to the present one as possible. */
export function revealed(layout: GridLayout, { row, column }: Place, view: View): { x: number; y: number } {
  const { left, cell } = layout;
  const near = (now: number, least: number, most: number) => Math.min(most, Math.max(least, now));
  const [right, bottom] = [
    (column + 1) * cell - (view.width - left),
    (row + 1) * ROW_HEIGHT - (view.height - HEAD_HEIGHT),
  ];
  return { x: near(view.x, right, column * cell), y: near(view.y, bottom, row * ROW_HEIGHT) };
}

/** Returns the title of a column: the first round says what the numbers are. */
export function columnTitle({ columns }: RunGrid, at: number): string {
  const column = columns[at]!;
  if (column === SINGLE) return 'run';
  return at === 0 || columns[at - 1] === SINGLE ? `round ${column}` : String(column);
}

/** Returns the place to which a key moves. `whole`: whether Home and End move in the whole matrix. The result may be outside of it. */
export function keyMove(
  key: string,
  { row, column }: Place,
  { rows, columns, page, whole }: { rows: number; columns: number; page: number; whole: boolean },
): Place | undefined {
  const moves: Record<string, Place> = {
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    PageUp: { row: row - page, column },
    PageDown: { row: row + page, column },
    Home: { row: whole ? 0 : row, column: 0 },
    End: { row: whole ? rows - 1 : row, column: columns - 1 },
  };
  return moves[key];
}
