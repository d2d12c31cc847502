// Vector kernels of inspection, in AssemblyScript: float32 weights and the bytes of their masks, sixteen at a time.
// Comparisons are narrowed to a byte for each weight, and counted in bytes for as long as those cannot overflow.
// Compiled into kernels.ts by compile.mjs (`npm run kernels`).

import { keptOf, narrow, orOf, total, widen } from './lanes';

const MOST: i32 = 255; // additions of at most 1 that a byte takes

// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
}

// @ts-ignore: decorator
@inline
function sumOf(x: v128): v128 {
  return f64x2.add(low(x), high(x));
}

// @ts-ignore: decorator
@inline
function squaresOf(x: v128): v128 {
  const l = low(x);
  const h = high(x);
  return f64x2.add(f64x2.mul(l, l), f64x2.mul(h, h));
}

// @ts-ignore: decorator
@inline
function loadMask(mask: usize): v128 {
  return v128.load(mask);
}

/**
 * Counts and sums of `count` weights, a multiple of 16, with a mask unless that is 0. Leaves at `result`, as float64: zeros,
 * negatives, kept, zeros and negatives among those kept, all bytes of the mask or-ed, minimum, maximum, sum, sum of squares.
 * Where a weight is not finite, nor is the sum of squares, and the rest means nothing.
 */
export function tally(weights: usize, mask: usize, count: i32, result: usize): void {
  let zeros = i32x4.splat(0);
  let negatives = i32x4.splat(0);
  let kept = i32x4.splat(0);
  let keptZeros = i32x4.splat(0);
  let keptNegatives = i32x4.splat(0);
  let ored = i32x4.splat(0);
  let least = f32x4.splat(f32.MAX_VALUE);
  let greatest = f32x4.splat(-f32.MAX_VALUE);
  let sum0 = f64x2.splat(0);
  let sum1 = f64x2.splat(0);
  let squares0 = f64x2.splat(0);
  let squares1 = f64x2.splat(0);
  const zero = f32x4.splat(0);
  const none = i32x4.splat(0);
  for (let left = count >> 4; left > 0; ) {
    const rounds = left < MOST ? left : MOST;
    left -= rounds;
    let zeroBytes = none;
    let negativeBytes = none;
    let keptBytes = none;
    let keptZeroBytes = none;
    let keptNegativeBytes = none;
    for (let round = 0; round < rounds; round++) {
      const a = v128.load(weights);
      const b = v128.load(weights, 16);
      const c = v128.load(weights, 32);
      const d = v128.load(weights, 48);
      weights += 64;
      const isZero = narrow(f32x4.eq(a, zero), f32x4.eq(b, zero), f32x4.eq(c, zero), f32x4.eq(d, zero));
      const isNegative = narrow(f32x4.lt(a, zero), f32x4.lt(b, zero), f32x4.lt(c, zero), f32x4.lt(d, zero));
      zeroBytes = i8x16.sub(zeroBytes, isZero);
      negativeBytes = i8x16.sub(negativeBytes, isNegative);
      least = f32x4.pmin(least, f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d)));
      greatest = f32x4.pmax(greatest, f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
      sum0 = f64x2.add(sum0, f64x2.add(sumOf(a), sumOf(b)));
      sum1 = f64x2.add(sum1, f64x2.add(sumOf(c), sumOf(d)));
      squares0 = f64x2.add(squares0, f64x2.add(squaresOf(a), squaresOf(b)));
      squares1 = f64x2.add(squares1, f64x2.add(squaresOf(c), squaresOf(d)));
      if (mask) {
        const bytes = loadMask(mask);
        mask += 16;
        ored = v128.or(ored, bytes);
        keptBytes = i8x16.add(keptBytes, bytes);
        keptZeroBytes = i8x16.add(keptZeroBytes, v128.and(isZero, bytes));
        keptNegativeBytes = i8x16.add(keptNegativeBytes, v128.and(isNegative, bytes));
      }
    }
    zeros = i32x4.add(zeros, widen(zeroBytes));
    negatives = i32x4.add(negatives, widen(negativeBytes));
    kept = i32x4.add(kept, widen(keptBytes));
    keptZeros = i32x4.add(keptZeros, widen(keptZeroBytes));
    keptNegatives = i32x4.add(keptNegatives, widen(keptNegativeBytes));
  }
  store<f64>(result, <f64>total(zeros));
  store<f64>(result, <f64>total(negatives), 8);
  store<f64>(result, <f64>total(kept), 16);
  store<f64>(result, <f64>total(keptZeros), 24);
  store<f64>(result, <f64>total(keptNegatives), 32);
  store<f64>(result, <f64>orOf(ored), 40);
  store<f64>(result, <f64>leastOf(least), 48);
  store<f64>(result, <f64>-leastOf(f32x4.neg(greatest)), 56);
  const sum = f64x2.add(sum0, sum1);
  const squares = f64x2.add(squares0, squares1);
  store<f64>(result, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1), 64);
  store<f64>(result, f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1), 72);
}

