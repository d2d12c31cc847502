// Vector kernels of the overview: the magnitudes of weights, and the structure of masks.

import { addExponents } from './exponents';
import { greatestByte, lane, narrow, total, widen } from './lanes';

const ROUNDS: i32 = 255; // additions of at most 1 that a byte takes
const ABSOLUTE: i32 = 0x7fffffff;

/**
 * Magnitudes of `count` finite weights, a multiple of 16. Without a mask, weights other than 0 are kept, and a byte of 0 or 1 for each weight
 * is left at `kept`. Leaves at `result`, as int32: the bits of the least kept magnitude (all bits if nothing is kept), the bits of the
 * greatest pruned magnitude, then the number of kept weights for each exponent (256 bins). Bin 0 is not counted. `tile` has room for 4096
 * bytes.
 */
export function magnitudes(weights: usize, mask: usize, kept: usize, count: i32, result: usize, tile: usize): void {
  const absolute = i32x4.splat(ABSOLUTE);
  const zero = i32x4.splat(0);
  const one = i8x16.splat(1);
  const bins = result + 8;
  memory.fill(bins, 0, 1024);
  let least = i32x4.splat(-1);
  let greatest = zero;
  for (let left = count >> 4; left > 0; ) {
    const rounds = min(left, ROUNDS);
    left -= rounds;
    let lowest = i8x16.splat(-1);
    let highest = zero;
    for (let round = 0; round < rounds; round++) {
      const a = v128.and(v128.load(weights), absolute);
      const b = v128.and(v128.load(weights, 16), absolute);
      const c = v128.and(v128.load(weights, 32), absolute);
      const d = v128.and(v128.load(weights, 48), absolute);
      weights += 64;
      let keep: v128, k0: v128, k1: v128, k2: v128, k3: v128;
      if (mask) {
        keep = i8x16.ne(v128.load(mask), zero);
        mask += 16;
        const lows = i16x8.extend_low_i8x16_s(keep);
        const highs = i16x8.extend_high_i8x16_s(keep);
        k0 = i32x4.extend_low_i16x8_s(lows);
        k1 = i32x4.extend_high_i16x8_s(lows);
        k2 = i32x4.extend_low_i16x8_s(highs);
        k3 = i32x4.extend_high_i16x8_s(highs);
      } else {
        k0 = i32x4.ne(a, zero);
        k1 = i32x4.ne(b, zero);
        k2 = i32x4.ne(c, zero);
        k3 = i32x4.ne(d, zero);
        keep = narrow(k0, k1, k2, k3);
        v128.store(kept, v128.and(keep, one));
        kept += 16;
      }
      least = i32x4.min_u(least, i32x4.min_u(v128.or(a, v128.not(k0)), v128.or(b, v128.not(k1))));
      least = i32x4.min_u(least, i32x4.min_u(v128.or(c, v128.not(k2)), v128.or(d, v128.not(k3))));
      greatest = i32x4.max_u(greatest, i32x4.max_u(v128.andnot(a, k0), v128.andnot(b, k1)));
      greatest = i32x4.max_u(greatest, i32x4.max_u(v128.andnot(c, k2), v128.andnot(d, k3)));
      const exponents = v128.and(keep, i8x16.narrow_i16x8_u(
        i16x8.narrow_i32x4_u(i32x4.shr_u(a, 23), i32x4.shr_u(b, 23)),
        i16x8.narrow_i32x4_u(i32x4.shr_u(c, 23), i32x4.shr_u(d, 23)),
      ));
      const counted = v128.or(exponents, i8x16.eq(exponents, zero));
      v128.store(tile + 16 * round, counted);
      lowest = i8x16.min_u(lowest, counted);
      highest = i8x16.max_u(highest, exponents);
    }
    const low = 255 - greatestByte(v128.not(lowest));
    addExponents(tile, rounds, low, greatestByte(highest), 16 * rounds, bins);
  }
  store<u32>(result, min(min(lane(least, 0), lane(least, 1)), min(lane(least, 2), lane(least, 3))));
  store<u32>(result, max(max(lane(greatest, 0), lane(greatest, 1)), max(lane(greatest, 2), lane(greatest, 3))), 4);
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

/** All bits of the first `count` bytes, at most 16. */
// @ts-ignore: decorator
@inline
function firstBytes(count: i32): v128 {
  return i8x16.lt_u(INDEXES, i8x16.splat(<i8>count));
}

/** Returns the number of flags that are 1. */
export function ones(flags: usize, count: i32): i32 {
  let sum = i32x4.splat(0);
  for (let left = count >> 4; left > 0; ) {
    const rounds = min(left, ROUNDS);
    left -= rounds;
    let bytes = i32x4.splat(0);
    const end = flags + 16 * rounds;
    for (; flags < end; flags += 16) bytes = i8x16.add(bytes, v128.load(flags));
    sum = i32x4.add(sum, widen(bytes));
  }
  return total(i32x4.add(sum, widen(v128.and(v128.load(flags), firstBytes(count & 15)))));
}

/**
 * Adds `count` flags of a matrix, row by row, from column `column` on. `columnFlags` has a flag for each column, which is or-ed. `open` has a
 * flag of the row that has begun and not ended. Returns the number of rows in which the first flag was found. Reads and writes, unchanged, up
 * to 15 bytes after the columns.
 */
export function matrix(flags: usize, count: i32, column: i32, columns: i32, columnFlags: usize, open: usize): i32 {
  let alive = 0;
  let seen = <i32>load<u8>(open);
  while (count > 0) {
    if (column == 0 && columns <= 16 && count >= columns) {
      const rows = count / columns;
      alive += narrowRows(flags, rows, columns, columnFlags);
      flags += rows * columns;
      count -= rows * columns;
      continue;
    }
    const length = min(count, columns - column);
    const into = columnFlags + column;
    let some = i32x4.splat(0);
    let at = 0;
    for (; at + 16 <= length; at += 16) {
      const bytes = v128.load(flags + at);
      some = v128.or(some, bytes);
      v128.store(into + at, v128.or(v128.load(into + at), bytes));
    }
    if (at < length) {
      const bytes = v128.and(v128.load(flags + at), firstBytes(length - at));
      some = v128.or(some, bytes);
      v128.store(into + at, v128.or(v128.load(into + at), bytes));
    }
    const any = seen | <i32>v128.any_true(some);
    alive += any - seen;
    column += length;
    seen = column == columns ? 0 : any;
    column = column == columns ? 0 : column;
    flags += length;
    count -= length;
  }
  store<u8>(open, <u8>seen);
  return alive;
}

/** Adds whole rows of at most 16 columns. Returns the number of rows with a flag. */
function narrowRows(flags: usize, rows: i32, columns: i32, columnFlags: usize): i32 {
  let alive = 0;
  if (columns == 1) {
    alive = ones(flags, rows);
    store<u8>(columnFlags, load<u8>(columnFlags) | <u8>(alive > 0));
    return alive;
  }
  const lanes = firstBytes(columns);
  let some = v128.load(columnFlags);
  for (; rows > 0; rows--) {
    const bytes = v128.and(v128.load(flags), lanes);
    some = v128.or(some, bytes);
    alive += <i32>v128.any_true(bytes);
    flags += columns;
  }
  v128.store(columnFlags, some);
  return alive;
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
        const lanes = stride - x < 16 ? firstBytes(stride - x) : i8x16.splat(-1);
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

/** Ors `count` flags to those at `into`. */
export function merge(flags: usize, count: i32, into: usize): void {
  let at = 0;
  for (; at + 16 <= count; at += 16)
    v128.store(into + at, v128.or(v128.load(into + at), v128.load(flags + at)));
  for (; at < count; at++) store<u8>(into + at, load<u8>(into + at) | load<u8>(flags + at));
}
