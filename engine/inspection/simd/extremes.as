// The extremes of the weights of a layer, which `measure` finds tile by tile. The weights of a tile are compared one by one only if its greatest
// magnitude or its least exponent says that they may change an extreme.

import { lane } from './lanes';

const ABSOLUTE: i32 = 0x7fffffff;

// The extremes of all tiles so far, with their padding.
let least: f32, greatest: f32;
let leastKept: u32; // bits of the least kept magnitude
let greatestPruned: u32; // bits of the greatest pruned magnitude

/** Forgets all tiles. */
export function forgetExtremes(): void {
  least = f32.MAX_VALUE;
  greatest = -f32.MAX_VALUE;
  leastKept = 0xffffffff;
  greatestPruned = 0;
}

/** Leaves minimum and maximum at `range`, as float64, and the bits of the least kept and of the greatest pruned magnitude at `magnitudes`. */
export function leaveExtremes(range: usize, magnitudes: usize): void {
  store<f64>(range, <f64>least);
  store<f64>(range, <f64>greatest, 8);
  store<u32>(magnitudes, leastKept);
  store<u32>(magnitudes, greatestPruned, 4);
}

/** Adds the weights from `at` to `end`. `most` is the upper half of the bits of their greatest magnitude. */
export function addRange(at: usize, end: usize, most: u32): void {
  if (least < 0 && greatest > 0 && most < reinterpret<u32>(min(greatest, -least)) >> 16) return;
  let low = f32x4.splat(least);
  let high = f32x4.splat(greatest);
  let low1 = low, high1 = high;
  for (; at < end; at += 32) {
    const x = v128.load(at);
    low = f32x4.pmin(low, x);
    high = f32x4.pmax(high, x);
    const y = v128.load(at, 16);
    low1 = f32x4.pmin(low1, y);
    high1 = f32x4.pmax(high1, y);
  }
  low = f32x4.pmin(low, low1);
  high = f32x4.pmax(high, high1);
  for (let i = 0; i < 4; i++) {
    least = min(least, reinterpret<f32>(lane(low, i)));
    greatest = max(greatest, reinterpret<f32>(lane(high, i)));
  }
}

// @ts-ignore: decorator
@inline
function lowHalves(x: v128): v128 {
  return i8x16.shuffle(x, x, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
}

// @ts-ignore: decorator
@inline
function highHalves(x: v128): v128 {
  return i8x16.shuffle(x, x, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15);
}

// @ts-ignore: decorator
@inline
function lowWords(x: v128): v128 {
  return i8x16.shuffle(x, x, 0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7);
}

// @ts-ignore: decorator
@inline
function highWords(x: v128): v128 {
  return i8x16.shuffle(x, x, 8, 9, 8, 9, 10, 11, 10, 11, 12, 13, 12, 13, 14, 15, 14, 15);
}

/**
 * Adds the magnitudes of the weights that a mask keeps, or without a mask (0) of those other than 0. `exponent` is at most the exponent of the least of
 * them.
 */
export function addKept(at: usize, end: usize, mask: usize, exponent: u32): void {
  if (leastKept == 0 || exponent > leastKept >> 23) return;
  leastKept = min(leastKept, mask ? leastUnder(mask, at, end) : leastOfAll(at, end));
}

function leastUnder(mask: usize, at: usize, end: usize): u32 {
  const absolute = i32x4.splat(ABSOLUTE);
  let low = i32x4.splat(-1);
  for (; at < end; at += 64) {
    const isPruned = i8x16.eq(v128.load(mask), i32x4.splat(0));
    mask += 16;
    const first = lowHalves(isPruned);
    const second = highHalves(isPruned);
    const a = v128.or(v128.and(v128.load(at), absolute), lowWords(first));
    const b = v128.or(v128.and(v128.load(at, 16), absolute), highWords(first));
    const c = v128.or(v128.and(v128.load(at, 32), absolute), lowWords(second));
    const d = v128.or(v128.and(v128.load(at, 48), absolute), highWords(second));
    low = i32x4.min_u(low, i32x4.min_u(i32x4.min_u(a, b), i32x4.min_u(c, d)));
  }
  return min(min(lane(low, 0), lane(low, 1)), min(lane(low, 2), lane(low, 3)));
}

/** All bits if all weights are 0. */
function leastOfAll(at: usize, end: usize): u32 {
  const absolute = i32x4.splat(ABSOLUTE);
  const one = i32x4.splat(1);
  let low = i32x4.splat(-1); // less 1, so that 0 is the greatest
  for (; at < end; at += 32) {
    const a = i32x4.sub(v128.and(v128.load(at), absolute), one);
    const b = i32x4.sub(v128.and(v128.load(at, 16), absolute), one);
    low = i32x4.min_u(low, i32x4.min_u(a, b));
  }
  const least = min(min(lane(low, 0), lane(low, 1)), min(lane(low, 2), lane(low, 3)));
  return least == 0xffffffff ? least : least + 1;
}

/** Adds the magnitudes of the weights that a mask prunes. `most` is at least the upper half of the bits of the greatest of them. */
export function addPruned(at: usize, end: usize, mask: usize, most: u32): void {
  if (most < greatestPruned >> 16) return;
  let high = i32x4.splat(0);
  for (; at < end; at += 64) {
    const isPruned = i8x16.eq(v128.load(mask), i32x4.splat(0));
    mask += 16;
    const first = lowHalves(isPruned);
    const second = highHalves(isPruned);
    const a = i32x4.shl(v128.and(v128.load(at), lowWords(first)), 1);
    const b = i32x4.shl(v128.and(v128.load(at, 16), highWords(first)), 1);
    const c = i32x4.shl(v128.and(v128.load(at, 32), lowWords(second)), 1);
    const d = i32x4.shl(v128.and(v128.load(at, 48), highWords(second)), 1);
    high = i32x4.max_u(high, i32x4.max_u(i32x4.max_u(a, b), i32x4.max_u(c, d)));
  }
  const greatest = max(max(lane(high, 0), lane(high, 1)), max(lane(high, 2), lane(high, 3)));
  greatestPruned = max(greatestPruned, greatest >> 1);
}
