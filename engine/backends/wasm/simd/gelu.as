/**
 * The exact GELU and its derivative in double precision, with one pass for both, because they have the exponential and the distribution in
 * common. `first` and `end` count vectors of four of `count` floats.
 */
import { madd64 } from './madd';
import { wholeVectors } from './elementwise';
import { loadPart, storeFirst } from './tile';

/** 1/√2π */
const DENSITY: f64 = 0.3989422804014327;

/** −x²/2, but at least −700. NaN stays NaN. `max` would take eight instructions. */
// @ts-ignore: decorator
@inline
function exponent(x: v128): v128 {
  return f64x2.pmax(f64x2.mul(f64x2.mul(x, x), f64x2.splat(-0.5)), f64x2.splat(-700));
}

/** t = 1/(1 + 0.3 |x|/√2) */
// @ts-ignore: decorator
@inline
function fraction(x: v128): v128 {
  const one = f64x2.splat(1);
  return f64x2.div(one, f64x2.add(one, f64x2.mul(f64x2.abs(x), f64x2.splat(0.3 * 0.7071067811865476))));
}

/** Φ(x) from half of erfc, or 1 less that. */
// @ts-ignore: decorator
@inline
function distribution(x: v128, e: v128, t: v128, p: v128): v128 {
  const tail = f64x2.mul(f64x2.mul(f64x2.mul(e, t), p), f64x2.splat(0.5));
  return v128.bitselect(f64x2.sub(f64x2.splat(1), tail), tail, f64x2.gt(x, f64x2.splat(0)));
}

/** Φ(x) + x·φ(x), where e = e^(−x²/2). */
// @ts-ignore: decorator
@inline
function slopeOf(x: v128, e: v128, d: v128): v128 {
  return f64x2.add(d, f64x2.mul(f64x2.mul(x, e), f64x2.splat(DENSITY)));
}

/** Four floats of two pairs of doubles. */
// @ts-ignore: decorator
@inline
function join(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/**
 * out = x · Φ(x) and slope = Φ(x) + x·φ(x) of `count` floats, at most four. eʸ for y = −x²/2 is 2ⁿ · eʳ to 1e-11, with the series of eʳ for |r| ≤ ln 2 / 2. Φ(x) is from
 * erfc(z) = e^(−z²) · t · P(t) for z = |x|/√2 and t = 1/(1 + 0.3 z), where P is the Chebyshev fit of degree 10 to the scaled erfc, relative error 6e-10.
 */
// @ts-ignore: decorator
@inline
function both(value: v128, out: usize, slope: usize, count: i32): void {
  const x0 = f64x2.promote_low_f32x4(value), x1 = f64x2.promote_low_f32x4(v128.shuffle<i64>(value, value, 1, 0));
  const y0 = exponent(x0), y1 = exponent(x1);
  // Added, it leaves the nearest whole number in the low bits.
  const magic = f64x2.splat(6755399441055744), perHalf = f64x2.splat(1.4426950408889634);
  const shifted0 = madd64(y0, perHalf, magic), shifted1 = madd64(y1, perHalf, magic);
  const n0 = f64x2.sub(shifted0, magic), n1 = f64x2.sub(shifted1, magic);
  let c = f64x2.splat(0.6931471803691238);
  let r0 = f64x2.sub(y0, f64x2.mul(n0, c)), r1 = f64x2.sub(y1, f64x2.mul(n1, c));
  c = f64x2.splat(1.9082149292705877e-10);
  r0 = f64x2.sub(r0, f64x2.mul(n0, c));
  r1 = f64x2.sub(r1, f64x2.mul(n1, c));
  let e0 = f64x2.splat(2.755731922398589e-6), e1 = e0;
  c = f64x2.splat(2.48015873015873e-5);
  e0 = madd64(e0, r0, c);
  e1 = madd64(e1, r1, c);
  c = f64x2.splat(1.984126984126984e-4);
  e0 = madd64(e0, r0, c);
  e1 = madd64(e1, r1, c);
  c = f64x2.splat(1.388888888888889e-3);
  e0 = madd64(e0, r0, c);
  e1 = madd64(e1, r1, c);
  c = f64x2.splat(8.333333333333333e-3);
  e0 = madd64(e0, r0, c);
  e1 = madd64(e1, r1, c);
  c = f64x2.splat(4.1666666666666664e-2);
  e0 = madd64(e0, r0, c);
  e1 = madd64(e1, r1, c);
  c = f64x2.splat(0.16666666666666666);
  e0 = madd64(e0, r0, c);
  e1 = madd64(e1, r1, c);
  c = f64x2.splat(0.5);
  e0 = madd64(e0, r0, c);
  e1 = madd64(e1, r1, c);
  c = f64x2.splat(1);
  e0 = madd64(e0, r0, c);
  e1 = madd64(e1, r1, c);
  c = f64x2.splat(1);
  e0 = madd64(e0, r0, c);
  e1 = madd64(e1, r1, c);
  e0 = i64x2.add(e0, i64x2.shl(shifted0, 52));
  e1 = i64x2.add(e1, i64x2.shl(shifted1, 52));
  const t0 = fraction(x0), t1 = fraction(x1);
  let p0 = f64x2.splat(0.0556662873522), p1 = p0;
  c = f64x2.splat(-0.332433803867);
  p0 = madd64(p0, t0, c);
  p1 = madd64(p1, t1, c);
  c = f64x2.splat(0.743066722487);
  p0 = madd64(p0, t0, c);
  p1 = madd64(p1, t1, c);
  c = f64x2.splat(-0.8381454729);
  p0 = madd64(p0, t0, c);
  p1 = madd64(p1, t1, c);
  c = f64x2.splat(0.770949321554);
  p0 = madd64(p0, t0, c);
  p1 = madd64(p1, t1, c);
  c = f64x2.splat(-0.281695174727);
  p0 = madd64(p0, t0, c);
  p1 = madd64(p1, t1, c);
  c = f64x2.splat(0.266832675108);
  p0 = madd64(p0, t0, c);
  p1 = madd64(p1, t1, c);
  c = f64x2.splat(0.110158128104);
  p0 = madd64(p0, t0, c);
  p1 = madd64(p1, t1, c);
  c = f64x2.splat(0.167645318315);
  p0 = madd64(p0, t0, c);
  p1 = madd64(p1, t1, c);
  c = f64x2.splat(0.168673986225);
  p0 = madd64(p0, t0, c);
  p1 = madd64(p1, t1, c);
  c = f64x2.splat(0.169282012237);
  p0 = madd64(p0, t0, c);
  p1 = madd64(p1, t1, c);
  const d0 = distribution(x0, e0, t0, p0), d1 = distribution(x1, e1, t1, p1);
  storeFirst(out, join(f64x2.mul(x0, d0), f64x2.mul(x1, d1)), count);
  storeFirst(slope, join(slopeOf(x0, e0, d0), slopeOf(x1, e1, d1)), count);
}

/** out = x · Φ(x), and slope = Φ(x) + x·φ(x). */
export function gelu(x: usize, out: usize, slope: usize, count: i32, first: i32, end: i32, _thread: i32): void {
  const until = wholeVectors(end, count);
  for (let i = first; i < until; i++) {
    const at = <usize>i << 4;
    both(v128.load(x + at), out + at, slope + at, 4);
  }
  if (end <= until) return;
  const at = <usize>until << 4;
  both(loadPart(x + at, count & 3), out + at, slope + at, count & 3);
}
