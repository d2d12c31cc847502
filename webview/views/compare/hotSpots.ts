/** Finds where two checkpoints differ most, on the coarse picture of a layer. */
import type { Region } from '../../../engine/protocol';
import type { Planes } from '../../charts/planes';
import type { Tile } from '../../protocol';

/** Regions have 1/12 of the height and 1/12 of the width of the layer. */
const PART = 12;
const MOST_PLACES = 8;

/**
 * Returns regions of the layer that do not overlap. The region with the most differences is first. Regions without differences are left
 * out.
 */
export function hotSpots({ region, width, height }: Tile, planes: Planes): Region[] {
  const side = { x: sideOf(width), y: sideOf(height) };
  const places: { x: number; y: number; sum: number }[] = [];
  for (let y = 0; y < height; y += side.y) {
    for (let x = 0; x < width; x += side.x) {
      places.push({ x, y, sum: sumOver(planes, width, { x, y, right: Math.min(width, x + side.x), bottom: Math.min(height, y + side.y) }) }); // prettier-ignore
    }
  }
  const found = places.filter(({ sum }) => sum > 0).sort((a, b) => b.sum - a.sum);
  const scale = { x: region.width / width, y: region.height / height };
  return found.slice(0, MOST_PLACES).map(({ x, y }) => ({
    x: Math.floor(region.x + x * scale.x),
    y: Math.floor(region.y + y * scale.y),
    width: Math.max(1, Math.round(side.x * scale.x)),
    height: Math.max(1, Math.round(side.y * scale.y)),
  }));
}

function sideOf(cells: number): number {
  return Math.max(1, Math.round(cells / PART));
}

/** Returns the sum of the shares that differ in mask or sign. */
function sumOver(planes: Planes, width: number, box: { x: number; y: number; right: number; bottom: number }): number {
  let sum = 0;
  for (const plane of [planes['flipped'], planes['onlyA'], planes['onlyB']]) {
    if (!plane) continue;
    for (let y = box.y; y < box.bottom; y++) {
      for (let x = box.x; x < box.right; x++) sum += plane[y * width + x]!;
    }
  }
  return sum;
}
