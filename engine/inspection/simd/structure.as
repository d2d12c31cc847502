// Vector kernels of the overview: the magnitudes of weights, and the structure of masks.

import { narrow } from './lanes';

const COPIES: i32 = 4; // tables of a histogram, so that increments of one bin seldom wait for each other
const ABSOLUTE: i32 = 0x7fffffff;

// @ts-ignore: decorator
@inline
function increment(bin: usize): void {
  store<u32>(bin, load<u32>(bin) + 1);
}

/** Adds 1 to the bin of each byte in `bytes`, in turn in the four tables at `bins`. */
// @ts-ignore: decorator
@inline
function scatter(bytes: u64, bins: usize): void {
  increment(bins + <usize>((bytes << 2) & 0x3fc));
  increment(bins + 1024 + <usize>((bytes >> 6) & 0x3fc));
  increment(bins + 2048 + <usize>((bytes >> 14) & 0x3fc));
  increment(bins + 3072 + <usize>((bytes >> 22) & 0x3fc));
  increment(bins + <usize>((bytes >> 30) & 0x3fc));
  increment(bins + 1024 + <usize>((bytes >> 38) & 0x3fc));
  increment(bins + 2048 + <usize>((bytes >> 46) & 0x3fc));
  increment(bins + 3072 + <usize>((bytes >> 54) & 0x3fc));
}

/**
 * Magnitudes of `count` finite weights, a multiple of 16. Without a mask, weights other than 0 are kept, and a byte of 0 or 1 for each weight
 * is left at `kept`. Leaves at `result`, as int32: the bits of the least kept magnitude (all bits if nothing is kept), the bits of the
 * greatest pruned magnitude, then the number of kept weights for each exponent (256 bins). Bin 0 also has the pruned weights.
 */
export function magnitudes(weights: usize, mask: usize, kept: usize, count: i32, result: usize): void {
  const absolute = i32x4.splat(ABSOLUTE);
  const zero = i32x4.splat(0);
  const one = i8x16.splat(1);
  const bins = result + 8;
  memory.fill(bins, 0, COPIES * 1024);
  let least = i32x4.splat(-1);
  let greatest = zero;
  for (let left = count >> 4; left > 0; left--) {
    const a = v128.and(v128.load(weights), absolute);
    const b = v128.and(v128.load(weights, 16), absolute);
    const c = v128.and(v128.load(weights, 32), absolute);
    const d = v128.and(v128.load(weights, 48), absolute);
    weights += 64;
    let k0: v128, k1: v128, k2: v128, k3: v128;
    if (mask) {
      const bytes = i8x16.ne(v128.load(mask), zero);
      mask += 16;
      const lows = i16x8.extend_low_i8x16_s(bytes);
      const highs = i16x8.extend_high_i8x16_s(bytes);
      k0 = i32x4.extend_low_i16x8_s(lows);
      k1 = i32x4.extend_high_i16x8_s(lows);
      k2 = i32x4.extend_low_i16x8_s(highs);
      k3 = i32x4.extend_high_i16x8_s(highs);
    } else {
      k0 = i32x4.ne(a, zero);
      k1 = i32x4.ne(b, zero);
      k2 = i32x4.ne(c, zero);
      k3 = i32x4.ne(d, zero);
      v128.store(kept, v128.and(narrow(k0, k1, k2, k3), one));
      kept += 16;
    }
    least = i32x4.min_u(least, i32x4.min_u(v128.or(a, v128.not(k0)), v128.or(b, v128.not(k1))));
    least = i32x4.min_u(least, i32x4.min_u(v128.or(c, v128.not(k2)), v128.or(d, v128.not(k3))));
    greatest = i32x4.max_u(greatest, i32x4.max_u(v128.andnot(a, k0), v128.andnot(b, k1)));
    greatest = i32x4.max_u(greatest, i32x4.max_u(v128.andnot(c, k2), v128.andnot(d, k3)));
    const exponents = i8x16.narrow_i16x8_u(
      i16x8.narrow_i32x4_u(i32x4.shr_u(v128.and(a, k0), 23), i32x4.shr_u(v128.and(b, k1), 23)),
      i16x8.narrow_i32x4_u(i32x4.shr_u(v128.and(c, k2), 23), i32x4.shr_u(v128.and(d, k3), 23)),
    );
    scatter(i64x2.extract_lane(exponents, 0), bins);
    scatter(i64x2.extract_lane(exponents, 1), bins);
  }
  store<u32>(result, min(min(lane(least, 0), lane(least, 1)), min(lane(least, 2), lane(least, 3))));
  store<u32>(result, max(max(lane(greatest, 0), lane(greatest, 1)), max(lane(greatest, 2), lane(greatest, 3))), 4);
  for (let bin: usize = bins; bin < bins + 1024; bin += 16) {
    const pair = i32x4.add(v128.load(bin), v128.load(bin, 1024));
    v128.store(bin, i32x4.add(pair, i32x4.add(v128.load(bin, 2048), v128.load(bin, 3072))));
  }
}

/** The lane of four, 0 … 3. */
// @ts-ignore: decorator
@inline
function lane(x: v128, i: i32): u32 {
  return i < 2
    ? i == 0
      ? <u32>i32x4.extract_lane(x, 0)
      : <u32>i32x4.extract_lane(x, 1)
    : i == 2
      ? <u32>i32x4.extract_lane(x, 2)
      : <u32>i32x4.extract_lane(x, 3);
}

