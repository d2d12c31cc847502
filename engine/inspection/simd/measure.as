// The vector kernel that measures the weights of a layer: all that `tally` and `magnitudes` find, in about half of their time.
// A tile of weights stays in the innermost cache while its extremes are compared. A pass counts bits of masks by scalar operations, needs few registers,
// and few constants, which would be made anew for each vector.

import { addExponents } from './exponents';
import { addKept, addPruned, addRange, forgetExtremes, leaveExtremes } from './extremes';
import { greatestByte, greatestHalf, narrow, orOf } from './lanes';

const ROUNDS: i32 = 240; // vectors of masks in a tile: a multiple of the 16 that `addExponents` adds at once, and less than 256

/** Two vectors of sums and two of sums of squares, while no tile is processed. */
const SUMS = memory.data(64, 16);

const SOON: i32 = 16; // tiles after one with a 0, in which more zeros are expected

/** Number of tiles since the last one with a 0. It decides how a tile is measured, but not what is found. */
let sinceZero: i32 = SOON;

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
    if (mask) measureMasked(weights, mask, rounds, sums, bins, tile);
    else measureOthers(weights, kept, rounds, sums, bins, tile);
    weights = end;
    if (mask) mask += 16 * rounds;
    else kept += 16 * rounds;
  }
  store<i32>(bins, 0);
  leaveExtremes(sums + 48, found);
  const sum = f64x2.add(v128.load(SUMS), v128.load(SUMS, 16));
  const squares = f64x2.add(v128.load(SUMS, 32), v128.load(SUMS, 48));
  store<f64>(sums, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1), 64);
  store<f64>(sums, f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1), 72);
}

// @ts-ignore: decorator
@inline
function addedSquares(a: v128, b: v128): v128 {
  return f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b));
}

/** Measures a tile with a mask. */
function measureMasked(weights: usize, mask: usize, rounds: i32, sums: usize, bins: usize, tile: usize): void {
  if (sinceZero >= SOON && measureTile(weights, mask, rounds, sums, bins, tile, true, false)) return;
  measureTile(weights, mask, rounds, sums, bins, tile, true, true);
}

/** Measures a tile without a mask. Leaves a mask of the weights other than 0 at `kept`. */
function measureOthers(weights: usize, kept: usize, rounds: i32, sums: usize, bins: usize, tile: usize): void {
  if (sinceZero >= SOON && measureTile(weights, kept, rounds, sums, bins, tile, false, false)) return;
  measureTile(weights, kept, rounds, sums, bins, tile, false, true);
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

/**
 * Sums and counts the weights of a tile, and counts their exponents. `flags` is the mask, or without one, the place for it. Without `findsZeros`, it needs
 * fewer operations, but if the tile has a 0 or a subnormal weight, it adds nothing and returns false. The function is compiled for each value of both.
 */
// @ts-ignore: decorator
@inline
function measureTile(weights: usize, flags: usize, rounds: i32, sums: usize, bins: usize, tile: usize, isMasked: bool, findsZeros: bool): bool {
  const zero = i32x4.splat(0);
  let zeros = 0, negatives = 0, pruned = 0, prunedZeros = 0, prunedNegatives = 0;
  let ored = zero;
  let smallest = i8x16.splat(-1); // the least exponent
  let lowest = smallest; // the least exponent of a kept weight
  let most = zero; // the greatest upper half of a magnitude
  let from = weights;
  let flagsAt = flags;
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
    const ab = upper(a, b);
    const cd = upper(c, d);
    const magnitudesAb = i16x8.shl(ab, 1);
    const magnitudesCd = i16x8.shl(cd, 1);
    most = i16x8.max_u(most, i16x8.max_u(magnitudesAb, magnitudesCd));
    let exponents = i8x16.narrow_i16x8_u(i16x8.shr_u(magnitudesAb, 8), i16x8.shr_u(magnitudesCd, 8));
    let negativeBits = i8x16.bitmask(i8x16.narrow_i16x8_s(ab, cd));
    let isZero = zero;
    let zeroBits = 0;
    if (findsZeros) {
      isZero = narrow(f32x4.eq(a, zero), f32x4.eq(b, zero), f32x4.eq(c, zero), f32x4.eq(d, zero));
      zeroBits = i8x16.bitmask(isZero);
      zeros += popcnt(zeroBits);
      negativeBits &= ~zeroBits;
      exponents = v128.or(exponents, isZero);
    } else {
      smallest = i8x16.min_u(smallest, exponents);
    }
    negatives += popcnt(negativeBits);
    if (isMasked) {
      const bytes = v128.load(flagsAt);
      ored = v128.or(ored, bytes);
      const isPruned = i8x16.eq(bytes, zero);
      exponents = v128.or(exponents, isPruned);
      const prunedBits = i8x16.bitmask(isPruned);
      pruned += popcnt(prunedBits);
      prunedNegatives += popcnt(negativeBits & prunedBits);
      if (findsZeros) prunedZeros += popcnt(zeroBits & prunedBits);
    } else {
      v128.store(flagsAt, v128.andnot(i8x16.splat(1), isZero));
    }
    flagsAt += 16;
    v128.store(into, exponents);
    into += 16;
    lowest = i8x16.min_u(lowest, exponents);
    const p = f64x2.promote_low_f32x4(v128.load64_zero(from));
    const q = f64x2.promote_low_f32x4(v128.load64_zero(from, 8));
    const r = f64x2.promote_low_f32x4(v128.load64_zero(from, 16));
    const s = f64x2.promote_low_f32x4(v128.load64_zero(from, 24));
    sum0 = f64x2.add(sum0, f64x2.add(f64x2.add(p, q), f64x2.add(r, s)));
    squares0 = f64x2.add(squares0, f64x2.add(addedSquares(p, q), addedSquares(r, s)));
    const t = f64x2.promote_low_f32x4(v128.load64_zero(from, 32));
    const u = f64x2.promote_low_f32x4(v128.load64_zero(from, 40));
    const v = f64x2.promote_low_f32x4(v128.load64_zero(from, 48));
    const w = f64x2.promote_low_f32x4(v128.load64_zero(from, 56));
    sum1 = f64x2.add(sum1, f64x2.add(f64x2.add(t, u), f64x2.add(v, w)));
    squares1 = f64x2.add(squares1, f64x2.add(addedSquares(t, u), addedSquares(v, w)));
    from += 64;
  }
  if (!findsZeros && !i8x16.all_true(smallest)) return false;
  v128.store(SUMS, sum0);
  v128.store(SUMS, sum1, 16);
  v128.store(SUMS, squares0, 32);
  v128.store(SUMS, squares1, 48);
  if (findsZeros) sinceZero = zeros > 0 ? 0 : sinceZero + 1;
  const left = 16 * rounds - zeros - (isMasked ? pruned - prunedZeros : 0);
  addTo(sums, zeros);
  addTo(sums + 8, negatives);
  if (isMasked) {
    addTo(sums + 16, 16 * rounds - pruned);
    addTo(sums + 24, zeros - prunedZeros);
    addTo(sums + 32, negatives - prunedNegatives);
    store<f64>(sums, <f64>(<i32>load<f64>(sums, 40) | orOf(ored)), 40);
  }
  const low = 255 - greatestByte(v128.not(lowest));
  const upperMost = greatestHalf(most) >> 1;
  addExponents(tile, rounds, low, upperMost >> 7, left, bins);
  addRange(weights, end, upperMost);
  addKept(weights, end, isMasked ? flags : 0, isMasked && zeros > prunedZeros ? 0 : low);
  if (isMasked && pruned > prunedZeros) addPruned(weights, end, flags, upperMost);
  return true;
}
