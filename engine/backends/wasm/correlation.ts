/** Calls of the vector kernels in units of pixels and channels instead of bytes. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Heap } from './heap';

export type Shape4 = [number, number, number, number];
/** Rows, columns. */
export type Pair = readonly [number, number];

const FLOAT = 4;
/** Output channels that a vector kernel computes at once. */
const LANES = 8;

/** Images in the middle of larger ones of zeros. */
export interface Surrounded {
  tensor: TensorInfo;
  /** Whether `tensor` is a copy that has to be freed. */
  copied: boolean;
}

/** Adds zeros around each image [N, H, W, C]: `before` its first row and column, `after` its last. */
export function surround(heap: Heap, x: TensorInfo, { before, after }: { before: Pair; after: Pair }): Surrounded {
  const [n, height, width, channels] = x.shape as Shape4;
  const [above, left] = before;
  const [below, right] = after;
  if (above + left + below + right === 0) return { tensor: x, copied: false };
  const tensor = heap.allocate([n, above + height + below, left + width + right, channels]);
  const pixel = channels * FLOAT;
  const sides = [above, below, left * pixel, right * pixel];
  heap.simd.surround(heap.address(x), heap.address(tensor), n, height, width * pixel, ...sides);
  return { tensor, copied: true };
}

/** A filter as the kernel walks it: [output / 8][row][column][input][8], zeros behind the last output. */
export function packPanels(
  heap: Heap,
  { taps, inputs, outputs, weight }: { taps: Pair; inputs: number; outputs: number; weight: Weight },
): TensorInfo {
  const panels = heap.allocate([Math.ceil(outputs / LANES), taps[0], taps[1], inputs, LANES]);
  const packed = heap.floats(panels);
  let i = 0;
  for (let panel = 0; panel < outputs; panel += LANES)
    for (let a = 0; a < taps[0]; a++)
      for (let b = 0; b < taps[1]; b++)
        for (let c = 0; c < inputs; c++)
          for (let o = panel; o < panel + LANES; o++) packed[i++] = o < outputs ? weight({ a, b, c, o }) : 0;
  return panels;
}

/** The weight of one tap from one input to one output. */
type Weight = (at: { a: number; b: number; c: number; o: number }) => number;

/** A walk over the pixels of a tensor [N, H, W, C]. */
export interface Walk {
  tensor: TensorInfo;
  start: Pair;
  /** Pixels from one position to the next. */
  step: number;
}

/** At each of `extent` positions of `to` the sum over `taps` of `from` times the panels. */
export function correlate(
  heap: Heap,
  { from, to, panels, taps, extent }: { from: Walk; to: Walk; panels: TensorInfo; taps: Pair; extent: Pair },
): void {
  const source = bytes(heap, from);
  const target = bytes(heap, to);
  const spare = heap.allocate([LANES]);
  heap.simd.correlate(
    ...[source.address, source.image, source.row * from.step, source.pixel * from.step, source.row, source.pixel],
    ...[heap.address(panels), ...taps, source.channels],
    ...[target.address, target.image, target.row * to.step, target.pixel * to.step, target.channels],
    ...[from.tensor.shape[0]!, ...extent, heap.address(spare)],
  );
  heap.free(spare);
}

/** The gradient of a filter [rows, columns, inputs, outputs] that walked `x` to give an output of the gradient `dy`. */
export function correlateFilter(heap: Heap, { x, dy, taps }: { x: Walk; dy: TensorInfo; taps: Pair }): TensorInfo {
  const source = bytes(heap, x);
  const [n, rows, columns, outputs] = dy.shape as Shape4;
  const pitch = Math.ceil(outputs / LANES) * LANES;
  const padded = pitch === outputs ? undefined : heap.allocate([dy.shape.reduce((a, b) => a * b) + LANES]);
  const sums = heap.allocate([taps[0], taps[1], source.channels, pitch]);
  if (padded) heap.floats(padded).set(heap.floats(dy));
  heap.floats(sums).fill(0);
  const gradient = bytes(heap, { tensor: dy, start: [0, 0], step: 1 });
  heap.simd.correlateFilter(
    ...[source.address, source.image, source.row * x.step, source.pixel * x.step, source.row, source.pixel],
    ...[heap.address(padded ?? dy), gradient.image, gradient.row, gradient.pixel, outputs],
    ...[heap.address(sums), ...taps, source.channels],
    ...[n, rows, columns],
  );
  if (!padded) return sums;
  const out = heap.allocate([taps[0], taps[1], source.channels, outputs]);
  cutRows(heap.floats(sums), heap.floats(out), { pitch, outputs });
  heap.free(padded, sums);
  return out;
}

function cutRows(from: Float32Array, to: Float32Array, { pitch, outputs }: { pitch: number; outputs: number }): void {
  for (let row = 0; row * outputs < to.length; row++)
    to.set(from.subarray(row * pitch, row * pitch + outputs), row * outputs);
}

function bytes(heap: Heap, { tensor, start }: Walk) {
  const [, height, width, channels] = tensor.shape as Shape4;
  const pixel = channels * FLOAT;
  const row = width * pixel;
  return {
    address: heap.address(tensor) + start[0] * row + start[1] * pixel,
    image: height * row,
    row,
    pixel,
    channels,
  };
}
