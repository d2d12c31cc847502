/** Chooses the convolutions that ./simd/winograd.as computes with fewer products, and calls its kernels. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import {
  FLOAT,
  imageGroups,
  LANES,
  marginRoom,
  roundUp,
  type Correlation,
  type Pair,
  type Shape4,
  type Surrounded,
} from './correlation';
import type { Heap } from './heap';

/** Places of a tile of 4 × 4 inputs, of which 2 × 2 outputs are made. */
const PLACES = 16;
/** Floats between the planes of two places in the scratch. */
const GAP = 16;
/** The least number of channels. With fewer, the transforms cost more than the products that they save. */
const LEAST_CHANNELS = 8;
/**
 * Tiles whose products are computed at once. With 12, the transformed tiles of networks for small images fit into the first-level cache. It is
 * a multiple of 4 and of 6, the numbers of rows that the kernels multiply at once.
 */
const BLOCK_TILES = 12;

export interface Convolved {
  taps: Pair;
  step: number;
  inputs: number;
  outputs: number;
}

/** Returns whether a convolution is computed with transformed tiles: with 3 × 3 taps, a step of 1 and whole vectors of channels. */
export function isTransformed(heap: Heap, { taps, step, inputs, outputs }: Convolved): boolean {
  if (!heap.pool.winograd || step !== 1 || taps[0] !== 3 || taps[1] !== 3) return false;
  return [inputs, outputs].every((channels) => channels % 4 === 0 && channels >= LEAST_CHANNELS);
}

/** Computes the same as `correlate`. */
export function correlateTransformed(heap: Heap, { from, to, panels, extent }: Correlation): void {
  const [images, height, width, inputs] = from.tensor.shape as Shape4;
  const outputs = to.tensor.shape[3]!;
  const units = Math.ceil(outputs / LANES);
  const filters = heap.allocate([PLACES, units, inputs, LANES]);
  const addresses = [heap.address(panels.tensor), heap.address(filters)];
  heap.pool.run('transformFilter', [...addresses, units, inputs], { units, cost: 40 * inputs * LANES });
  const whole = wholeTiles(from, { start: from.start, extent });
  const room = marginRoom(whole);
  const size = scratchSize({ room, inputs, outputs });
  const scratch = heap.allocate([heap.pool.threads, size]);
  const args = [
    heap.address(from.tensor),
    height,
    width,
    inputs,
    ...whole.before,
    ...whole.after,
    heap.address(scratch),
    size * FLOAT,
    room * FLOAT,
    ...from.start,
    heap.address(filters),
    heap.address(to.tensor),
    ...extent,
    outputs,
    BLOCK_TILES,
  ];
  heap.pool.run('winograd', args, { units: images, cost: (extent[0] * extent[1] * PLACES * inputs * outputs) / 4 });
  heap.free(filters, scratch);
}

/** Computes the same as `correlateFilter`. */
export function correlateFilterTransformed(heap: Heap, { x, dy }: { x: Surrounded; dy: TensorInfo }): TensorInfo {
  const [images, height, width, inputs] = x.tensor.shape as Shape4;
  const [, rows, columns, outputs] = dy.shape as Shape4;
  const sumRows = PLACES * inputs;
  const { groups, groupImages, pitch } = imageGroups(images, { rows: sumRows, outputs });
  const whole = wholeTiles(x, { start: [0, 0], extent: [rows, columns] });
  const room = marginRoom(whole);
  const size = scratchSize({ room, inputs, outputs });
  const scratch = heap.allocate([heap.pool.threads, size]);
  const sums = heap.allocate([groups, sumRows, pitch]);
  const out = heap.allocate([3, 3, inputs, outputs]);
  const args = [
    heap.address(x.tensor),
    height,
    width,
    inputs,
    ...whole.before,
    ...whole.after,
    heap.address(scratch),
    size * FLOAT,
    room * FLOAT,
    heap.address(dy),
    rows,
    columns,
    outputs,
    BLOCK_TILES,
    heap.address(sums),
    images,
    groupImages,
  ];
  const products = (groupImages * rows * columns * sumRows * outputs) / 4;
  heap.pool.run('winogradFilter', args, { units: groups, cost: products });
  const totals = [heap.address(sums), heap.address(out), groups, inputs, outputs];
  heap.pool.run('winogradFilterTotal', totals, { units: inputs, cost: PLACES * outputs * groups });
  heap.free(scratch, sums);
  return out;
}

/** Adds zeros after the last rows and columns, so that each tile is within the margins. */
function wholeTiles(images: Surrounded, { start, extent }: { start: Pair; extent: Pair }): Surrounded {
  const { tensor, before, after } = images;
  const needed = (axis: 0 | 1) => {
    const end = start[axis] + 2 * Math.ceil(extent[axis] / 2) + 2;
    return Math.max(after[axis], end - before[axis] - tensor.shape[axis + 1]!);
  };
  return { tensor, before, after: [needed(0), needed(1)] };
}

/** Returns how many floats of scratch a thread needs: for an image in its margins, a block of tiles, and one row of zeros. */
function scratchSize({ room, inputs, outputs }: { room: number; inputs: number; outputs: number }): number {
  const pitch = Math.ceil(outputs / LANES) * LANES;
  return roundUp(room + PLACES * (BLOCK_TILES * (inputs + pitch) + 2 * GAP) + pitch);
}
