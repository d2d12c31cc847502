// The vector kernel that measures the weights of a layer: all that `tally` and `magnitudes` find, in about half of their time.
// A tile of weights stays in the innermost cache while its extremes are compared. A pass counts bits of masks by scalar operations, needs few registers,
// and few constants, which would be made anew for each vector.

import { addExponents } from './exponents';
import { addKept, addPruned, addRange, forgetExtremes, leaveExtremes } from './extremes';
import { greatestByte, greatestHalf, narrow, orOf } from './lanes';

const ROUNDS: i32 = 240; // vectors of masks in a tile: a multiple of the 16 that `addExponents` adds at once, and less than 256

/** Two vectors of sums and two of sums of squares, while no tile is processed. */
const SUMS = memory.data(64, 16);

/**
 * Measures `count` weights, a multiple of 16, with the bytes of a mask, or without one (0). Leaves at `sums` what `tally` leaves, and at `found` what
 * `magnitudes` leaves; both describe their arguments. Without a mask, the kept counts are 0, and `kept` gets a byte for each weight. `tile` has
 * room for 4096 bytes. Unless it is `fresh`, the extremes are those of this piece and of the pieces since the last fresh one: a tile then rarely
 * changes them. Weights of 0 that pad a piece count as weights.
 */
export function measure(weights: usize, mask: usize, kept: usize, count: i32, sums: usize, found: usize, tile: usize, fresh: i32): void {
  const bins = found + 8;
  memory.fill(bins, 0, 1024);
  memory.fill(sums, 0, 80);
  if (fresh) forgetExtremes();
  memory.fill(SUMS, 0, 64);
  for (let left = count >> 4; left > 0; ) {
    const rounds = min(left, ROUNDS);
    left -= rounds;
    const end = weights + 64 * rounds;
    if (mask) countMasked(weights, mask, rounds, sums, bins, tile);
    else countOthers(weights, kept, rounds, sums, bins, tile);
    weights = end;
    if (mask) mask += 16 * rounds;
    else kept += 16 * rounds;
  }
  leaveExtremes(sums + 48, found);
  const sum = f64x2.add(v128.load(SUMS), v128.load(SUMS, 16));
  const squares = f64x2.add(v128.load(SUMS, 32), v128.load(SUMS, 48));
  store<f64>(sums, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1), 64);
  store<f64>(sums, f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1), 72);
}

/** Two weights as float64. */
// @ts-ignore: decorator
@inline
function pairAt(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

// @ts-ignore: decorator
@inline
function addedSquares(a: v128, b: v128): v128 {
  return f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b));
}

// @ts-ignore: decorator
@inline
function addTo(sums: usize, count: i32): void {
  store<f64>(sums, load<f64>(sums) + <f64>count);
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
  let zeros = 0, negatives = 0, pruned = 0, keptZeros = 0, keptNegatives = 0;
  let ored = zero;
  let lowest = i8x16.splat(-1); // less 1, so that 0 is the greatest
  let highest = zero;
  let most = zero; // the greatest upper half of a magnitude
  let from = weights;
  let flagsAt = mask;
  let into = tile;
  const end = weights + 64 * rounds;
  let sum0 = v128.load(SUMS);
  let sum1 = v128.load(SUMS, 16);
  let squares0 = v128.load(SUMS, 32);
  let squares1 = v128.load(SUMS, 48);
  while (from < end) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    const flags = v128.load(flagsAt);
    flagsAt += 16;
    const zeroBits = i8x16.bitmask(narrow(f32x4.eq(a, zero), f32x4.eq(b, zero), f32x4.eq(c, zero), f32x4.eq(d, zero)));
    const ab = upper(a, b);
    const cd = upper(c, d);
    const negativeBits = i8x16.bitmask(i8x16.narrow_i16x8_s(ab, cd)) & ~zeroBits;
    const isPruned = i8x16.eq(flags, zero);
    const prunedBits = i8x16.bitmask(isPruned);
    const magnitudesAb = i16x8.shl(ab, 1);
    const magnitudesCd = i16x8.shl(cd, 1);
    most = i16x8.max_u(most, i16x8.max_u(magnitudesAb, magnitudesCd));
    const exponents = v128.andnot(i8x16.narrow_i16x8_u(i16x8.shr_u(magnitudesAb, 8), i16x8.shr_u(magnitudesCd, 8)), isPruned);
    const less1 = i8x16.add(exponents, i8x16.splat(-1));
    v128.store(into, less1);
    into += 16;
    lowest = i8x16.min_u(lowest, less1);
    highest = i8x16.max_u(highest, exponents);
    ored = v128.or(ored, flags);
    zeros += popcnt(zeroBits);
    negatives += popcnt(negativeBits);
    pruned += popcnt(prunedBits);
    keptZeros += popcnt(zeroBits & ~prunedBits);
    keptNegatives += popcnt(negativeBits & ~prunedBits);
    const p = pairAt(from);
    const q = pairAt(from + 8);
    const r = pairAt(from + 16);
    const s = pairAt(from + 24);
    sum0 = f64x2.add(sum0, f64x2.add(f64x2.add(p, q), f64x2.add(r, s)));
    squares0 = f64x2.add(squares0, f64x2.add(addedSquares(p, q), addedSquares(r, s)));
    const t = pairAt(from + 32);
    const u = pairAt(from + 40);
    const v = pairAt(from + 48);
    const w = pairAt(from + 56);
    sum1 = f64x2.add(sum1, f64x2.add(f64x2.add(t, u), f64x2.add(v, w)));
    squares1 = f64x2.add(squares1, f64x2.add(addedSquares(t, u), addedSquares(v, w)));
    from += 64;
  }
  v128.store(SUMS, sum0);
  v128.store(SUMS, sum1, 16);
  v128.store(SUMS, squares0, 32);
  v128.store(SUMS, squares1, 48);
  const kept = 16 * rounds - pruned;
  addTo(sums, zeros);
  addTo(sums + 8, negatives);
  addTo(sums + 16, kept);
  addTo(sums + 24, keptZeros);
  addTo(sums + 32, keptNegatives);
  store<f64>(sums, <f64>(<i32>load<f64>(sums, 40) | orOf(ored)), 40);
  const low = 256 - greatestByte(v128.not(lowest));
  const counted = addExponents(tile, rounds, low, greatestByte(highest), kept - keptZeros, bins);
  const upperMost = greatestHalf(most) >> 1;
  addRange(weights, end, upperMost);
  addKept(weights, end, mask, counted < kept ? 0 : low); // where a kept weight is 0 or subnormal, its exponent is 0
  if (pruned > zeros - keptZeros) addPruned(weights, end, mask, upperMost);
}

