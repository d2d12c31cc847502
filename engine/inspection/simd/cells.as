// Vector kernels of pictures. They count float32 weights under the bytes of their masks, first down the columns of a block, sixteen columns
// at a time, then along the columns of each cell.

import { keptOf, narrow, orOf } from './lanes';

// @ts-ignore: decorator
@inline
function positive(a: v128, b: v128, c: v128, d: v128): v128 {
  const zero = f32x4.splat(0);
  return narrow(f32x4.gt(a, zero), f32x4.gt(b, zero), f32x4.gt(c, zero), f32x4.gt(d, zero));
}

// @ts-ignore: decorator
@inline
function negative(a: v128, b: v128, c: v128, d: v128): v128 {
  const zero = f32x4.splat(0);
  return narrow(f32x4.lt(a, zero), f32x4.lt(b, zero), f32x4.lt(c, zero), f32x4.lt(d, zero));
}

// @ts-ignore: decorator
@inline
function finite(a: v128, b: v128, c: v128, d: v128): v128 {
  const endless = f32x4.splat(Infinity);
  return narrow(
    f32x4.lt(f32x4.abs(a), endless),
    f32x4.lt(f32x4.abs(b), endless),
    f32x4.lt(f32x4.abs(c), endless),
    f32x4.lt(f32x4.abs(d), endless),
  );
}

/**
 * Counts the weights in each column of a block of at most 255 rows. `stride` is the number of weights from row to row. A mask of 0 keeps
 * what is not zero. Leaves at `counts` four planes of `plane` bytes: kept, positive, negative, and not finite. Writes and reads up to 15
 * columns more. Returns all bytes of the mask or-ed.
 */
export function countOne(
  weights: usize, mask: usize,
  rows: i32, columns: i32, stride: i32, counts: usize, plane: i32,
): i32 {
  const zero = i32x4.splat(0);
  let ored = zero;
  for (let x = 0; x < columns; x += 16) {
    let w = weights + 4 * x;
    let m = mask;
    if (m) m += x;
    let kept = zero, plus = zero, minus = zero, odd = zero;
    for (let row = 0; row < rows; row++) {
      const a = v128.load(w);
      const b = v128.load(w, 16);
      const c = v128.load(w, 32);
      const d = v128.load(w, 48);
      const keep = keptOf(m, a, b, c, d);
      kept = i8x16.sub(kept, keep);
      plus = i8x16.sub(plus, v128.and(keep, positive(a, b, c, d)));
      minus = i8x16.sub(minus, v128.and(keep, negative(a, b, c, d)));
      odd = i8x16.sub(odd, v128.not(finite(a, b, c, d)));
      w += 4 * stride;
      if (m) {
        ored = v128.or(ored, v128.load(m));
        m += stride;
      }
    }
    const at = counts + x;
    v128.store(at, kept);
    v128.store(at + plane, plus);
    v128.store(at + 2 * plane, minus);
    v128.store(at + 3 * plane, odd);
  }
  return orOf(ored);
}

/**
 * Counts the pairs of weights in each column of a block, like `countOne`. Leaves six planes: kept in both with the same state, with opposite
 * signs, with a zero or NaN in one of them only, kept only in A, only in B, and not finite in either.
 */
export function countTwo(
  weightsA: usize, maskA: usize, weightsB: usize, maskB: usize,
  rows: i32, columns: i32, stride: i32, counts: usize, plane: i32,
): i32 {
  const zero = i32x4.splat(0);
  let ored = zero;
  for (let x = 0; x < columns; x += 16) {
    let wA = weightsA + 4 * x;
    let wB = weightsB + 4 * x;
    let mA = maskA;
    let mB = maskB;
    if (mA) mA += x;
    if (mB) mB += x;
    let same = zero, flipped = zero, unsigned = zero, onlyA = zero, onlyB = zero, odd = zero;
    for (let row = 0; row < rows; row++) {
      let a = v128.load(wA);
      let b = v128.load(wA, 16);
      let c = v128.load(wA, 32);
      let d = v128.load(wA, 48);
      const keptA = keptOf(mA, a, b, c, d);
      const plusA = positive(a, b, c, d);
      const minusA = negative(a, b, c, d);
      let whole = finite(a, b, c, d);
      a = v128.load(wB);
      b = v128.load(wB, 16);
      c = v128.load(wB, 32);
      d = v128.load(wB, 48);
      const keptB = keptOf(mB, a, b, c, d);
      const plusB = positive(a, b, c, d);
      const minusB = negative(a, b, c, d);
      whole = v128.and(whole, finite(a, b, c, d));
      const both = v128.and(keptA, keptB);
      const opposite = v128.and(both, v128.or(v128.and(plusA, minusB), v128.and(minusA, plusB)));
      const half = v128.and(both, v128.xor(v128.or(plusA, minusA), v128.or(plusB, minusB)));
      same = i8x16.sub(same, v128.andnot(both, v128.or(opposite, half)));
      flipped = i8x16.sub(flipped, opposite);
      unsigned = i8x16.sub(unsigned, half);
      onlyA = i8x16.sub(onlyA, v128.andnot(keptA, keptB));
      onlyB = i8x16.sub(onlyB, v128.andnot(keptB, keptA));
      odd = i8x16.sub(odd, v128.not(whole));
      wA += 4 * stride;
      wB += 4 * stride;
      if (mA) {
        ored = v128.or(ored, v128.load(mA));
        mA += stride;
      }
      if (mB) {
        ored = v128.or(ored, v128.load(mB));
        mB += stride;
      }
    }
    const at = counts + x;
    v128.store(at, same);
    v128.store(at + plane, flipped);
    v128.store(at + 2 * plane, unsigned);
    v128.store(at + 3 * plane, onlyA);
    v128.store(at + 4 * plane, onlyB);
    v128.store(at + 5 * plane, odd);
  }
  return orOf(ored);
}

/**
 * Adds the counts of consecutive columns. Run i ends before the column ends[i] (int32) and begins where the run before it ends. Leaves the
 * sum of each run at `sums`, as int32.
 */
export function addRuns(counts: usize, ends: usize, runs: i32, sums: usize): void {
  let at = counts;
  for (let run = 0; run < runs; run++) {
    const end = counts + load<u32>(ends + 4 * run);
    let sum: i32 = 0;
    for (; at + 8 <= end; at += 8) sum += sumOfBytes(load<u64>(at));
    for (; at < end; at++) sum += load<u8>(at);
    store<i32>(sums + 4 * run, sum);
  }
}

// @ts-ignore: decorator
@inline
function sumOfBytes(bytes: u64): i32 {
  const pairs = (bytes & 0x00ff00ff00ff00ff) + ((bytes >> 8) & 0x00ff00ff00ff00ff);
  return <i32>((pairs * 0x0001000100010001) >> 48);
}
