/**
 * The gradient of a filter with one tap, or aᵀ·b: a sum over rows. Both factors are packed, because rows of many channels would begin at
 * addresses that a cache keeps in the same few lines. Groups of images have sums of their own.
 */
import { madd } from './madd';
import { ROWS } from './products';
import { LANES, loadPart } from './tile';

/**
 * sums[g, c, o] = Σ over the rows of the images of group g of x[row, c] · dy[row, o], for groups `first` to `end` of `groupImages` images of `area` rows
 * each. A group has `sumRows` rows in sums, at least `channels` rounded up to `ROWS`, and outputs rounded up to 8. The scratch of a thread holds
 * `block` rows of x, with channels rounded up to `ROWS`, and of 8 outputs.
 */
export function pointwiseFilter(
  x: usize, dy: usize, sums: usize, area: i32, channels: i32, outputs: i32, images: i32, groupImages: i32, sumRows: i32,
  scratch: usize, scratchBytes: i32, block: i32, first: i32, end: i32, thread: i32,
): void {
  const pitch = <usize>(((outputs + LANES - 1) & ~(LANES - 1)) * 4);
  const panels = (channels + ROWS - 1) / ROWS;
  const packed = scratch + <usize>thread * <usize>scratchBytes, part = packed + <usize>(panels * block * ROWS * 4);
  for (let g = first; g < end; g++) {
    const to = sums + <usize>g * <usize>sumRows * pitch;
    const start = g * groupImages * area, last = min(images, (g + 1) * groupImages) * area;
    for (let r = start; r < last; r += block) {
      const count = min(block, last - r);
      packRows(x + <usize>r * <usize>(channels * 4), packed, count, channels, panels);
      for (let o = 0; o < outputs; o += LANES) {
        packOutputs(dy + <usize>r * <usize>(outputs * 4) + <usize>(o * 4), part, count, outputs * 4, outputs - o);
        for (let p = 0; p < panels; p++)
          addPanel(packed + <usize>(p * count * ROWS * 4), part, count, to + <usize>(p * ROWS) * pitch + <usize>(o * 4), pitch, r == start);
      }
    }
  }
}

/** to[c / ROWS, row, ROWS] = x[row, c], with zeros behind the last channel. */
function packRows(x: usize, to: usize, count: i32, channels: i32, panels: i32): void {
  const panel = <usize>(count * ROWS * 4);
  for (let r = 0; r < count; r++) {
    let y = to + <usize>(r * ROWS * 4);
    for (let p = 0; p < panels; p++) {
      const c = p * ROWS;
      const from = x + <usize>(c * 4);
      if (c + ROWS <= channels) {
        v128.store(y, v128.load(from));
        if (ROWS == 6) store<u64>(y + 16, load<u64>(from + 16));
      } else
        for (let i = 0; i < ROWS; i++) store<f32>(y + <usize>(i * 4), c + i < channels ? load<f32>(from + <usize>(i * 4)) : 0);
      y += panel;
    }
    x += <usize>(channels * 4);
  }
}

/** to[row, 8] = dy[row, o] for eight outputs, with zeros behind the last. */
function packOutputs(dy: usize, to: usize, count: i32, pitch: i32, rest: i32): void {
  for (let r = 0; r < count; r++) {
    v128.store(to, rest >= 4 ? v128.load(dy) : loadPart(dy, rest));
    v128.store(to, rest >= 8 ? v128.load(dy, 16) : rest > 4 ? loadPart(dy + 16, rest - 4) : f32x4.splat(0), 16);
    dy += <usize>pitch;
    to += LANES * 4;
  }
}

/** to[i, o] = Σ over `count` rows of x[row, i] · y[row, o] for `ROWS` i and eight o, added to what is there if these are not the first rows. */
// @ts-ignore: decorator
@inline
function addPanel(x: usize, y: usize, count: i32, to: usize, pitch: usize, isFirst: bool): void {
  if (ROWS == 6) addSix(x, y, count, to, pitch, isFirst);
  else addFour(x, y, count, to, pitch, isFirst);
}

