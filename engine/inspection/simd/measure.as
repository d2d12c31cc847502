// The vector kernel that measures the weights of a layer: all that `tally` and `magnitudes` find, in about three quarters of their time.
// A tile of weights stays in the innermost cache while it is passed over several times. Each pass needs few registers. Extremes are first compared
// by the upper half of their bits, and by all bits only in the rare tiles that may change them.

import { addExponents } from './exponents';
import { greatestByte, lane, narrow, orOf, total, widen } from './lanes';

const ROUNDS: i32 = 255; // additions of at most 1 that a byte takes
const ABSOLUTE: i32 = 0x7fffffff;
const UPPER: i32 = 0x7fff; // magnitudes in the upper half of the bits

// The extremes of all tiles so far, with their padding.
let least: f32, greatest: f32;
let leastKept: u32; // bits of the least kept magnitude
let greatestPruned: u32; // bits of the greatest pruned magnitude

/**
 * Measures `count` weights, a multiple of 16, with the bytes of a mask, or without one (0). Leaves at `sums` what `tally` leaves, and at `found` what
 * `magnitudes` leaves; both describe their arguments. Without a mask, the kept counts are 0, and `kept` gets a byte for each weight. `tile` has
 * room for 4080 bytes. Unless it is `fresh`, the extremes are those of this piece and of the pieces since the last fresh one: a tile then rarely
 * changes them. Weights of 0 that pad a piece count as weights.
 */
export function measure(weights: usize, mask: usize, kept: usize, count: i32, sums: usize, found: usize, tile: usize, fresh: i32): void {
  const bins = found + 8;
  memory.fill(bins, 0, 1024);
  memory.fill(sums, 0, 80);
  if (fresh) {
    least = f32.MAX_VALUE;
    greatest = -f32.MAX_VALUE;
    leastKept = 0xffffffff;
    greatestPruned = 0;
  }
  let sum0 = f64x2.splat(0);
  let sum1 = f64x2.splat(0);
  let squares0 = f64x2.splat(0);
  let squares1 = f64x2.splat(0);
  for (let left = count >> 4; left > 0; ) {
    const rounds = min(left, ROUNDS);
    left -= rounds;
    const end = weights + 64 * rounds;
    for (let at = weights; at < end; at += 64) {
      const a = f64x2.promote_low_f32x4(v128.load64_zero(at));
      const b = f64x2.promote_low_f32x4(v128.load64_zero(at, 8));
      const c = f64x2.promote_low_f32x4(v128.load64_zero(at, 16));
      const d = f64x2.promote_low_f32x4(v128.load64_zero(at, 24));
      sum0 = f64x2.add(sum0, f64x2.add(f64x2.add(a, b), f64x2.add(c, d)));
      squares0 = f64x2.add(squares0, f64x2.add(addedSquares(a, b), addedSquares(c, d)));
      const e = f64x2.promote_low_f32x4(v128.load64_zero(at, 32));
      const f = f64x2.promote_low_f32x4(v128.load64_zero(at, 40));
      const g = f64x2.promote_low_f32x4(v128.load64_zero(at, 48));
      const h = f64x2.promote_low_f32x4(v128.load64_zero(at, 56));
      sum1 = f64x2.add(sum1, f64x2.add(f64x2.add(e, f), f64x2.add(g, h)));
      squares1 = f64x2.add(squares1, f64x2.add(addedSquares(e, f), addedSquares(g, h)));
    }
    if (mask) countMasked(weights, mask, rounds, sums, bins, tile);
    else countOthers(weights, kept, rounds, sums, bins, tile);
    weights = end;
    if (mask) mask += 16 * rounds;
    else kept += 16 * rounds;
  }
  store<f64>(sums, <f64>least, 48);
  store<f64>(sums, <f64>greatest, 56);
  const sum = f64x2.add(sum0, sum1);
  const squares = f64x2.add(squares0, squares1);
  store<f64>(sums, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1), 64);
  store<f64>(sums, f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1), 72);
  store<u32>(found, leastKept);
  store<u32>(found, greatestPruned, 4);
}

// @ts-ignore: decorator
@inline
function addedSquares(a: v128, b: v128): v128 {
  return f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b));
}

// @ts-ignore: decorator
@inline
function addTo(sums: usize, bytes: v128): i32 {
  const sum = total(widen(bytes));
  store<f64>(sums, load<f64>(sums) + <f64>sum);
  return sum;
}

