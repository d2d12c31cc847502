/** The gradient of a filter, image by image so that both factors stay in the cache; groups of images have sums of their own. */
import { madd } from './madd';
import { ROWS } from './products';
import { LANES, addRows, clear, surround } from './tile';

/** Bytes of an image that are passed over at a time, by all taps. */
const BLOCK_BYTES: i32 = 12288;

/**
 * sums[g, a, b, c, o] = Σ over the images n of group g and r, q of x[n, step · (r, q) + (a, b), c] · dy[n, r, q, o], for groups `first` to `end` of
 * `groupImages` each, where x is the input with zeros around it as in `correlate`. The last axis of sums is rounded up to 8.
 * The scratch of a thread holds an image in its margins (`marginBytes`), and one of dy with 32 bytes behind it.
 */
export function correlateFilter(
  input: usize, height: i32, width: i32, channels: i32, above: i32, left: i32, below: i32, right: i32, scratch: usize, scratchBytes: i32,
  marginBytes: i32, step: i32, gradient: usize, rows: i32, columns: i32, outputs: i32, tapRows: i32, tapColumns: i32,
  sums: usize, images: i32, groupImages: i32, first: i32, end: i32, thread: i32,
): void {
  const pixel = channels * 4;
  const row = (left + width + right) * pixel;
  const image = height * width * pixel;
  const gradientRow = columns * outputs * 4;
  const copies = above + left + below + right > 0;
  const room = scratch + <usize>thread * <usize>scratchBytes;
  const group = tapRows * tapColumns * channels * ((outputs + LANES - 1) & ~(LANES - 1)) * 4;
  const block = max(1, BLOCK_BYTES / max(columns * pixel * step * step, gradientRow));
  if (copies) clear(room, (above + height + below) * row);
  for (let g = first; g < end; g++) {
    const to = sums + <usize>g * <usize>group;
    clear(to, group);
    const until = min(images, (g + 1) * groupImages);
    for (let n = g * groupImages; n < until; n++) {
      let x = input + <usize>n * <usize>image;
      if (copies) {
        surround(x, room, height, width * pixel, row, above * row + left * pixel);
        x = room;
      }
      let dy = gradient + <usize>n * <usize>(rows * gradientRow);
      if (outputs & (LANES - 1)) {
        memory.copy(room + <usize>marginBytes, dy, <usize>(rows * gradientRow));
        dy = room + <usize>marginBytes;
      }
      for (let r = 0; r < rows; r += block)
        addBlock(
          x + <usize>(r * step * row), row * step, pixel * step, row, tapRows, tapColumns * channels,
          dy + <usize>(r * gradientRow), outputs, to, min(block, rows - r), columns,
        );
    }
  }
}

function addBlock(
  x: usize, inputRow: i32, inputColumn: i32, tapRow: i32, tapRows: i32, tapFloats: i32, dy: usize, outputs: i32, to: usize, rows: i32, columns: i32,
): void {
  const pitch = <usize>(((outputs + LANES - 1) & ~(LANES - 1)) * 4);
  for (let a = 0; a < tapRows; a++) {
    const from = x + <usize>(a * tapRow);
    let c = 0;
    while (c + 4 <= tapFloats) {
      const left = tapFloats - c;
      // Without one or two floats left, which take as long as four.
      const takesSix = ROWS == 6 && (left >= 10 || left == 6 || left == 7);
      const x0 = from + <usize>(c * 4);
      for (let o = 0; o < outputs; o += LANES) {
        if (takesSix) six(x0, inputRow, inputColumn, dy + <usize>(o * 4), outputs * 4, to + <usize>(o * 4), pitch, rows, columns);
        else four(x0, inputRow, inputColumn, dy + <usize>(o * 4), outputs * 4, to + <usize>(o * 4), pitch, rows, columns);
      }
      c += takesSix ? 6 : 4;
      to += (takesSix ? 6 : 4) * pitch;
    }
    for (; c < tapFloats; c++) {
      for (let o = 0; o < outputs; o += LANES)
        one(from + <usize>(c * 4), inputRow, inputColumn, dy + <usize>(o * 4), outputs * 4, to + <usize>(o * 4), rows, columns);
      to += pitch;
    }
  }
}