// @ts-ignore: decorator
@inline
function addSix(x: usize, y: usize, count: i32, to: usize, pitch: usize, isFirst: bool): void {
  let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s10 = f32x4.splat(0), s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0), s21 = f32x4.splat(0), s30 = f32x4.splat(0), s31 = f32x4.splat(0);
  let s40 = f32x4.splat(0), s41 = f32x4.splat(0), s50 = f32x4.splat(0), s51 = f32x4.splat(0);
  const to1 = to + pitch, to2 = to1 + pitch, to3 = to2 + pitch, to4 = to3 + pitch, to5 = to4 + pitch;
  if (!isFirst) {
    s00 = v128.load(to); s01 = v128.load(to, 16); s10 = v128.load(to1); s11 = v128.load(to1, 16);
    s20 = v128.load(to2); s21 = v128.load(to2, 16); s30 = v128.load(to3); s31 = v128.load(to3, 16);
    s40 = v128.load(to4); s41 = v128.load(to4, 16); s50 = v128.load(to5); s51 = v128.load(to5, 16);
  }
  const end = y + <usize>(count * LANES * 4);
  while (y < end) {
    const y0 = v128.load(y), y1 = v128.load(y, 16);
    const v0 = v128.load32_splat(x);
    s00 = madd(v0, y0, s00);
    s01 = madd(v0, y1, s01);
    const v1 = v128.load32_splat(x, 4);
    s10 = madd(v1, y0, s10);
    s11 = madd(v1, y1, s11);
    const v2 = v128.load32_splat(x, 8);
    s20 = madd(v2, y0, s20);
    s21 = madd(v2, y1, s21);
    const v3 = v128.load32_splat(x, 12);
    s30 = madd(v3, y0, s30);
    s31 = madd(v3, y1, s31);
    const v4 = v128.load32_splat(x, 16);
    s40 = madd(v4, y0, s40);
    s41 = madd(v4, y1, s41);
    const v5 = v128.load32_splat(x, 20);
    s50 = madd(v5, y0, s50);
    s51 = madd(v5, y1, s51);
    x += 24;
    y += LANES * 4;
  }
  v128.store(to, s00); v128.store(to, s01, 16); v128.store(to1, s10); v128.store(to1, s11, 16);
  v128.store(to2, s20); v128.store(to2, s21, 16); v128.store(to3, s30); v128.store(to3, s31, 16);
  v128.store(to4, s40); v128.store(to4, s41, 16); v128.store(to5, s50); v128.store(to5, s51, 16);
}

// @ts-ignore: decorator
@inline
function addFour(x: usize, y: usize, count: i32, to: usize, pitch: usize, isFirst: bool): void {
  let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s10 = f32x4.splat(0), s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0), s21 = f32x4.splat(0), s30 = f32x4.splat(0), s31 = f32x4.splat(0);
  const to1 = to + pitch, to2 = to1 + pitch, to3 = to2 + pitch;
  if (!isFirst) {
    s00 = v128.load(to); s01 = v128.load(to, 16); s10 = v128.load(to1); s11 = v128.load(to1, 16);
    s20 = v128.load(to2); s21 = v128.load(to2, 16); s30 = v128.load(to3); s31 = v128.load(to3, 16);
  }
  const end = y + <usize>(count * LANES * 4);
  while (y < end) {
    const y0 = v128.load(y), y1 = v128.load(y, 16);
    const v0 = v128.load32_splat(x);
    s00 = madd(v0, y0, s00);
    s01 = madd(v0, y1, s01);
    const v1 = v128.load32_splat(x, 4);
    s10 = madd(v1, y0, s10);
    s11 = madd(v1, y1, s11);
    const v2 = v128.load32_splat(x, 8);
    s20 = madd(v2, y0, s20);
    s21 = madd(v2, y1, s21);
    const v3 = v128.load32_splat(x, 12);
    s30 = madd(v3, y0, s30);
    s31 = madd(v3, y1, s31);
    x += 16;
    y += LANES * 4;
  }
  v128.store(to, s00); v128.store(to, s01, 16); v128.store(to1, s10); v128.store(to1, s11, 16);
  v128.store(to2, s20); v128.store(to2, s21, 16); v128.store(to3, s30); v128.store(to3, s31, 16);
}
