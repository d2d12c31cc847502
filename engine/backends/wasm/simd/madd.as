/** The sum of products that convolutions consist of. */

/**
 * x · y + z. With relaxed vector instructions, the processor decides whether the product is rounded before it is added: processors with fused
 * multiply-add do not round it. Without them, it is always rounded.
 */
// @ts-ignore: decorator
@inline
export function madd(x: v128, y: v128, z: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, z);
  return f32x4.add(z, f32x4.mul(x, y));
}

/** Whether `madd` rounds only once on this processor. (1 + 2⁻¹²)² = 1 + 2⁻¹¹ + 2⁻²⁴, and the last term is lost when the product is rounded. */
export function fuses(): bool {
  const x = f32x4.splat(1.000244140625);
  return f32x4.extract_lane(madd(x, x, f32x4.splat(-1.00048828125)), 0) != 0;
}

/** The same for doubles. */
// @ts-ignore: decorator
@inline
export function madd64(x: v128, y: v128, z: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(x, y, z);
  return f64x2.add(z, f64x2.mul(x, y));
}
