/** Measures how much of each row and column of a layer is kept. */
import type { Marginals, MarginalsRequest } from '../vocabulary/inspection';
import type { Layer } from '../checkpoints/layers';
import { readLayer } from '../checkpoints/masks';
import { prefetch, rangesOf } from './chunks';
import { binOf, binSizes } from './grid';
import { withLayerIn } from './partners';

const MOST_BINS = 512;

/** Returns the kept share, in [0, 1], of each row and column. If there are more than 512, neighbours share a bin. */
export async function measureMarginals({
  file,
  layer: name,
  orderOf = file,
  map,
}: MarginalsRequest): Promise<Marginals> {
  return withLayerIn([file], { orderOf, layer: name, map }, async ([drawn]) => {
    const { reader, layer } = drawn!;
    const kept = { rows: startBins(layer.rows), columns: startBins(layer.columns) };
    const pieces = prefetch(rangesOf(layer.count), async (range) => {
      return { from: range.from, mask: (await readLayer(reader, layer, range)).mask };
    });
    for await (const { from, mask } of pieces) addKept(kept, layer, { from, mask });
    return {
      rows: sharesOf(kept.rows, layer.rows, layer.columns),
      columns: sharesOf(kept.columns, layer.columns, layer.rows),
    };
  });
}

function startBins(lines: number): Float64Array {
  return new Float64Array(Math.min(lines, MOST_BINS));
}

function addKept(
  kept: { rows: Float64Array; columns: Float64Array },
  { rows, columns }: Layer,
  { from, mask }: { from: number; mask: Uint8Array },
): void {
  let row = Math.floor(from / columns);
  let column = from % columns;
  for (const bit of mask) {
    kept.rows[binOf(row, rows, kept.rows.length)]! += bit;
    kept.columns[binOf(column, columns, kept.columns.length)]! += bit;
    if (++column < columns) continue;
    column = 0;
    row++;
  }
}

/** Converts the kept counts of bins to shares. The bins together have `lines` rows or columns of `length` weights. */
function sharesOf(kept: Float64Array, lines: number, length: number): number[] {
  const sizes = binSizes(lines, kept.length);
  return Array.from(kept, (count, bin) => (length === 0 ? 0 : count / (sizes[bin]! * length)));
}
