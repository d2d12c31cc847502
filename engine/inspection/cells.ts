/** Counts pieces of a layer with the vector kernels. Gives the same numbers as `countOne` and `countTwo`, many times as fast. */
import type { Grid } from './grid';
import { runEnds, type Piece } from './reduce';
import { MOST } from './simd/columns';
import type { PairSide, Workspace } from './simd/workspace';

/**
 * Adds a piece of one or two sides to the planes of a grid, which are given in the order of the kernel. Returns whether the masks are
 * binary. If they are not, every value but 0 was counted as kept.
 */
export function countByKernel<Name extends string>(
  grid: Grid<Name>,
  piece: Piece,
  { workspace, sides, planes }: { workspace: Workspace; sides: readonly PairSide[]; planes: readonly Name[] },
): boolean {
  const counter = workspace.columns;
  let binary = true;
  for (let x = 0; x < piece.width; x += MOST.columns) {
    const columns = Math.min(MOST.columns, piece.width - x);
    counter.setRuns(runEnds(grid, piece.x + x, columns));
    const cellOfFirst = grid.cellOfColumn(piece.x + x);
    for (let row = 0; row < piece.height;) {
      const rows = rowsTogether(grid, piece, row);
      const block = { first: row * piece.stride + x, stride: piece.stride, rows, columns };
      if (!counter.count(sides, block)) binary = false;
      const first = grid.cellOfRow(piece.y + row) + cellOfFirst;
      for (const [plane, name] of planes.entries()) addAt(grid.sums[name], first, counter.sumsOf(plane));
      row += rows;
    }
  }
  return binary;
}

/** Returns how many rows of a piece, from `row` on, belong to the same row of cells. Returns at most as many as a block has. */
function rowsTogether({ cellOfRow }: Grid<string>, { y, height }: Piece, row: number): number {
  const cell = cellOfRow(y + row);
  const most = Math.min(MOST.rows, height - row);
  let rows = 1;
  while (rows < most && cellOfRow(y + row + rows) === cell) rows++;
  return rows;
}

function addAt(into: Float64Array, first: number, values: Uint32Array): void {
  for (let i = 0; i < values.length; i++) into[first + i]! += values[i]!;
}
