/** Measures how much of each row and column of a layer is kept. */
import type { Marginals, MarginalsRequest } from '../vocabulary/inspection';
import type { Layer } from '../checkpoints/layers';
import { binaryMask, readLayer } from '../checkpoints/masks';
import { prefetch, rangesOf } from './chunks';
import { binOf, binSizes } from './grid';
import { withLayerIn, type Drawn } from './partners';

const MOST_BINS = 512;

/** Reads the mask for a range of a layer. */
type ReadMask = (range: { from: number; to: number }) => Promise<Uint8Array>;

/**
 * Returns the share of kept weights, in [0, 1], for each row and column. With `against`, a weight counts as kept if either file keeps it.
 * If there are more than 512 rows or columns, neighbours share a bin.
 */
export async function measureMarginals(request: MarginalsRequest): Promise<Marginals> {
  const { file, against, orderOf = file, layer, map } = request;
  const files = against === undefined ? [file] : [file, against];
  return withLayerIn(files, { orderOf, layer, map }, ([a, b]) => {
    const readA = maskOf(a!);
    if (!b) return marginalsOf(a!.layer, readA);
    const readB = maskOf(b);
    return marginalsOf(a!.layer, async (range) => either(...(await Promise.all([readA(range), readB(range)]))));
  });
}

async function marginalsOf(layer: Layer, read: ReadMask): Promise<Marginals> {
  const kept = { rows: startBins(layer.rows), columns: startBins(layer.columns) };
  const pieces = prefetch(rangesOf(layer.count), async (range) => ({ from: range.from, mask: await read(range) }));
  for await (const { from, mask } of pieces) addKept(kept, layer, { from, mask });
  return {
    rows: sharesOf(kept.rows, layer.rows, layer.columns),
    columns: sharesOf(kept.columns, layer.columns, layer.rows),
  };
}

/** Reads only the mask, if it is stored. Otherwise reads the weights, and exact zeros count as pruned. */
function maskOf({ reader, layer }: Drawn): ReadMask {
  const { mask } = layer;
  if (!mask) return async (range) => (await readLayer(reader, layer, range)).mask;
  return async ({ from, to }) => binaryMask(reader.file, layer, await reader.bytes(mask.name, from, to));
}

function either(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((bit, i) => bit | b[i]!);
}

function startBins(lines: number): Float64Array {
  return new Float64Array(Math.min(lines, MOST_BINS));
}

function addKept(
  kept: { rows: Float64Array; columns: Float64Array },
  { rows, columns }: Layer,
  { from, mask }: { from: number; mask: Uint8Array },
): void {
  const binOfColumn = Uint32Array.from({ length: columns }, (_, column) => binOf(column, columns, kept.columns.length));
  let row = Math.floor(from / columns);
  let column = from % columns;
  for (let start = 0; start < mask.length; row++, column = 0) {
    const end = Math.min(mask.length, start + columns - column);
    let sum = 0;
    for (let i = start; i < end; i++, column++) {
      const bit = mask[i]!;
      sum += bit;
      kept.columns[binOfColumn[column]!]! += bit;
    }
    kept.rows[binOf(row, rows, kept.rows.length)]! += sum;
    start = end;
  }
}

/** Converts counts of kept weights in bins to shares. The bins together have `lines` rows or columns with `length` weights each. */
function sharesOf(kept: Float64Array, lines: number, length: number): number[] {
  const sizes = binSizes(lines, kept.length);
  return Array.from(kept, (count, bin) => (length === 0 ? 0 : count / (sizes[bin]! * length)));
}
