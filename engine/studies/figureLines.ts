/** Chooses what a figure of a table shows: its lines, and the values along x. */
import type { Scalar, StudyTable, TableCell } from '../vocabulary/study';

/** A line: the cells of one column in the rows that differ only along x. */
export interface FigureLine {
  label: string;
  /** Lines of one method have one hue. */
  method: string;
  /** Lines of one column have one mark and dash. */
  style: number;
  /** Points without a finite mean are left out. */
  points: { x: number | string; cell: TableCell }[];
}

export interface FigureLines {
  lines: FigureLine[];
  /** The values along x, in order. */
  xs: (number | string)[];
  /** Whether x is the kept share in percent, which has a logarithmic scale. */
  isShare: boolean;
  title: string;
}

const ROUND = 'round';

/** Rows of rounds lie along their kept share. Other rows lie along the last of their axes. */
export function linesOf({ rows: all, columns }: StudyTable): FigureLines {
  const axes = [...new Set(all.flatMap((row) => Object.keys(row.axes)))];
  const isShare = axes.includes(ROUND) && all.some(({ kept }) => kept !== undefined);
  const rows = isShare ? all.filter(({ kept }) => kept !== undefined) : all; // a round that only diverged has no place
  const along = isShare ? ROUND : (axes.at(-1) ?? '');
  const xOf = (row: StudyTable['rows'][number]) => (isShare ? row.kept! : String(row.axes[along] ?? ''));
  const lines = new Map<string, FigureLine>();
  for (const row of rows) {
    const others = axes.filter((axis) => axis !== along).map((axis) => row.axes[axis]);
    row.cells.forEach((cell, style) => {
      if (!cell || cell.n === 0) return;
      const label = [...others, ...(columns.length > 1 ? [columns[style]!] : [])].filter(isGiven).join(' · ');
      const key = JSON.stringify([others, style]);
      const method = String(row.axes['method'] ?? others[0] ?? columns[style]);
      const line = lines.get(key) ?? { label, method, style, points: [] };
      lines.set(key, line);
      line.points.push({ x: xOf(row), cell });
    });
  }
  const xs = [...new Set(rows.map(xOf))];
  const ordered = isShare ? (xs as number[]).sort((a, b) => b - a) : xs;
  return { lines: [...lines.values()], xs: ordered, isShare, title: isShare ? 'kept weights in percent' : along };
}

function isGiven(value: Scalar | undefined): value is Scalar {
  return value !== undefined;
}