/** The upper halves of the bits of eight weights. */
// @ts-ignore: decorator
@inline
function upper(a: v128, b: v128): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(a, 16), i32x4.shr_s(b, 16));
}

/** Counts the weights of a tile with a mask, and their exponents. */
function countMasked(weights: usize, mask: usize, rounds: i32, sums: usize, bins: usize, tile: usize): void {
  const zero = i32x4.splat(0);
  const one = i8x16.splat(1);
  const absolute = i16x8.splat(<i16>UPPER);
  let zeros = zero, negatives = zero, kepts = zero, keptZeros = zero, keptNegatives = zero;
  let ored = zero;
  let lowest = i8x16.splat(-1); // less 1, so that 0 is the greatest
  let highest = zero;
  let signed = i16x8.splat(-32768); // the greatest upper half as a signed number
  let unsigned = zero; // and as an unsigned one, in which negative weights are greater
  let keptLeast = i16x8.splat(-1);
  let prunedMost = zero;
  let from = weights;
  for (let round = 0; round < rounds; round++) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    const flags = v128.load(mask, 0);
    from += 64;
    mask += 16;
    const isZero = narrow(f32x4.eq(a, zero), f32x4.eq(b, zero), f32x4.eq(c, zero), f32x4.eq(d, zero));
    const ab = upper(a, b);
    const cd = upper(c, d);
    signed = i16x8.max_s(signed, i16x8.max_s(ab, cd));
    unsigned = i16x8.max_u(unsigned, i16x8.max_u(ab, cd));
    const isNegative = v128.andnot(i8x16.lt_s(i8x16.narrow_i16x8_s(ab, cd), zero), isZero);
    const isPruned = i8x16.eq(flags, zero);
    const prunedAb = i16x8.extend_low_i8x16_s(isPruned);
    const prunedCd = i16x8.extend_high_i8x16_s(isPruned);
    const absAb = v128.and(ab, absolute);
    const absCd = v128.and(cd, absolute);
    keptLeast = i16x8.min_u(keptLeast, i16x8.min_u(v128.or(absAb, prunedAb), v128.or(absCd, prunedCd)));
    prunedMost = i16x8.max_u(prunedMost, i16x8.max_u(v128.and(absAb, prunedAb), v128.and(absCd, prunedCd)));
    const exponents = v128.andnot(i8x16.narrow_i16x8_u(i16x8.shr_u(absAb, 7), i16x8.shr_u(absCd, 7)), isPruned);
    v128.store(tile + 16 * round, exponents);
    lowest = i8x16.min_u(lowest, i8x16.sub(exponents, one));
    highest = i8x16.max_u(highest, exponents);
    ored = v128.or(ored, flags);
    zeros = i8x16.sub(zeros, isZero);
    negatives = i8x16.sub(negatives, isNegative);
    kepts = i8x16.add(kepts, flags);
    keptZeros = i8x16.add(keptZeros, v128.and(isZero, flags));
    keptNegatives = i8x16.add(keptNegatives, v128.and(isNegative, flags));
  }
  const allZeros = addTo(sums, zeros);
  addTo(sums + 8, negatives);
  const allKept = addTo(sums + 16, kepts);
  const allKeptZeros = addTo(sums + 24, keptZeros);
  addTo(sums + 32, keptNegatives);
  store<f64>(sums, <f64>(<i32>load<f64>(sums, 40) | orOf(ored)), 40);
  const low = 256 - greatestByte(v128.not(lowest));
  addExponents(tile, rounds, low, greatestByte(highest), allKept - allKeptZeros, bins);
  if (changesRange(signed, unsigned)) findRange(weights, rounds);
  const hasPruned = 16 * rounds - allKept > allZeros - allKeptZeros; // other than 0
  const changesKept = leastKept > 0 && leastHalf(keptLeast) <= leastKept >> 16;
  const changesPruned = hasPruned && greatestHalf(prunedMost) >= greatestPruned >> 16;
  if (changesKept || changesPruned) findMagnitudes(weights, mask - 16 * rounds, rounds);
}

