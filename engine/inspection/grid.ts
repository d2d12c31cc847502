/** Averages weights over the cells of a grid on a region of a layer. */
import type { Picture, PlaneType, Region } from '../vocabulary/inspection';

/** A grid of cells on a region. For each plane, it has the sum over the weights of each cell. */
export interface Grid<Name extends string> {
  region: Region;
  width: number;
  height: number;
  /** Returns the column of cells that contains column `x` of the region. */
  cellOfColumn: (x: number) => number;
  /** Returns the first column of the region in a column of cells. */
  firstColumn: (cell: number) => number;
  /** Returns the index of the first cell in the row of cells that contains row `y` of the region. */
  cellOfRow: (y: number) => number;
  sums: Record<Name, Float64Array>;
}

/** Makes a grid of at most `maxSize` × `maxSize` cells. Each cell is one weight if possible. Otherwise all cells have almost equal sizes. */
export function startGrid<Name extends string>(region: Region, maxSize: number, names: readonly Name[]): Grid<Name> {
  const width = Math.min(region.width, maxSize);
  const height = Math.min(region.height, maxSize);
  const sums = Object.fromEntries(names.map((name) => [name, new Float64Array(width * height)]));
  return {
    ...{ region, width, height, sums: sums as Record<Name, Float64Array> },
    cellOfColumn: (x) => binOf(x, region.width, width),
    firstColumn: (cell) => firstOf(cell, region.width, width),
    cellOfRow: (y) => binOf(y, region.height, height) * width,
  };
}

/** Returns the bin of item `i` if `count` items are spread evenly over `bins` ≤ `count`. */
export function binOf(i: number, count: number, bins: number): number {
  return Math.floor((i * bins) / count);
}

/** Returns how many of `count` items fall into each bin. */
export function binSizes(count: number, bins: number): number[] {
  return Array.from({ length: bins }, (_, bin) => firstOf(bin + 1, count, bins) - firstOf(bin, count, bins));
}

/** Returns the first item of a bin: item i is in bin ⌊i·bins/count⌋, so bin k begins at item ⌈k·count/bins⌉. */
function firstOf(bin: number, count: number, bins: number): number {
  return Math.ceil((bin * count) / bins);
}

/** Returns the mean of each cell as a picture. The means of a plane of type `u8` are shares, which are scaled to 0 … 255. */
export function pictureOf<Name extends string>(
  grid: Grid<Name>,
  planes: readonly { name: Name; type: PlaneType }[],
): Picture {
  const { region, width, height, sums } = grid;
  const weights = weightsOfCells(grid);
  const bytes = planes.map(({ name, type }) =>
    type === 'u8' ? shares(sums[name], weights) : means(sums[name], weights),
  );
  return { region, width, height, planes: [...planes], bytes: Buffer.concat(bytes).toString('base64') };
}

/** Returns the number of weights in each cell. */
function weightsOfCells({ region, width, height }: Grid<string>): Float64Array {
  const columns = binSizes(region.width, width);
  const weights = new Float64Array(width * height);
  let cell = 0;
  for (const rows of binSizes(region.height, height)) {
    for (let column = 0; column < width; column++) weights[cell++] = rows * columns[column]!;
  }
  return weights;
}

/** Returns shares × 255. A share above 0 is at least 1, so that a single weight in a large cell is not lost. */
function shares(sums: Float64Array, weights: Float64Array): Uint8Array {
  const bytes = new Uint8Array(sums.length);
  for (let cell = 0; cell < bytes.length; cell++) {
    const sum = sums[cell]!;
    if (sum > 0) bytes[cell] = Math.max(1, Math.round((255 * sum) / weights[cell]!));
  }
  return bytes;
}

function means(sums: Float64Array, weights: Float64Array): Uint8Array {
  const floats = new Float32Array(sums.length);
  for (let cell = 0; cell < floats.length; cell++) floats[cell] = sums[cell]! / weights[cell]!;
  return new Uint8Array(floats.buffer);
}
