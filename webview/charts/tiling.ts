/** Which tiles a view needs: squares of 512 cells, each cell 2^level weights wide, so that one tile is at most 512 × 512. */
import type { Region } from '../../engine/protocol';
import type { Extent } from './camera';

export const TILE = 512;
/** The first picture of a layer, whole. */
export const COARSE = 256;

/** Weights a cell covers at a scale: the largest power of two that is still not wider than a pixel. */
export function cellSize(scale: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(1 / scale)));
}

/** The tiles that cover what is visible, at the resolution the scale asks for. */
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
