/** The exponential of numbers that are not positive, four floats at a time. */

/** eʸ for y ≤ 0 with about one bit of error: 2ⁿ · eʳ, with the series of eʳ for |r| ≤ ln 2 / 2. It is 0 below −87, NaN for NaN. */
// @ts-ignore: decorator
@inline
export function exponential4(y: v128): v128 {
  const bounded = f32x4.max(y, f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.44269504)));
  const r = f32x4.sub(f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let sum = f32x4.splat(1.98412698e-4);
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.38888889e-3));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(8.33333333e-3));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(4.16666667e-2));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.166666667));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.5));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(sum, power), f32x4.lt(y, f32x4.splat(-87)));
}