/** Six floats under the filter by eight output channels. */
function six(x: usize, inputRow: i32, inputColumn: i32, dy: usize, gradientColumn: i32, to: usize, pitch: usize, rows: i32, columns: i32): void {
  const to1 = to + pitch, to2 = to1 + pitch, to3 = to2 + pitch, to4 = to3 + pitch, to5 = to4 + pitch;
  let s00 = v128.load(to), s01 = v128.load(to, 16), s10 = v128.load(to1), s11 = v128.load(to1, 16);
  let s20 = v128.load(to2), s21 = v128.load(to2, 16), s30 = v128.load(to3), s31 = v128.load(to3, 16);
  let s40 = v128.load(to4), s41 = v128.load(to4, 16), s50 = v128.load(to5), s51 = v128.load(to5, 16);
  let g = dy;
  for (let r = 0; r < rows; r++) {
    let from = x + <usize>(r * inputRow);
    const end = g + <usize>(columns * gradientColumn);
    while (g < end) {
      const g0 = v128.load(g), g1 = v128.load(g, 16);
      const v0 = v128.load32_splat(from);
      s00 = madd(v0, g0, s00);
      s01 = madd(v0, g1, s01);
      const v1 = v128.load32_splat(from, 4);
      s10 = madd(v1, g0, s10);
      s11 = madd(v1, g1, s11);
      const v2 = v128.load32_splat(from, 8);
      s20 = madd(v2, g0, s20);
      s21 = madd(v2, g1, s21);
      const v3 = v128.load32_splat(from, 12);
      s30 = madd(v3, g0, s30);
      s31 = madd(v3, g1, s31);
      const v4 = v128.load32_splat(from, 16);
      s40 = madd(v4, g0, s40);
      s41 = madd(v4, g1, s41);
      const v5 = v128.load32_splat(from, 20);
      s50 = madd(v5, g0, s50);
      s51 = madd(v5, g1, s51);
      from += <usize>inputColumn;
      g += <usize>gradientColumn;
    }
  }
  v128.store(to, s00); v128.store(to, s01, 16); v128.store(to1, s10); v128.store(to1, s11, 16);
  v128.store(to2, s20); v128.store(to2, s21, 16); v128.store(to3, s30); v128.store(to3, s31, 16);
  v128.store(to4, s40); v128.store(to4, s41, 16); v128.store(to5, s50); v128.store(to5, s51, 16);
}

/** Four floats under the filter by eight output channels. */
function four(x: usize, inputRow: i32, inputColumn: i32, dy: usize, gradientColumn: i32, to: usize, pitch: usize, rows: i32, columns: i32): void {
  let s00 = v128.load(to), s01 = v128.load(to, 16);
  let s10 = v128.load(to + pitch), s11 = v128.load(to + pitch, 16);
  let s20 = v128.load(to + 2 * pitch), s21 = v128.load(to + 2 * pitch, 16);
  let s30 = v128.load(to + 3 * pitch), s31 = v128.load(to + 3 * pitch, 16);
  let g = dy;
  for (let r = 0; r < rows; r++) {
    let from = x + <usize>(r * inputRow);
    const end = g + <usize>(columns * gradientColumn);
    while (g < end) {
      const g0 = v128.load(g), g1 = v128.load(g, 16);
      const v0 = v128.load32_splat(from);
      s00 = madd(v0, g0, s00);
      s01 = madd(v0, g1, s01);
      const v1 = v128.load32_splat(from, 4);
      s10 = madd(v1, g0, s10);
      s11 = madd(v1, g1, s11);
      const v2 = v128.load32_splat(from, 8);
      s20 = madd(v2, g0, s20);
      s21 = madd(v2, g1, s21);
      const v3 = v128.load32_splat(from, 12);
      s30 = madd(v3, g0, s30);
      s31 = madd(v3, g1, s31);
      from += <usize>inputColumn;
      g += <usize>gradientColumn;
    }
  }
  v128.store(to, s00); v128.store(to, s01, 16);
  v128.store(to + pitch, s10); v128.store(to + pitch, s11, 16);
  v128.store(to + 2 * pitch, s20); v128.store(to + 2 * pitch, s21, 16);
  v128.store(to + 3 * pitch, s30); v128.store(to + 3 * pitch, s31, 16);
}

/** One float under the filter by eight output channels. */
function one(x: usize, inputRow: i32, inputColumn: i32, dy: usize, gradientColumn: i32, to: usize, rows: i32, columns: i32): void {
  let s0 = v128.load(to), s1 = v128.load(to, 16);
  let g = dy;
  for (let r = 0; r < rows; r++) {
    let from = x + <usize>(r * inputRow);
    const end = g + <usize>(columns * gradientColumn);
    while (g < end) {
      const v = v128.load32_splat(from);
      s0 = madd(v, v128.load(g), s0);
      s1 = madd(v, v128.load(g, 16), s1);
      from += <usize>inputColumn;
      g += <usize>gradientColumn;
    }
  }
  v128.store(to, s0); v128.store(to, s1, 16);
}

/**
 * out[i, o] = Σ over the groups of sums[g, i, o], for rows `first` to `end` of `rows`; the last axis of sums is rounded up to 8. The sums of the
 * first group are overwritten.
 */
export function addGroups(sums: usize, output: usize, groups: i32, rows: i32, outputs: i32, first: i32, end: i32, _thread: i32): void {
  const pitch = ((outputs + LANES - 1) & ~(LANES - 1)) * 4;
  for (let i = first; i < end; i++) {
    const row = sums + <usize>(i * pitch);
    addRows(row, <usize>(rows * pitch), groups, pitch);
    memory.copy(output + <usize>(i * outputs * 4), row, <usize>(outputs * 4));
  }
}
