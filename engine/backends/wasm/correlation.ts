/** Calls the vector kernels for convolutions and matrix products. Sizes are in pixels and channels instead of bytes. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Heap } from './heap';

export type Shape4 = [number, number, number, number];
/** Rows, columns. */
export type Pair = readonly [number, number];

export const FLOAT = 4;
/** Number of output channels that a vector kernel computes at once. */
export const LANES = 8;
/** Greatest number of positions that a vector kernel computes at once. */
const MOST_ROWS = 6;

/** Images [N, H, W, C] padded with zeros. */
export interface Surrounded {
  tensor: TensorInfo;
  /** Numbers of rows and columns of zeros before the first row and column of each image. */
  before: Pair;
  /** Numbers of rows and columns of zeros after the last row and column of each image. */
  after: Pair;
}

/**
 * Positions of weights in a filter [rows, columns, inputs, outputs] or a matrix, in floats: the offset of the first weight, and the
 * step along each axis.
 */
export interface WeightSteps {
  first: number;
  steps: readonly [row: number, column: number, input: number, output: number];
}

export interface Panels {
  tensor: TensorInfo;
  taps: Pair;
}

/** Returns a filter in the layout of the kernels: [output / 8][row][column][input][8]. The last outputs are padded with zeros. */
export function packPanels(
  heap: Heap,
  filter: TensorInfo,
  { taps, inputs, outputs, first, steps }: WeightSteps & { taps: Pair; inputs: number; outputs: number },
): Panels {
  const units = Math.ceil(outputs / LANES);
  const tensor = heap.allocate([units, taps[0], taps[1], inputs, LANES]);
  const addresses = [heap.address(filter) + first * FLOAT, heap.address(tensor)];
  const cost = taps[0] * taps[1] * inputs * LANES;
  heap.pool.run('packPanels', [...addresses, ...taps, inputs, outputs, ...steps], { units, cost });
  return { tensor, taps };
}

/** Positions in a tensor [N, H, W, C], in pixels: the first position, and the step between neighbours. */
export interface Walk {
  start: Pair;
  step: number;
}

export interface Correlation {
  from: Surrounded & Walk;
  to: { tensor: TensorInfo } & Walk;
  panels: Panels;
  /** Numbers of positions along the rows and along the columns. */
  extent: Pair;
}

/**
 * Computes `extent` positions of `to`. For each position, multiplies the pixel of `from` under each tap by the weights in `panels`, and
 * adds the products of all taps.
 */
export function correlate(heap: Heap, { from, to, panels, extent }: Correlation): void {
  const [units, height, width, channels] = from.tensor.shape as Shape4;
  const outputs = to.tensor.shape[3]!;
  const room = marginRoom(from);
  const size = roundUp(room + 2 * (extent[0] * extent[1] + MOST_ROWS));
  const scratch = heap.allocate([heap.pool.threads, size]);
  const cost = extent[0] * extent[1] * panels.taps[0] * panels.taps[1] * channels * outputs;
  const margins = [...from.before, ...from.after];
  const args = [
    heap.address(from.tensor),
    height,
    width,
    channels,
    ...margins,
    heap.address(scratch),
    size * FLOAT,
    room * FLOAT,
    ...from.start,
    from.step,
    heap.address(panels.tensor),
    ...panels.taps,
    heap.address(to.tensor),
    to.tensor.shape[1]!,
    to.tensor.shape[2]!,
    outputs,
    ...to.start,
    to.step,
    ...extent,
  ];
  heap.pool.run('correlate', args, { units, cost });
  heap.free(scratch);
}

/** Returns how many floats an image takes together with the zeros around it; 0 if it needs no zeros. */
export function marginRoom({ tensor, before, after }: Surrounded): number {
  const [, height, width, channels] = tensor.shape as Shape4;
  if (before[0] + before[1] + after[0] + after[1] === 0) return 0;
  return roundUp((before[0] + height + after[0]) * (before[1] + width + after[1]) * channels);
}

/** Multiplies left [rows, inner] by the panels of a matrix [inner, outputs], and adds a bias [outputs] if there is one. */
export function multiply(
  heap: Heap,
  {
    left,
    panels,
    shape,
    bias,
  }: {
    left: TensorInfo;
    panels: Panels;
    shape: readonly [rows: number, inner: number, outputs: number];
    bias?: TensorInfo | undefined;
  },
): TensorInfo {
  const out = heap.allocate([shape[0], shape[2]]);
  const addresses = [left, panels.tensor, out].map((tensor) => heap.address(tensor));
  heap.pool.run('multiply', [...addresses, ...shape, bias ? heap.address(bias) : 0], {
    units: Math.ceil(shape[0] / 4),
    cost: 4 * shape[1] * shape[2],
  });
  return out;
}