/** Counts the weights of a tile without a mask, and their exponents. Leaves a mask of those other than 0 at `kept`. */
function countOthers(weights: usize, kept: usize, rounds: i32, sums: usize, bins: usize, tile: usize): void {
  const zero = i32x4.splat(0);
  const one = i8x16.splat(1);
  let zeros = 0, negatives = 0;
  let lowest = i8x16.splat(-1);
  let highest = zero;
  let most = zero;
  let from = weights;
  let into = tile;
  let flagsAt = kept;
  const end = weights + 64 * rounds;
  let sum0 = v128.load(SUMS);
  let sum1 = v128.load(SUMS, 16);
  let squares0 = v128.load(SUMS, 32);
  let squares1 = v128.load(SUMS, 48);
  while (from < end) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    const isZero = narrow(f32x4.eq(a, zero), f32x4.eq(b, zero), f32x4.eq(c, zero), f32x4.eq(d, zero));
    v128.store(flagsAt, v128.andnot(one, isZero));
    flagsAt += 16;
    const zeroBits = i8x16.bitmask(isZero);
    const ab = upper(a, b);
    const cd = upper(c, d);
    const negativeBits = i8x16.bitmask(i8x16.narrow_i16x8_s(ab, cd)) & ~zeroBits;
    const magnitudesAb = i16x8.shl(ab, 1);
    const magnitudesCd = i16x8.shl(cd, 1);
    most = i16x8.max_u(most, i16x8.max_u(magnitudesAb, magnitudesCd));
    const exponents = i8x16.narrow_i16x8_u(i16x8.shr_u(magnitudesAb, 8), i16x8.shr_u(magnitudesCd, 8));
    const less1 = i8x16.add(exponents, i8x16.splat(-1));
    v128.store(into, less1);
    into += 16;
    lowest = i8x16.min_u(lowest, less1);
    highest = i8x16.max_u(highest, exponents);
    zeros += popcnt(zeroBits);
    negatives += popcnt(negativeBits);
    const p = pairAt(from);
    const q = pairAt(from + 8);
    const r = pairAt(from + 16);
    const s = pairAt(from + 24);
    sum0 = f64x2.add(sum0, f64x2.add(f64x2.add(p, q), f64x2.add(r, s)));
    squares0 = f64x2.add(squares0, f64x2.add(addedSquares(p, q), addedSquares(r, s)));
    const t = pairAt(from + 32);
    const u = pairAt(from + 40);
    const v = pairAt(from + 48);
    const w = pairAt(from + 56);
    sum1 = f64x2.add(sum1, f64x2.add(f64x2.add(t, u), f64x2.add(v, w)));
    squares1 = f64x2.add(squares1, f64x2.add(addedSquares(t, u), addedSquares(v, w)));
    from += 64;
  }
  v128.store(SUMS, sum0);
  v128.store(SUMS, sum1, 16);
  v128.store(SUMS, squares0, 32);
  v128.store(SUMS, squares1, 48);
  addTo(sums, zeros);
  addTo(sums + 8, negatives);
  const low = 256 - greatestByte(v128.not(lowest));
  const others = 16 * rounds - zeros;
  const counted = addExponents(tile, rounds, low, greatestByte(highest), others, bins);
  addRange(weights, end, greatestHalf(most) >> 1);
  addKept(weights, end, 0, counted < others ? 0 : low);
}
