/** The weights in view as a table, for an export. */
import type { Region } from '../../../engine/protocol';
import { planesOf, type Planes } from '../../charts/planes';
import type { Host } from '../../host';
import type { DataTable } from '../../parts/dataTable';
import type { Tile } from '../../protocol';
import { comparesTwo, tileParams, type PictureSource } from './source';

/** Most rows and columns of the exported table's cells. A larger region is averaged. */
const MOST_CELLS = 512;

/**
 * Returns a table with one row for each weight of a region: position, value, whether it is kept. In a region with more than 512 weights a
 * side, a row has the mean of a cell, and the number of rows and columns in that cell.
 */
export async function weightsTable(host: Host, source: PictureSource, region: Region): Promise<DataTable> {
  const params = { ...tileParams(source), region, maxSize: MOST_CELLS, weights: true };
  const tile = await host.request('checkpoint/picture', params);
  const single = tile.width === region.width && tile.height === region.height;
  const names = comparesTwo(source.mode)
    ? ['weightA', 'weightB', 'same', 'flipped', 'onlyA', 'onlyB']
    : ['weight', 'kept'];
  const where = single ? ['row', 'column'] : ['row', 'column', 'rows', 'columns'];
  return { columns: [...where, ...names], rows: rowsOf(tile, planesOf(tile), { single, names }) };
}

function rowsOf(tile: Tile, planes: Planes, { single, names }: { single: boolean; names: string[] }) {
  const { region, width, height } = tile;
  const rows: (number | string)[][] = [];
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [begin(y, region.height, height), begin(y + 1, region.height, height)];
    for (let x = 0; x < width; x++) {
      const [left, right] = [begin(x, region.width, width), begin(x + 1, region.width, width)];
      const values = names.map((name) => valueOf(planes, name, y * width + x));
      const size = single ? [] : [bottom - top, right - left];
      rows.push([region.y + top, region.x + left, ...size, ...values]);
    }
  }
  return rows;
}

/** Returns the index of the first row (or column) in a cell. `count` rows are divided among `cells` cells. */
function begin(cell: number, count: number, cells: number): number {
  return Math.ceil((cell * count) / cells);
}

/** Returns a mean weight in the shortest decimal form of its float32, or a share in [0, 1]. */
function valueOf(planes: Planes, name: string, cell: number): number | string {
  const plane = planes[name];
  const value = plane?.[cell] ?? NaN;
  if (plane instanceof Uint8Array) return value / 255;
  return Number.isFinite(value) ? shortest(value) : String(value);
}

const FLOAT32_DIGITS = 9;

/** Returns the number with the fewest digits that is the same float32. */
function shortest(value: number): number {
  for (let digits = 6; digits < FLOAT32_DIGITS; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return Number(value.toPrecision(FLOAT32_DIGITS));
}