/**
 * Images are summed in at most `MOST_GROUPS` separate groups, whose sums have at most `GROUP_FLOATS` floats together. Neither limit depends
 * on the number of threads.
 */
const MOST_GROUPS = 32;
const GROUP_FLOATS = 4_000_000;

/** Returns how images are grouped to sum gradients of a filter [rows, outputs], and the size of a row of the sums. */
export function imageGroups(
  images: number,
  { rows, outputs }: { rows: number; outputs: number },
): { groups: number; groupImages: number; pitch: number } {
  const pitch = Math.ceil(outputs / LANES) * LANES;
  const most = Math.max(1, Math.min(images, MOST_GROUPS, Math.floor(GROUP_FLOATS / (rows * pitch))));
  const groupImages = Math.ceil(images / most);
  return { groups: Math.ceil(images / groupImages), groupImages, pitch };
}

/** Computes the gradient of a filter [rows, columns, inputs, outputs] from the input `x` and the gradient `dy` of the output. */
export function correlateFilter(
  heap: Heap,
  { x, step, dy, taps }: { x: Surrounded; step: number; dy: TensorInfo; taps: Pair },
): TensorInfo {
  const [images, height, width, channels] = x.tensor.shape as Shape4;
  const [, rows, columns, outputs] = dy.shape as Shape4;
  const filterRows = taps[0] * taps[1] * channels;
  const { groups, groupImages, pitch } = imageGroups(images, { rows: filterRows, outputs });
  const room = marginRoom(x);
  if (room === 0 && step === 1 && filterRows === channels) return pointwiseFilter(heap, { x: x.tensor, dy });
  const size = room + (pitch === outputs ? 0 : roundUp(rows * columns * outputs + LANES));
  const scratch = heap.allocate([heap.pool.threads, size]);
  const sums = heap.allocate([groups, filterRows, pitch]);
  const out = heap.allocate([...taps, channels, outputs]);
  const args = [
    heap.address(x.tensor),
    height,
    width,
    channels,
    ...x.before,
    ...x.after,
    heap.address(scratch),
    size * FLOAT,
    room * FLOAT,
    step,
    heap.address(dy),
    rows,
    columns,
    outputs,
    ...taps,
    heap.address(sums),
    images,
    groupImages,
  ];
  heap.pool.run('correlateFilter', args, { units: groups, cost: groupImages * rows * columns * filterRows * outputs });
  const totals = [heap.address(sums), heap.address(out), groups, filterRows, outputs];
  heap.pool.run('addGroups', totals, { units: filterRows, cost: outputs * groups });
  heap.free(scratch, sums);
  return out;
}

/** Number of rows that are packed at once by `pointwiseFilter`, so that 256 channels stay in the first cache. It changes no sums. */
const BLOCK_ROWS = 24;
/** Rows of its sums are computed in fours or in sixes. */
const SUM_ROWS = 12;

/** Computes the gradient of a filter [1, 1, inputs, outputs] for a step of 1 and without margins. Its sums are those of `correlateFilter`. */
function pointwiseFilter(heap: Heap, { x, dy }: { x: TensorInfo; dy: TensorInfo }): TensorInfo {
  const [images, height, width, channels] = x.shape as Shape4;
  const outputs = dy.shape[3]!;
  const { groups, groupImages, pitch } = imageGroups(images, { rows: channels, outputs });
  const sumRows = Math.ceil(channels / SUM_ROWS) * SUM_ROWS;
  const size = roundUp(BLOCK_ROWS * (sumRows + LANES));
  const scratch = heap.allocate([heap.pool.threads, size]);
  const sums = heap.allocate([groups, sumRows, pitch]);
  const out = heap.allocate([1, 1, channels, outputs]);
  const addresses = [x, dy, sums].map((tensor) => heap.address(tensor));
  const sizes = [height * width, channels, outputs, images, groupImages, sumRows];
  const args = [...addresses, ...sizes, heap.address(scratch), size * FLOAT, BLOCK_ROWS];
  heap.pool.run('pointwiseFilter', args, { units: groups, cost: groupImages * height * width * channels * outputs });
  const totals = [heap.address(sums), heap.address(out), groups, sumRows, outputs];
  heap.pool.run('addGroups', totals, { units: channels, cost: outputs * groups });
  heap.free(scratch, sums);
  return out;
}

/** Rounds up to whole cache lines, so that threads do not share one. */
export function roundUp(floats: number): number {
  return Math.ceil(floats / 32) * 32;
}
