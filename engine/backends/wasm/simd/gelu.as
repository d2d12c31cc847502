/** The exact GELU, in double precision two at a time; `first` and `end` count vectors of four of `count` floats. */

/** 1/√2π */
const DENSITY: f64 = 0.3989422804014327;

/** eʸ for y in [−700, 0] to 1e-11: 2ⁿ · eʳ, with the series of eʳ for |r| ≤ ln 2 / 2. */
// @ts-ignore: decorator
@inline
function exponential(y: v128): v128 {
  // Added, it leaves the nearest whole number in the low bits.
  const magic = f64x2.splat(6755399441055744);
  const shifted = f64x2.add(f64x2.mul(y, f64x2.splat(1.4426950408889634)), magic);
  const n = f64x2.sub(shifted, magic);
  const r = f64x2.sub(f64x2.sub(y, f64x2.mul(n, f64x2.splat(0.6931471803691238))), f64x2.mul(n, f64x2.splat(1.9082149292705877e-10)));
  let sum = f64x2.splat(2.755731922398589e-6);
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(2.48015873015873e-5));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.984126984126984e-4));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.388888888888889e-3));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(8.333333333333333e-3));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(4.1666666666666664e-2));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.16666666666666666));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.5));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1));
  return i64x2.add(sum, i64x2.shl(shifted, 52));
}

/** e^(−x²/2) */
// @ts-ignore: decorator
@inline
function bell(x: v128): v128 {
  return exponential(f64x2.max(f64x2.mul(f64x2.mul(x, x), f64x2.splat(-0.5)), f64x2.splat(-700)));
}

/**
 * Φ(x) from e^(−x²/2): half of erfc(z) = e^(−z²) · t · P(t) for z = |x|/√2 and t = 1/(1 + 0.3 z), or 1 less that. P is the Chebyshev fit of degree 10
 * to the scaled erfc, relative error 6e-10.
 */
// @ts-ignore: decorator
@inline
function distribution(x: v128, e: v128): v128 {
  const one = f64x2.splat(1);
  const t = f64x2.div(one, f64x2.add(one, f64x2.mul(f64x2.abs(x), f64x2.splat(0.3 * 0.7071067811865476))));
  let p = f64x2.splat(0.0556662873522);
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(-0.332433803867));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(0.743066722487));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(-0.8381454729));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(0.770949321554));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(-0.281695174727));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(0.266832675108));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(0.110158128104));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(0.167645318315));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(0.168673986225));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(0.169282012237));
  const tail = f64x2.mul(f64x2.mul(f64x2.mul(e, t), p), f64x2.splat(0.5));
  return v128.bitselect(f64x2.sub(one, tail), tail, f64x2.gt(x, f64x2.splat(0)));
}

// @ts-ignore: decorator
@inline
function geluOf(x: v128): v128 {
  return f64x2.mul(x, distribution(x, bell(x)));
}

/** Φ(x) + x·φ(x) */
// @ts-ignore: decorator
@inline
function slopeOf(x: v128): v128 {
  const e = bell(x);
  return f64x2.add(distribution(x, e), f64x2.mul(f64x2.mul(x, e), f64x2.splat(DENSITY)));
}

// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
}

/** Four floats of two pairs of doubles. */
// @ts-ignore: decorator
@inline
function join(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** out = x · Φ(x) */
export function gelu(x: usize, out: usize, count: i32, first: i32, end: i32, _thread: i32): void {
  const whole = min(end, count >> 2);
  for (let i = first; i < whole; i++) {
    const at = <usize>i << 4;
    const value = v128.load(x + at);
    v128.store(out + at, join(geluOf(f64x2.promote_low_f32x4(value)), geluOf(high(value))));
  }
  if (end <= whole) return;
  for (let i = whole * 4; i < count; i++) {
    const at = <usize>i << 2;
    const value = geluOf(f64x2.promote_low_f32x4(v128.load32_zero(x + at)));
    store<f32>(out + at, <f32>f64x2.extract_lane(value, 0));
  }
}

/** out = dy · (Φ(x) + x·φ(x)) */
export function geluGradient(dy: usize, x: usize, out: usize, count: i32, first: i32, end: i32, _thread: i32): void {
  const whole = min(end, count >> 2);
  for (let i = first; i < whole; i++) {
    const at = <usize>i << 4;
    const value = v128.load(x + at);
    const slope = join(slopeOf(f64x2.promote_low_f32x4(value)), slopeOf(high(value)));
    v128.store(out + at, f32x4.mul(v128.load(dy + at), slope));
  }
  if (end <= whole) return;
  for (let i = whole * 4; i < count; i++) {
    const at = <usize>i << 2;
    const slope = slopeOf(f64x2.promote_low_f32x4(v128.load32_zero(x + at)));
    store<f32>(out + at, load<f32>(dy + at) * <f32>f64x2.extract_lane(slope, 0));
  }
}