function leastOf(lanes: v128): f32 {
  const a = min(f32x4.extract_lane(lanes, 0), f32x4.extract_lane(lanes, 1));
  const b = min(f32x4.extract_lane(lanes, 2), f32x4.extract_lane(lanes, 3));
  return min(a, b);
}

/**
 * How often kept (k), kept and positive (p), kept and negative (n) weights of A meet those of B. A mask of 0 keeps what is not
 * zero. `count` is a multiple of 16. Leaves at `result`, as int32: kA, pA, nA, kB, pB, nB, then kk, kp, kn, pk, pp, pn, nk, np,
 * nn with A first, and all bytes of both masks or-ed.
 */
export function pairs(weightsA: usize, maskA: usize, weightsB: usize, maskB: usize, count: i32, result: usize): void {
  const zero = i32x4.splat(0);
  let ored = zero;
  memory.fill(result, 0, 64);
  for (let left = count >> 4; left > 0; ) {
    const rounds = left < MOST ? left : MOST;
    left -= rounds;
    let kA = zero, pA = zero, nA = zero, kB = zero, pB = zero, nB = zero;
    let kk = zero, kp = zero, kn = zero, pk = zero, pp = zero, pn = zero, nk = zero, np = zero, nn = zero;
    for (let round = 0; round < rounds; round++) {
      let a = v128.load(weightsA);
      let b = v128.load(weightsA, 16);
      let c = v128.load(weightsA, 32);
      let d = v128.load(weightsA, 48);
      const keptA = keptOf(maskA, a, b, c, d);
      const positiveA = v128.and(keptA, narrow(f32x4.gt(a, zero), f32x4.gt(b, zero), f32x4.gt(c, zero), f32x4.gt(d, zero)));
      const negativeA = v128.and(keptA, narrow(f32x4.lt(a, zero), f32x4.lt(b, zero), f32x4.lt(c, zero), f32x4.lt(d, zero)));
      a = v128.load(weightsB);
      b = v128.load(weightsB, 16);
      c = v128.load(weightsB, 32);
      d = v128.load(weightsB, 48);
      const keptB = keptOf(maskB, a, b, c, d);
      const positiveB = v128.and(keptB, narrow(f32x4.gt(a, zero), f32x4.gt(b, zero), f32x4.gt(c, zero), f32x4.gt(d, zero)));
      const negativeB = v128.and(keptB, narrow(f32x4.lt(a, zero), f32x4.lt(b, zero), f32x4.lt(c, zero), f32x4.lt(d, zero)));
      weightsA += 64;
      weightsB += 64;
      if (maskA) {
        ored = v128.or(ored, v128.load(maskA));
        maskA += 16;
      }
      if (maskB) {
        ored = v128.or(ored, v128.load(maskB));
        maskB += 16;
      }
      kA = i8x16.sub(kA, keptA);
      pA = i8x16.sub(pA, positiveA);
      nA = i8x16.sub(nA, negativeA);
      kB = i8x16.sub(kB, keptB);
      pB = i8x16.sub(pB, positiveB);
      nB = i8x16.sub(nB, negativeB);
      kk = i8x16.sub(kk, v128.and(keptA, keptB));
      kp = i8x16.sub(kp, v128.and(keptA, positiveB));
      kn = i8x16.sub(kn, v128.and(keptA, negativeB));
      pk = i8x16.sub(pk, v128.and(positiveA, keptB));
      pp = i8x16.sub(pp, v128.and(positiveA, positiveB));
      pn = i8x16.sub(pn, v128.and(positiveA, negativeB));
      nk = i8x16.sub(nk, v128.and(negativeA, keptB));
      np = i8x16.sub(np, v128.and(negativeA, positiveB));
      nn = i8x16.sub(nn, v128.and(negativeA, negativeB));
    }
    addTo(result, kA);
    addTo(result + 4, pA);
    addTo(result + 8, nA);
    addTo(result + 12, kB);
    addTo(result + 16, pB);
    addTo(result + 20, nB);
    addTo(result + 24, kk);
    addTo(result + 28, kp);
    addTo(result + 32, kn);
    addTo(result + 36, pk);
    addTo(result + 40, pp);
    addTo(result + 44, pn);
    addTo(result + 48, nk);
    addTo(result + 52, np);
    addTo(result + 56, nn);
  }
  store<i32>(result, orOf(ored), 60);
}