/** Counts the weights of a tile without a mask, and their exponents. Leaves a mask of those other than 0 at `kept`. */
function countOthers(weights: usize, kept: usize, rounds: i32, sums: usize, bins: usize, tile: usize): void {
  const zero = i32x4.splat(0);
  const one = i8x16.splat(1);
  const absolute = i16x8.splat(<i16>UPPER);
  let zeros = zero, negatives = zero;
  let lowest = i8x16.splat(-1);
  let highest = zero;
  let signed = i16x8.splat(-32768);
  let unsigned = zero;
  let keptLeast = i16x8.splat(-1);
  let from = weights;
  for (let round = 0; round < rounds; round++) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    from += 64;
    const isZero = narrow(f32x4.eq(a, zero), f32x4.eq(b, zero), f32x4.eq(c, zero), f32x4.eq(d, zero));
    v128.store(kept + 16 * round, v128.andnot(one, isZero));
    const ab = upper(a, b);
    const cd = upper(c, d);
    signed = i16x8.max_s(signed, i16x8.max_s(ab, cd));
    unsigned = i16x8.max_u(unsigned, i16x8.max_u(ab, cd));
    const isNegative = v128.andnot(i8x16.lt_s(i8x16.narrow_i16x8_s(ab, cd), zero), isZero);
    const absAb = v128.and(ab, absolute);
    const absCd = v128.and(cd, absolute);
    const zeroAb = i16x8.extend_low_i8x16_s(isZero);
    const zeroCd = i16x8.extend_high_i8x16_s(isZero);
    keptLeast = i16x8.min_u(keptLeast, i16x8.min_u(v128.or(absAb, zeroAb), v128.or(absCd, zeroCd)));
    const exponents = i8x16.narrow_i16x8_u(i16x8.shr_u(absAb, 7), i16x8.shr_u(absCd, 7));
    v128.store(tile + 16 * round, exponents);
    lowest = i8x16.min_u(lowest, i8x16.sub(exponents, one));
    highest = i8x16.max_u(highest, exponents);
    zeros = i8x16.sub(zeros, isZero);
    negatives = i8x16.sub(negatives, isNegative);
  }
  const allZeros = addTo(sums, zeros);
  addTo(sums + 8, negatives);
  const low = 256 - greatestByte(v128.not(lowest));
  addExponents(tile, rounds, low, greatestByte(highest), 16 * rounds - allZeros, bins);
  if (changesRange(signed, unsigned)) findRange(weights, rounds);
  if (leastHalf(keptLeast) <= leastKept >> 16) findMagnitudes(weights, 0, rounds);
}

function leastHalf(halves: v128): u32 {
  return 0xffff - greatestHalf(v128.not(halves));
}

function greatestHalf(halves: v128): u32 {
  let x = i16x8.max_u(halves, i8x16.shuffle(halves, halves, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  x = i16x8.max_u(x, i8x16.shuffle(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return max(<u32>i16x8.extract_lane_u(x, 0), <u32>i16x8.extract_lane_u(x, 1));
}

/**
 * Whether a tile may have a weight beyond those so far. Negative numbers are only compared while there are numbers of both signs; otherwise any
 * tile may.
 */
function changesRange(signed: v128, unsigned: v128): bool {
  if (!(least < 0 && greatest >= 0)) return true;
  const most = greatestHalf(v128.xor(signed, i16x8.splat(-32768))); // from signed to unsigned order
  return most >= ((reinterpret<u32>(greatest) >> 16) ^ 0x8000) || greatestHalf(unsigned) >= reinterpret<u32>(least) >> 16;
}

function findRange(weights: usize, rounds: i32): void {
  let low = f32x4.splat(least);
  let high = f32x4.splat(greatest);
  const end = weights + 64 * rounds;
  for (let at = weights; at < end; at += 16) {
    const x = v128.load(at);
    low = f32x4.pmin(low, x);
    high = f32x4.pmax(high, x);
  }
  for (let i = 0; i < 4; i++) {
    least = min(least, reinterpret<f32>(lane(low, i)));
    greatest = max(greatest, reinterpret<f32>(lane(high, i)));
  }
}

function findMagnitudes(weights: usize, mask: usize, rounds: i32): void {
  const absolute = i32x4.splat(ABSOLUTE);
  const zero = i32x4.splat(0);
  let low = i32x4.splat(-1);
  let high = zero;
  for (let i = 0; i < 4 * rounds; i++) {
    const x = v128.and(v128.load(weights + 16 * i), absolute);
    const isPruned = mask
      ? i32x4.eq(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(mask + 4 * i))), zero)
      : i32x4.eq(x, zero);
    low = i32x4.min_u(low, v128.or(x, isPruned));
    high = i32x4.max_u(high, v128.and(x, isPruned));
  }
  for (let i = 0; i < 4; i++) {
    leastKept = min(leastKept, lane(low, i));
    greatestPruned = max(greatestPruned, lane(high, i));
  }
}
