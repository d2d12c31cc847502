// Operations on vectors that the kernels share.

// @ts-ignore: decorator
@inline
export function narrow(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

// @ts-ignore: decorator
@inline
export function widen(bytes: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes));
}

// @ts-ignore: decorator
@inline
export function total(lanes: v128): i32 {
  return (
    i32x4.extract_lane(lanes, 0) + i32x4.extract_lane(lanes, 1) + i32x4.extract_lane(lanes, 2) + i32x4.extract_lane(lanes, 3)
  );
}

export function orOf(lanes: v128): i32 {
  let x = i64x2.extract_lane(lanes, 0) | i64x2.extract_lane(lanes, 1);
  x |= x >> 32;
  x |= x >> 16;
  x |= x >> 8;
  return <i32>(x & 255);
}

/** All bits of the bytes of kept weights: those of a mask that are not 0, or without one, of the weights that are not 0. */
// @ts-ignore: decorator
@inline
export function keptOf(mask: usize, a: v128, b: v128, c: v128, d: v128): v128 {
  const zero = i32x4.splat(0);
  return mask
    ? i8x16.ne(v128.load(mask), zero)
    : narrow(f32x4.ne(a, zero), f32x4.ne(b, zero), f32x4.ne(c, zero), f32x4.ne(d, zero));
}

/** The lane of four, 0 … 3. */
// @ts-ignore: decorator
@inline
export function lane(x: v128, i: i32): u32 {
  return i < 2
    ? i == 0
      ? <u32>i32x4.extract_lane(x, 0)
      : <u32>i32x4.extract_lane(x, 1)
    : i == 2
      ? <u32>i32x4.extract_lane(x, 2)
      : <u32>i32x4.extract_lane(x, 3);
}

export function greatestByte(bytes: v128): i32 {
  let a = i8x16.max_u(bytes, i8x16.shuffle(bytes, bytes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  a = i8x16.max_u(a, i8x16.shuffle(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3));
  const x = <u32>i32x4.extract_lane(a, 0);
  return <i32>max(max(x & 255, (x >> 8) & 255), max((x >> 16) & 255, x >> 24));
}

export function greatestHalf(halves: v128): u32 {
  let x = i16x8.max_u(halves, i8x16.shuffle(halves, halves, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  x = i16x8.max_u(x, i8x16.shuffle(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return max(<u32>i16x8.extract_lane_u(x, 0), <u32>i16x8.extract_lane_u(x, 1));
}
