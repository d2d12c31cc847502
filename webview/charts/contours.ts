/** Contour lines of values on a grid. */
import { contours, line } from 'd3';

/** A place in units of cells from the lower left corner of the grid. The centre of the first cell is (0.5, 0.5). */
export type GridPlace = [x: number, y: number];

export interface ContourLine {
  level: number;
  places: GridPlace[];
}

export interface Grid {
  columns: number;
  rows: number;
  /** Row-major, from the lowest row. */
  values: readonly number[];
}

/**
 * Returns the lines at these levels. d3 closes contours along the edge of the grid, but nothing was measured beyond it, so those parts
 * are left out.
 */
export function contourLines({ columns, rows, values }: Grid, levels: readonly number[]): ContourLine[] {
  const generate = contours().size([columns, rows]);
  return levels.flatMap((level) => {
    const { coordinates } = generate.contour([...values], level);
    return coordinates.flat().flatMap((ring) => {
      return inside(ring as GridPlace[], { columns, rows }).map((places) => ({ level, places }));
    });
  });
}

/** Splits a closed ring at the edge of the grid. */
function inside(ring: readonly GridPlace[], { columns, rows }: Pick<Grid, 'columns' | 'rows'>): GridPlace[][] {
  const onEdge = ([x, y]: GridPlace) => x <= 0 || y <= 0 || x >= columns || y >= rows;
  const start = ring.findIndex(onEdge);
  if (start < 0) return [[...ring]];
  const turned = [...ring.slice(start, -1), ...ring.slice(0, start + 1)]; // the last place of a ring is its first
  const parts: GridPlace[][] = [[]];
  for (const place of turned) {
    if (!onEdge(place)) parts.at(-1)!.push(place);
    else if (parts.at(-1)!.length > 0) parts.push([]);
  }
  return parts.filter(({ length }) => length > 1);
}

/** Returns the path of a line in an SVG. `at` converts a place to pixels. */
export function contourPath({ places }: ContourLine, at: (place: GridPlace) => [number, number]): string {
  return line()(places.map(at)) ?? '';
}
