/** Finds the tiles that a view needs. A tile has at most 512 × 512 cells, and each cell is 2^level weights wide. */
import type { Region } from '../../engine/protocol';
import type { Extent } from './camera';

export const TILE = 512;
/** The largest side, in cells, of the first tile. It shows the whole layer. */
export const COARSE = 256;

/** Returns the weights per cell at a scale: the largest power of two that is not wider than a pixel. */
export function cellSize(scale: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(1 / scale)));
}

/** Returns the tiles that cover the visible region. Their resolution suits the scale. */
export function tilesFor(visible: Region, scale: number, { rows, columns }: Extent): Region[] {
  const side = TILE * cellSize(scale);
  const tiles: Region[] = [];
  for (let y = Math.floor(visible.y / side) * side; y < visible.y + visible.height; y += side) {
    for (let x = Math.floor(visible.x / side) * side; x < visible.x + visible.width; x += side) {
      tiles.push({ x, y, width: Math.min(side, columns - x), height: Math.min(side, rows - y) });
    }
  }
  return tiles;
}