function addTo(counter: usize, bytes: v128): void {
  store<i32>(counter, load<i32>(counter) + total(widen(bytes)));
}

/** The magnitudes of the weights whose lanes have all bits, and 0 for the others. */
// @ts-ignore: decorator
@inline
function keep(x: v128, lanes: v128): v128 {
  return v128.and(f32x4.abs(x), lanes);
}

// @ts-ignore: decorator
@inline
function dot(a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128): v128 {
  return sumOf(
    f32x4.add(
      f32x4.add(f32x4.mul(a, e), f32x4.mul(b, f)),
      f32x4.add(f32x4.mul(c, g), f32x4.mul(d, h)),
    ),
  );
}

/**
 * Sums over the weights that both keep. Masks and `count` are as in `pairs`. Leaves at `result`, as float64: the sums of |a|, |b|, a², b²
 * and |a·b|. Four products are added in float32 at a time. Where a kept weight is not finite, nor are the sums.
 */
export function moments(weightsA: usize, maskA: usize, weightsB: usize, maskB: usize, count: i32, result: usize): void {
  const one = f32x4.splat(1);
  let sumA = f64x2.splat(0);
  let sumB = f64x2.splat(0);
  let squaresA = f64x2.splat(0);
  let squaresB = f64x2.splat(0);
  let products = f64x2.splat(0);
  for (let left = count >> 4; left > 0; left--) {
    let a = v128.load(weightsA);
    let b = v128.load(weightsA, 16);
    let c = v128.load(weightsA, 32);
    let d = v128.load(weightsA, 48);
    let e = v128.load(weightsB);
    let f = v128.load(weightsB, 16);
    let g = v128.load(weightsB, 32);
    let h = v128.load(weightsB, 48);
    const kept = v128.and(keptOf(maskA, a, b, c, d), keptOf(maskB, e, f, g, h));
    weightsA += 64;
    weightsB += 64;
    if (maskA) maskA += 16;
    if (maskB) maskB += 16;
    const lows = i16x8.extend_low_i8x16_s(kept);
    const highs = i16x8.extend_high_i8x16_s(kept);
    const k0 = i32x4.extend_low_i16x8_s(lows);
    const k1 = i32x4.extend_high_i16x8_s(lows);
    const k2 = i32x4.extend_low_i16x8_s(highs);
    const k3 = i32x4.extend_high_i16x8_s(highs);
    a = keep(a, k0);
    b = keep(b, k1);
    c = keep(c, k2);
    d = keep(d, k3);
    e = keep(e, k0);
    f = keep(f, k1);
    g = keep(g, k2);
    h = keep(h, k3);
    sumA = f64x2.add(sumA, dot(a, b, c, d, one, one, one, one));
    sumB = f64x2.add(sumB, dot(e, f, g, h, one, one, one, one));
    squaresA = f64x2.add(squaresA, dot(a, b, c, d, a, b, c, d));
    squaresB = f64x2.add(squaresB, dot(e, f, g, h, e, f, g, h));
    products = f64x2.add(products, dot(a, b, c, d, e, f, g, h));
  }
  store<f64>(result, f64x2.extract_lane(sumA, 0) + f64x2.extract_lane(sumA, 1));
  store<f64>(result, f64x2.extract_lane(sumB, 0) + f64x2.extract_lane(sumB, 1), 8);
  store<f64>(result, f64x2.extract_lane(squaresA, 0) + f64x2.extract_lane(squaresA, 1), 16);
  store<f64>(result, f64x2.extract_lane(squaresB, 0) + f64x2.extract_lane(squaresB, 1), 24);
  store<f64>(result, f64x2.extract_lane(products, 0) + f64x2.extract_lane(products, 1), 32);
}