/** Leaves at `kept` a byte of 0 or 1 for each of `count` 16-bit floats, a multiple of 16: whether it is other than 0 and −0. */
export function nonzero16(codes: usize, kept: usize, count: i32): void {
  const zero = i32x4.splat(0);
  const one = i8x16.splat(1);
  for (let left = count >> 4; left > 0; left--) {
    const a = i16x8.ne(i16x8.shl(v128.load(codes), 1), zero);
    const b = i16x8.ne(i16x8.shl(v128.load(codes, 16), 1), zero);
    v128.store(kept, v128.and(i8x16.narrow_i16x8_s(a, b), one));
    codes += 32;
    kept += 16;
  }
}

/**
 * Reduces runs of `run` flags (bytes of 0 or 1) to one flag each: whether any flag of the run is 1. `count` is a multiple of `run`. Returns
 * the number of runs with such a flag.
 */
export function squeeze(flags: usize, count: i32, run: i32, into: usize): i32 {
  let alive = 0;
  const end = flags + count;
  for (; flags < end; flags += run) {
    let any: u64 = 0;
    let at = 0;
    for (; at + 8 <= run; at += 8) any |= load<u64>(flags + at);
    for (; at < run; at++) any |= <u64>load<u8>(flags + at);
    const flag = <i32>(any != 0);
    store<u8>(into++, <u8>flag);
    alive += flag;
  }
  return alive;
}

/**
 * Adds `count` flags of a matrix, row by row, from column `column` on. `columnFlags` has a flag for each column, which is or-ed. At
 * `rowFlags`, a flag for each row that was touched is left.
 */
export function matrix(flags: usize, count: i32, column: i32, columns: i32, columnFlags: usize, rowFlags: usize): void {
  while (count > 0) {
    const length = min(count, columns - column);
    let some = i32x4.splat(0);
    let any: u32 = 0;
    let at = 0;
    for (; at + 16 <= length; at += 16) {
      const bytes = v128.load(flags + at);
      const into = columnFlags + column + at;
      some = v128.or(some, bytes);
      v128.store(into, v128.or(v128.load(into), bytes));
    }
    for (; at < length; at++) {
      const flag = load<u8>(flags + at);
      const into = columnFlags + column + at;
      any |= <u32>flag;
      store<u8>(into, load<u8>(into) | flag);
    }
    store<u8>(rowFlags++, <u8>(v128.any_true(some) || any != 0));
    flags += length;
    count -= length;
    column = 0;
  }
}

/**
 * Counts kept weights in groups of 2, 4, 8 and 16 weights whose distance is `stride`. `kept` has bytes of 0 or 1. They consist of blocks of
 * `size` × `stride` bytes; `size` is 2, 4, 8 or 16. Leaves at `result`, as int32, the greatest count for each size of groups, up to `size`.
 * If `stride` is 1, the bytes after `count` up to a multiple of 16 must be 0.
 */
export function groups(kept: usize, count: i32, stride: i32, size: i32, result: usize): void {
  const zero = i32x4.splat(0);
  let most2 = zero;
  let most4 = zero;
  let most8 = zero;
  let most16 = zero;
  const end = kept + count;
  if (stride == 1) {
    for (; kept < end; kept += 16) {
      const pairs = i16x8.extadd_pairwise_i8x16_u(v128.load(kept));
      const fours = i32x4.extadd_pairwise_i16x8_u(pairs);
      const eights = i32x4.add(fours, i8x16.shuffle(fours, fours, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
      const all = i32x4.add(eights, i8x16.shuffle(eights, eights, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
      most2 = i8x16.max_u(most2, pairs);
      most4 = i8x16.max_u(most4, fours);
      most8 = i8x16.max_u(most8, eights);
      most16 = i8x16.max_u(most16, all);
    }
  } else {
    for (; kept < end; kept += size * stride) {
      for (let x = 0; x < stride; x += 16) {
        const lanes = stride - x < 16 ? i8x16.lt_u(INDEXES, i8x16.splat(<i8>(stride - x))) : i8x16.splat(-1);
        let four = zero;
        let eight = zero;
        let all = zero;
        let at = kept + x;
        for (let i = 0; i < size; i += 2) {
          const pair = v128.and(i8x16.add(v128.load(at), v128.load(at + stride)), lanes);
          at += 2 * stride;
          most2 = i8x16.max_u(most2, pair);
          four = i8x16.add(four, pair);
          if (!(i & 2)) continue;
          most4 = i8x16.max_u(most4, four);
          eight = i8x16.add(eight, four);
          four = zero;
          if (!(i & 4)) continue;
          most8 = i8x16.max_u(most8, eight);
          all = i8x16.add(all, eight);
          eight = zero;
          if (!(i & 8)) continue;
          most16 = i8x16.max_u(most16, all);
          all = zero;
        }
      }
    }
  }
  store<i32>(result, greatestByte(most2));
  store<i32>(result, greatestByte(most4), 4);
  store<i32>(result, greatestByte(most8), 8);
  store<i32>(result, greatestByte(most16), 12);
}

// @ts-ignore: decorator
@lazy
const INDEXES: v128 = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

function greatestByte(bytes: v128): i32 {
  let a = i8x16.max_u(bytes, i8x16.shuffle(bytes, bytes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  a = i8x16.max_u(a, i8x16.shuffle(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3));
  const x = <u32>i32x4.extract_lane(a, 0);
  return <i32>max(max(x & 255, (x >> 8) & 255), max((x >> 16) & 255, x >> 24));
}

/** Ors `count` flags to those at `into`. */
export function merge(flags: usize, count: i32, into: usize): void {
  let at = 0;
  for (; at + 16 <= count; at += 16)
    v128.store(into + at, v128.or(v128.load(into + at), v128.load(flags + at)));
  for (; at < count; at++) store<u8>(into + at, load<u8>(into + at) | load<u8>(flags + at));
}
