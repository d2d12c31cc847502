// Counts of exponents, which the kernels of magnitudes share.

import { total, widen } from './lanes';

const TOGETHER: i32 = 7; // bins that are counted in one pass, so that their counts stay in registers
const PASSES: i32 = 3; // passes of a tile; the rare exponents that are left, about one in a vector, are counted one by one

// @ts-ignore: decorator
@inline
function increment(bin: usize, by: i32): void {
  store<i32>(bin, load<i32>(bin) + by);
}

/** Adds the counts of an exponent, and returns their sum. Bin 0 is not counted. */
// @ts-ignore: decorator
@inline
function add(bins: usize, exponent: i32, counts: v128): i32 {
  if (exponent < 1) return 0;
  const sum = total(widen(counts));
  increment(bins + 4 * exponent, sum);
  return sum;
}

/**
 * Counts the exponents other than 0 in `rounds` vectors of bytes, at most 255. `lowest` and `highest` are the least and the greatest of them, and
 * `most` is at least their number. Adds to `bins`, an int32 for each exponent.
 */
export function addExponents(exponents: usize, rounds: i32, lowest: i32, highest: i32, most: i32, bins: usize): void {
  const end = exponents + 16 * rounds;
  let top = highest;
  let left = most;
  for (let pass = 0; pass < PASSES && top >= lowest && left > rounds; pass++) {
    const e0 = i8x16.splat(<i8>top);
    const e1 = i8x16.splat(<i8>(top - 1));
    const e2 = i8x16.splat(<i8>(top - 2));
    const e3 = i8x16.splat(<i8>(top - 3));
    const e4 = i8x16.splat(<i8>(top - 4));
    const e5 = i8x16.splat(<i8>(top - 5));
    const e6 = i8x16.splat(<i8>(top - 6));
    let n0 = i32x4.splat(0), n1 = i32x4.splat(0), n2 = i32x4.splat(0);
    let n3 = i32x4.splat(0), n4 = i32x4.splat(0), n5 = i32x4.splat(0), n6 = i32x4.splat(0);
    for (let at = exponents; at < end; at += 16) {
      const bytes = v128.load(at);
      n0 = i8x16.sub(n0, i8x16.eq(bytes, e0));
      n1 = i8x16.sub(n1, i8x16.eq(bytes, e1));
      n2 = i8x16.sub(n2, i8x16.eq(bytes, e2));
      n3 = i8x16.sub(n3, i8x16.eq(bytes, e3));
      n4 = i8x16.sub(n4, i8x16.eq(bytes, e4));
      n5 = i8x16.sub(n5, i8x16.eq(bytes, e5));
      n6 = i8x16.sub(n6, i8x16.eq(bytes, e6));
    }
    left -= add(bins, top, n0) + add(bins, top - 1, n1) + add(bins, top - 2, n2) + add(bins, top - 3, n3);
    left -= add(bins, top - 4, n4) + add(bins, top - 5, n5) + add(bins, top - 6, n6);
    top -= TOGETHER;
  }
  if (top < lowest || left <= 0) return;
  const others = i8x16.splat(<i8>top);
  const zero = i32x4.splat(0);
  for (let at = exponents; at < end; at += 16) {
    const bytes = v128.load(at);
    let lanes = i8x16.bitmask(v128.and(i8x16.le_u(bytes, others), i8x16.ne(bytes, zero)));
    for (; lanes; lanes &= lanes - 1) increment(bins + 4 * <usize>load<u8>(at + ctz(lanes)), 1);
  }
}
