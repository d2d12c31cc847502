// Counts of exponents, which the kernels of magnitudes share.

const TOGETHER: i32 = 8; // exponents that are counted in one pass, each as a bit of a byte
const BLOCK: usize = 256; // bytes that are added before the next ones
const PASSES: i32 = 3; // passes of a tile; the rare exponents that are left are counted one by one

/** The bits of the exponents, from the greatest on. They are loaded, because a constant would be made anew for each vector. */
const BITS = memory.data<u8>([1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0], 16);

// @ts-ignore: decorator
@inline
function increment(bin: usize, by: i32): void {
  store<i32>(bin, load<i32>(bin) + by);
}

/** The bit of each byte of a vector, if it is among eight consecutive ones, of which `e` is the greatest. */
// @ts-ignore: decorator
@inline
function bitsOf(at: usize, e: v128, bits: v128): v128 {
  return i8x16.swizzle(bits, i8x16.sub(e, v128.load(at)));
}

/** The number of bytes that have a bit. */
// @ts-ignore: decorator
@inline
function count(plane: v128, bit: v128): i32 {
  return popcnt(i8x16.bitmask(i8x16.eq(v128.and(plane, bit), bit)));
}

/**
 * Counts eight exponents, from `top` down, in blocks of 16 vectors. The bits of the vectors are added as in a full adder: plane i has the bits of value
 * 2^i of the sums of each byte and each of its bits. Returns the sum of the counts.
 */
function pass(exponents: usize, end: usize, top: i32, bins: usize): i32 {
  const bits = v128.load(BITS);
  const e = i8x16.splat(<i8>top);
  const zero = i32x4.splat(0);
  let p0 = zero, p1 = zero, p2 = zero, p3 = zero, p4 = zero, p5 = zero, p6 = zero, p7 = zero;
  for (let at = exponents; at < end; at += BLOCK) {
    const a0 = bitsOf(at + 0, e, bits);
    const b0 = bitsOf(at + 16, e, bits);
    const x0 = v128.xor(p0, a0);
    const c0 = v128.or(v128.and(p0, a0), v128.and(x0, b0));
    p0 = v128.xor(x0, b0);
    const a1 = bitsOf(at + 32, e, bits);
    const b1 = bitsOf(at + 48, e, bits);
    const x1 = v128.xor(p0, a1);
    const c1 = v128.or(v128.and(p0, a1), v128.and(x1, b1));
    p0 = v128.xor(x1, b1);
    const x2 = v128.xor(p1, c0);
    const c2 = v128.or(v128.and(p1, c0), v128.and(x2, c1));
    p1 = v128.xor(x2, c1);
    const a2 = bitsOf(at + 64, e, bits);
    const b2 = bitsOf(at + 80, e, bits);
    const x3 = v128.xor(p0, a2);
    const c3 = v128.or(v128.and(p0, a2), v128.and(x3, b2));
    p0 = v128.xor(x3, b2);
    const a3 = bitsOf(at + 96, e, bits);
    const b3 = bitsOf(at + 112, e, bits);
    const x4 = v128.xor(p0, a3);
    const c4 = v128.or(v128.and(p0, a3), v128.and(x4, b3));
    p0 = v128.xor(x4, b3);
    const x5 = v128.xor(p1, c3);
    const c5 = v128.or(v128.and(p1, c3), v128.and(x5, c4));
    p1 = v128.xor(x5, c4);
    const x6 = v128.xor(p2, c2);
    const c6 = v128.or(v128.and(p2, c2), v128.and(x6, c5));
    p2 = v128.xor(x6, c5);
    const a4 = bitsOf(at + 128, e, bits);
    const b4 = bitsOf(at + 144, e, bits);
    const x7 = v128.xor(p0, a4);
    const c7 = v128.or(v128.and(p0, a4), v128.and(x7, b4));
    p0 = v128.xor(x7, b4);
    const a5 = bitsOf(at + 160, e, bits);
    const b5 = bitsOf(at + 176, e, bits);
    const x8 = v128.xor(p0, a5);
    const c8 = v128.or(v128.and(p0, a5), v128.and(x8, b5));
    p0 = v128.xor(x8, b5);
    const x9 = v128.xor(p1, c7);
    const c9 = v128.or(v128.and(p1, c7), v128.and(x9, c8));
    p1 = v128.xor(x9, c8);
    const a6 = bitsOf(at + 192, e, bits);
    const b6 = bitsOf(at + 208, e, bits);
    const x10 = v128.xor(p0, a6);
    const c10 = v128.or(v128.and(p0, a6), v128.and(x10, b6));
    p0 = v128.xor(x10, b6);
    const a7 = bitsOf(at + 224, e, bits);
    const b7 = bitsOf(at + 240, e, bits);
    const x11 = v128.xor(p0, a7);
    const c11 = v128.or(v128.and(p0, a7), v128.and(x11, b7));
    p0 = v128.xor(x11, b7);
    const x12 = v128.xor(p1, c10);
    const c12 = v128.or(v128.and(p1, c10), v128.and(x12, c11));
    p1 = v128.xor(x12, c11);
    const x13 = v128.xor(p2, c9);
    const c13 = v128.or(v128.and(p2, c9), v128.and(x13, c12));
    p2 = v128.xor(x13, c12);
    const x14 = v128.xor(p3, c6);
    const c14 = v128.or(v128.and(p3, c6), v128.and(x14, c13));
    p3 = v128.xor(x14, c13);
    const c15 = v128.and(p4, c14);
    p4 = v128.xor(p4, c14);
    const c16 = v128.and(p5, c15);
    p5 = v128.xor(p5, c15);
    const c17 = v128.and(p6, c16);
    p6 = v128.xor(p6, c16);
    p7 = v128.xor(p7, c17);
  }
  let sum = 0;
  const last = max(top - TOGETHER, 0);
  let bit = i8x16.splat(1);
  for (let exponent = top; exponent > last; exponent--) {
    const ones = count(p0, bit) + (count(p1, bit) << 1) + (count(p2, bit) << 2) + (count(p3, bit) << 3);
    const others = count(p4, bit) + (count(p5, bit) << 1) + (count(p6, bit) << 2) + (count(p7, bit) << 3);
    const all = ones + (others << 4);
    sum += all;
    increment(bins + 4 * exponent, all);
    bit = i8x16.add(bit, bit);
  }
  return sum;
}

