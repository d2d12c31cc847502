/** How much of each row and column of a layer is kept. */
import type { Marginals } from '../protocol';
import { findLayer, type Layer } from '../checkpoints/layers';
import { readLayer } from '../checkpoints/masks';
import { withCheckpoint } from '../checkpoints/open';
import { prefetch, rangesOf } from './chunks';
import { binOf, binSizes } from './grid';

const MOST_BINS = 512;

/** Kept shares, 0 … 1, of rows and columns; of runs of neighbours where there are more than 512. */
export async function measureMarginals(file: string, layerName: string): Promise<Marginals> {
  return withCheckpoint(file, async (reader) => {
    const layer = findLayer(reader, layerName);
    const kept = { rows: new Float64Array(layer.rows), columns: new Float64Array(layer.columns) };
    const pieces = prefetch(rangesOf(layer.count), async (range) => {
      return { from: range.from, mask: (await readLayer(reader, layer, range)).mask };
    });
    for await (const { from, mask } of pieces) addKept(kept, layer, { from, mask });
    return {
      rows: sharesOf(kept.rows, layer.columns),
      columns: sharesOf(kept.columns, layer.rows),
    };
  });
}

function addKept(
  kept: { rows: Float64Array; columns: Float64Array },
  { columns }: Layer,
  { from, mask }: { from: number; mask: Uint8Array },
): void {
  let row = Math.floor(from / columns);
  let column = from % columns;
  for (const bit of mask) {
    kept.rows[row]! += bit;
    kept.columns[column]! += bit;
    if (++column < columns) continue;
    column = 0;
    row++;
  }
}

/** Kept counts of lines of `length` weights each as shares, in at most 512 bins. */
function sharesOf(kept: Float64Array, length: number): number[] {
  const bins = Math.min(kept.length, MOST_BINS);
  const sums = new Array<number>(bins).fill(0);
  kept.forEach((count, line) => (sums[binOf(line, kept.length, bins)]! += count));
  const sizes = binSizes(kept.length, bins);
  return sums.map((sum, bin) => (length === 0 ? 0 : sum / (sizes[bin]! * length)));
}
