/** The points of a loss surface that are measured, in units of the axes of its plane. */
import type { Plane } from './runEvents';

/** How far the grid reaches beyond the three networks. */
const MARGIN = 0.2;

export interface PlanePoint {
  x: number;
  y: number;
  /** The point is A, B or C itself, and not a point of the grid. */
  end?: 'a' | 'b' | 'c';
}

/** Returns the coordinates of the columns (x) and rows (y) of the grid, from the lowest. There are `points` of each. */
export function surfaceGrid({ x }: Plane, points: number): { columns: number[]; rows: number[] } {
  const along = (low: number, high: number) =>
    Array.from({ length: points }, (_, i) => low - MARGIN + (i * (high - low + 2 * MARGIN)) / (points - 1));
  return { columns: along(Math.min(0, x), Math.max(1, x)), rows: along(0, 1) };
}

/** Returns the places of A, B and C. */
export function planeEnds({ x }: Plane): (PlanePoint & Required<Pick<PlanePoint, 'end'>>)[] {
  return [
    { x: 0, y: 0, end: 'a' },
    { x: 1, y: 0, end: 'b' },
    { x, y: 1, end: 'c' },
  ];
}

/** Returns the points to measure: A, B and C, and then a grid of `points` × `points` around them, row by row from the lowest y. */
export function planePoints(plane: Plane, points: number): PlanePoint[] {
  const { columns, rows } = surfaceGrid(plane, points);
  return [...planeEnds(plane), ...rows.flatMap((y) => columns.map((x) => ({ x, y })))];
}
