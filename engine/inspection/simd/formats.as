// Vector kernels that convert weights of 16 bits to float32, and masks of any format to bytes.

import { narrow } from './lanes';

/**
 * Converts `count` weights, a multiple of 16, to float32. `isHalf` is 1 for float16 and 0 for bfloat16. The codes may be in the second half of
 * the memory at `into`.
 */
export function widen16(codes: usize, count: i32, isHalf: i32, into: usize): void {
  for (let left = count >> 4; left > 0; left--) {
    const first = v128.load(codes);
    const second = v128.load(codes, 16);
    codes += 32;
    const a = i32x4.extend_low_i16x8_u(first);
    const b = i32x4.extend_high_i16x8_u(first);
    const c = i32x4.extend_low_i16x8_u(second);
    const d = i32x4.extend_high_i16x8_u(second);
    if (isHalf) {
      v128.store(into, halves(a));
      v128.store(into, halves(b), 16);
      v128.store(into, halves(c), 32);
      v128.store(into, halves(d), 48);
    } else {
      v128.store(into, i32x4.shl(a, 16));
      v128.store(into, i32x4.shl(b, 16), 16);
      v128.store(into, i32x4.shl(c, 16), 32);
      v128.store(into, i32x4.shl(d, 16), 48);
    }
    into += 64;
  }
}

/** Four float16, from their codes. The product moves the exponent to the bias of float32, also for subnormal numbers. */
// @ts-ignore: decorator
@inline
function halves(codes: v128): v128 {
  const size = i32x4.shl(v128.and(codes, i32x4.splat(0x7fff)), 13);
  const endless = v128.and(i32x4.ge_s(size, i32x4.splat(0x0f800000)), i32x4.splat(0x7f800000));
  const sign = i32x4.shl(v128.and(codes, i32x4.splat(0x8000)), 16);
  return v128.or(v128.or(f32x4.mul(size, f32x4.splat(5192296858534827628530496329220096.0)), endless), sign); // 2¹¹²
}

// @ts-ignore: decorator
@inline
function truthOf(isZero: v128, isOne: v128): v128 {
  const other = v128.andnot(i8x16.splat(2), v128.or(isZero, isOne));
  return v128.or(other, v128.and(isOne, i8x16.splat(1)));
}

/**
 * Converts `count` values of 16 bits, a multiple of 16, to a byte each: 0, 1, or 2 for any other value. `one` has the bits of 1, and `size` the
 * bits that decide whether a value is 0: all but the sign of a float.
 */
export function truths16(values: usize, count: i32, one: i32, size: i32, into: usize): void {
  const ones = i16x8.splat(<i16>one);
  const sizes = i16x8.splat(<i16>size);
  const zero = i32x4.splat(0);
  for (let left = count >> 4; left > 0; left--) {
    const a = v128.load(values);
    const b = v128.load(values, 16);
    const isZero = i8x16.narrow_i16x8_s(i16x8.eq(v128.and(a, sizes), zero), i16x8.eq(v128.and(b, sizes), zero));
    v128.store(into, truthOf(isZero, i8x16.narrow_i16x8_s(i16x8.eq(a, ones), i16x8.eq(b, ones))));
    values += 32;
    into += 16;
  }
}

/** Converts values of 32 bits, like `truths16`. */
export function truths32(values: usize, count: i32, one: i32, size: i32, into: usize): void {
  const ones = i32x4.splat(one);
  const sizes = i32x4.splat(size);
  const zero = i32x4.splat(0);
  for (let left = count >> 4; left > 0; left--) {
    const a = v128.load(values);
    const b = v128.load(values, 16);
    const c = v128.load(values, 32);
    const d = v128.load(values, 48);
    const isZero = narrow(
      i32x4.eq(v128.and(a, sizes), zero),
      i32x4.eq(v128.and(b, sizes), zero),
      i32x4.eq(v128.and(c, sizes), zero),
      i32x4.eq(v128.and(d, sizes), zero),
    );
    v128.store(into, truthOf(isZero, narrow(i32x4.eq(a, ones), i32x4.eq(b, ones), i32x4.eq(c, ones), i32x4.eq(d, ones))));
    values += 64;
    into += 16;
  }
}

/** Converts values of 64 bits, like `truths16`. `one` and `size` have the high 32 bits; `low` has the low bits of 1. */
export function truths64(values: usize, count: i32, one: i32, size: i32, low: i32, into: usize): void {
  for (; count > 0; count--) {
    const lows = load<i32>(values);
    const highs = load<i32>(values, 4);
    const isZero = !(lows | (highs & size));
    store<u8>(into++, isZero ? 0 : lows == low && highs == one ? 1 : 2);
    values += 8;
  }
}
