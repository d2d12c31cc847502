/** The innermost loops of products of matrices. */
import { madd } from './madd';
import { LANES } from './tile';

/** 6, or 4 if V8's compiler would spill twelve sums to memory (`TILE_ROWS` in load.ts). The order of the terms of a sum does not depend on it. */
// @ts-ignore: decorator
@external("env", "rows")
declare const relaxedRows: i32;

/**
 * Rows that are multiplied at once. A processor begins two sums in each cycle and takes about four cycles for each, so twelve sums keep it busier
 * than eight. Without fused multiply-add, a product needs a register of its own, and twelve sums would not fit into sixteen registers.
 */
export const ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? relaxedRows : 4;

/** to[m, o] = Σ over k of x[m, k] · panel[k, o] for `ROWS` rows and eight outputs. Pitches and `inner`, the length of a row of x, are in bytes. */
// @ts-ignore: decorator
@inline
export function multiplyRows(x: usize, pitch: i32, inner: i32, panel: usize, to: usize, toPitch: i32): void {
  if (ROWS == 6) multiplySix(x, pitch, inner, panel, to, toPitch);
  else multiplyFour(x, pitch, inner, panel, to, toPitch);
}

// @ts-ignore: decorator
@inline
function multiplySix(x: usize, pitch: i32, inner: i32, panel: usize, to: usize, toPitch: i32): void {
  let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s10 = f32x4.splat(0), s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0), s21 = f32x4.splat(0), s30 = f32x4.splat(0), s31 = f32x4.splat(0);
  let s40 = f32x4.splat(0), s41 = f32x4.splat(0), s50 = f32x4.splat(0), s51 = f32x4.splat(0);
  const d1 = <usize>pitch, d2 = 2 * d1, d3 = 3 * d1, d4 = 4 * d1, d5 = 5 * d1;
  const end = x + <usize>inner;
  let w = panel;
  while (x < end) {
    const w0 = v128.load(w), w1 = v128.load(w, 16);
    const v0 = v128.load32_splat(x);
    s00 = madd(v0, w0, s00);
    s01 = madd(v0, w1, s01);
    const v1 = v128.load32_splat(x + d1);
    s10 = madd(v1, w0, s10);
    s11 = madd(v1, w1, s11);
    const v2 = v128.load32_splat(x + d2);
    s20 = madd(v2, w0, s20);
    s21 = madd(v2, w1, s21);
    const v3 = v128.load32_splat(x + d3);
    s30 = madd(v3, w0, s30);
    s31 = madd(v3, w1, s31);
    const v4 = v128.load32_splat(x + d4);
    s40 = madd(v4, w0, s40);
    s41 = madd(v4, w1, s41);
    const v5 = v128.load32_splat(x + d5);
    s50 = madd(v5, w0, s50);
    s51 = madd(v5, w1, s51);
    x += 4;
    w += LANES * 4;
  }
  const p = <usize>toPitch;
  v128.store(to, s00); v128.store(to, s01, 16);
  v128.store(to + p, s10); v128.store(to + p, s11, 16);
  v128.store(to + 2 * p, s20); v128.store(to + 2 * p, s21, 16);
  v128.store(to + 3 * p, s30); v128.store(to + 3 * p, s31, 16);
  v128.store(to + 4 * p, s40); v128.store(to + 4 * p, s41, 16);
  v128.store(to + 5 * p, s50); v128.store(to + 5 * p, s51, 16);
}

// @ts-ignore: decorator
@inline
function multiplyFour(x: usize, pitch: i32, inner: i32, panel: usize, to: usize, toPitch: i32): void {
  let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s10 = f32x4.splat(0), s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0), s21 = f32x4.splat(0), s30 = f32x4.splat(0), s31 = f32x4.splat(0);
  const d1 = <usize>pitch, d2 = 2 * d1, d3 = 3 * d1;
  const end = x + <usize>inner;
  let w = panel;
  while (x < end) {
    const w0 = v128.load(w), w1 = v128.load(w, 16);
    const v0 = v128.load32_splat(x);
    s00 = madd(v0, w0, s00);
    s01 = madd(v0, w1, s01);
    const v1 = v128.load32_splat(x + d1);
    s10 = madd(v1, w0, s10);
    s11 = madd(v1, w1, s11);
    const v2 = v128.load32_splat(x + d2);
    s20 = madd(v2, w0, s20);
    s21 = madd(v2, w1, s21);
    const v3 = v128.load32_splat(x + d3);
    s30 = madd(v3, w0, s30);
    s31 = madd(v3, w1, s31);
    x += 4;
    w += LANES * 4;
  }
  const p = <usize>toPitch;
  v128.store(to, s00); v128.store(to, s01, 16);
  v128.store(to + p, s10); v128.store(to + p, s11, 16);
  v128.store(to + 2 * p, s20); v128.store(to + 2 * p, s21, 16);
  v128.store(to + 3 * p, s30); v128.store(to + 3 * p, s31, 16);
}

/** to[c, o] += Σ over t of x[t, c] · y[t, o] for six c and eight o, and `count` t. Pitches are in bytes; that of `to` is the same as that of y. */
// @ts-ignore: decorator
@inline
export function addSix(x: usize, pitch: i32, y: usize, yPitch: i32, count: i32, to: usize): void {
  const p = <usize>yPitch;
  const to1 = to + p, to2 = to1 + p, to3 = to2 + p, to4 = to3 + p, to5 = to4 + p;
  let s00 = v128.load(to), s01 = v128.load(to, 16), s10 = v128.load(to1), s11 = v128.load(to1, 16);
  let s20 = v128.load(to2), s21 = v128.load(to2, 16), s30 = v128.load(to3), s31 = v128.load(to3, 16);
  let s40 = v128.load(to4), s41 = v128.load(to4, 16), s50 = v128.load(to5), s51 = v128.load(to5, 16);
  const end = x + <usize>(count * pitch);
  while (x < end) {
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
    x += <usize>pitch;
    y += p;
  }
  v128.store(to, s00); v128.store(to, s01, 16); v128.store(to1, s10); v128.store(to1, s11, 16);
  v128.store(to2, s20); v128.store(to2, s21, 16); v128.store(to3, s30); v128.store(to3, s31, 16);
  v128.store(to4, s40); v128.store(to4, s41, 16); v128.store(to5, s50); v128.store(to5, s51, 16);
}

/** The same for four c. */
// @ts-ignore: decorator
@inline
export function addFour(x: usize, pitch: i32, y: usize, yPitch: i32, count: i32, to: usize): void {
  const p = <usize>yPitch;
  const to1 = to + p, to2 = to1 + p, to3 = to2 + p;
  let s00 = v128.load(to), s01 = v128.load(to, 16), s10 = v128.load(to1), s11 = v128.load(to1, 16);
  let s20 = v128.load(to2), s21 = v128.load(to2, 16), s30 = v128.load(to3), s31 = v128.load(to3, 16);
  const end = x + <usize>(count * pitch);
  while (x < end) {
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
    x += <usize>pitch;
    y += p;
  }
  v128.store(to, s00); v128.store(to, s01, 16); v128.store(to1, s10); v128.store(to1, s11, 16);
  v128.store(to2, s20); v128.store(to2, s21, 16); v128.store(to3, s30); v128.store(to3, s31, 16);
}