/**
 * Counts exponents in `rounds` vectors of bytes, at most 255. Each byte is an exponent, or 255 for none. No exponent is less than `lowest` or greater than
 * `highest`, and `most` is at least their number. Adds to `bins`, an int32 for each exponent; exponents of 0 may or may not be counted. Writes up to
 * 240 bytes after the vectors.
 */
export function addExponents(exponents: usize, rounds: i32, lowest: i32, highest: i32, most: i32, bins: usize): void {
  const none = i8x16.splat(-1);
  const end = exponents + ((16 * rounds + BLOCK - 1) & ~(BLOCK - 1));
  for (let at = exponents + 16 * rounds; at < end; at += 16) v128.store(at, none);
  let top = highest;
  let left = most;
  for (let i = 0; i < PASSES && top >= lowest && left > rounds >> 3; i++) {
    left -= pass(exponents, end, top, bins);
    top -= TOGETHER;
  }
  if (top < lowest) return;
  const others = i8x16.splat(<i8>top);
  for (let at = exponents; at < end && left > 0; at += 128) {
    const a = i8x16.min_u(i8x16.min_u(v128.load(at), v128.load(at, 16)), i8x16.min_u(v128.load(at, 32), v128.load(at, 48)));
    const b = i8x16.min_u(i8x16.min_u(v128.load(at, 64), v128.load(at, 80)), i8x16.min_u(v128.load(at, 96), v128.load(at, 112)));
    if (!v128.any_true(i8x16.le_u(i8x16.min_u(a, b), others))) continue;
    for (let i = 0; i < 128; i += 16) {
      const vector = at + i;
      let lanes = i8x16.bitmask(i8x16.le_u(v128.load(vector), others));
      for (; lanes; lanes &= lanes - 1) {
        increment(bins + 4 * <usize>load<u8>(vector + ctz(lanes)), 1);
        left--;
      }
    }
  }
}
