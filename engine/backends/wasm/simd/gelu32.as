/**
 * The exact GELU and its derivative in single precision, with one pass for both. `first` and `end` count vectors of four of `count` floats. It takes
 * a third of the time of ./gelu.as, which older runs still use.
 */
import { wholeVectors } from './elementwise';
import { madd } from './madd';
import { loadPart, storeFirst } from './tile';

/** Φ is 0 or 1 from this number on, where e^(−x²/2) is less than the smallest normal float. Its square is exact. */
const FARTHEST: f32 = 13.265625;
/** Added to a small whole number n, it leaves n + 127 in the low bits: the exponent of 2ⁿ. */
const MAGIC: f32 = 12583039;

/** Bytes from one number in the table to the next. Loading a number takes one instruction, and a constant takes three in each turn of a loop. */
const STEP: i32 = 4;
/** Places of polynomials in the table. */
const EXPONENTIAL: i32 = 9 * STEP, TAIL: i32 = 15 * STEP, CENTER: i32 = 23 * STEP;

/** Writes the numbers that `both` needs. The coefficients of a polynomial begin with that of the highest power. */
function writeTable(table: usize): void {
  store<f32>(table, 1);
  store<f32>(table, 0.5, 1 * STEP);
  store<f32>(table, FARTHEST, 2 * STEP);
  store<f32>(table, MAGIC, 3 * STEP);
  store<f32>(table, -0.72134752, 4 * STEP); // −1/(2 ln 2)
  store<f32>(table, -0.693359375, 5 * STEP); // the upper bits of −ln 2
  store<f32>(table, 2.12194440e-4, 6 * STEP); // the rest of it
  store<f32>(table, -0.5, 7 * STEP);
  store<f32>(table, 0.3989422804014327, 8 * STEP); // 1/√2π
  store<f32>(table, 0.00138217828, EXPONENTIAL);
  store<f32>(table, 0.00836868398, EXPONENTIAL + 1 * STEP);
  store<f32>(table, 0.0416682586, EXPONENTIAL + 2 * STEP);
  store<f32>(table, 0.166665211, EXPONENTIAL + 3 * STEP);
  store<f32>(table, 0.49999994, EXPONENTIAL + 4 * STEP);
  store<i32>(table, 0xfffff000, EXPONENTIAL + 5 * STEP);
  store<f32>(table, -0.12674056, TAIL);
  store<f32>(table, 0.371206284, TAIL + 1 * STEP);
  store<f32>(table, -0.337692142, TAIL + 2 * STEP);
  store<f32>(table, 0.0035525416, TAIL + 3 * STEP);
  store<f32>(table, 0.0394518152, TAIL + 4 * STEP);
  store<f32>(table, 0.150363103, TAIL + 5 * STEP);
  store<f32>(table, 0.199466154, TAIL + 6 * STEP);
  store<f32>(table, 0.199469596, TAIL + 7 * STEP);
  store<f32>(table, 9.12917894e-5, CENTER);
  store<f32>(table, -0.00116258953, CENTER + 1 * STEP);
  store<f32>(table, 0.00996197667, CENTER + 2 * STEP);
  store<f32>(table, -0.0664880723, CENTER + 3 * STEP);
  store<f32>(table, 0.398942143, CENTER + 4 * STEP);
}

/**
 * e^(−a²/2), 0 at `FARTHEST`. The upper twelve bits of a have an exact square, so that the exponent is exact although it can be large. It is n ln 2 + r with
 * |r| ≤ ln 2 / 2, and 2ⁿ · eʳ has about one bit of error: a minimax polynomial with the relative error 3.2e-9.
 */
// @ts-ignore: decorator
@inline
function bell(a: v128, one: v128, table: usize): v128 {
  const upper = v128.and(a, v128.load32_splat(table, EXPONENTIAL + 5 * STEP));
  const square = f32x4.mul(upper, upper), rest = f32x4.mul(f32x4.sub(a, upper), f32x4.add(a, upper));
  const minusHalf = v128.load32_splat(table, 7 * STEP), magic = v128.load32_splat(table, 3 * STEP);
  const shifted = madd(square, v128.load32_splat(table, 4 * STEP), magic);
  const n = f32x4.sub(shifted, magic);
  let r = madd(n, v128.load32_splat(table, 5 * STEP), f32x4.mul(square, minusHalf));
  r = madd(rest, minusHalf, madd(n, v128.load32_splat(table, 6 * STEP), r));
  let p = madd(v128.load32_splat(table, EXPONENTIAL), r, v128.load32_splat(table, EXPONENTIAL + 1 * STEP));
  p = madd(p, r, v128.load32_splat(table, EXPONENTIAL + 2 * STEP));
  p = madd(p, r, v128.load32_splat(table, EXPONENTIAL + 3 * STEP));
  p = madd(p, r, v128.load32_splat(table, EXPONENTIAL + 4 * STEP));
  p = madd(madd(p, r, one), r, one);
  return f32x4.mul(p, i32x4.shl(shifted, 23));
}

/** 1 − Φ(a) for a ≥ 1 from e = e^(−a²/2): e · t · P(t) for t = 1/(1 + a/2), where P is a minimax polynomial with the relative error 4.6e-8. */
// @ts-ignore: decorator
@inline
function tail(a: v128, e: v128, one: v128, table: usize): v128 {
  const t = f32x4.div(one, madd(a, v128.load32_splat(table, 1 * STEP), one));
  let p = madd(v128.load32_splat(table, TAIL), t, v128.load32_splat(table, TAIL + 1 * STEP));
  p = madd(p, t, v128.load32_splat(table, TAIL + 2 * STEP));
  p = madd(p, t, v128.load32_splat(table, TAIL + 3 * STEP));
  p = madd(p, t, v128.load32_splat(table, TAIL + 4 * STEP));
  p = madd(p, t, v128.load32_splat(table, TAIL + 5 * STEP));
  p = madd(p, t, v128.load32_splat(table, TAIL + 6 * STEP));
  p = madd(p, t, v128.load32_splat(table, TAIL + 7 * STEP));
  return f32x4.mul(f32x4.mul(e, t), p);
}

/** Φ(x) for |x| ≤ 1: 1/2 + x · Q(x²), where Q is a minimax polynomial with which Φ has the relative error 3.2e-8. */
// @ts-ignore: decorator
@inline
function central(x: v128, table: usize): v128 {
  const u = f32x4.mul(x, x);
  let q = madd(v128.load32_splat(table, CENTER), u, v128.load32_splat(table, CENTER + 1 * STEP));
  q = madd(q, u, v128.load32_splat(table, CENTER + 2 * STEP));
  q = madd(q, u, v128.load32_splat(table, CENTER + 3 * STEP));
  q = madd(q, u, v128.load32_splat(table, CENTER + 4 * STEP));
  return madd(x, q, v128.load32_splat(table, 1 * STEP));
}

/** out = x · Φ(x) and slope = Φ(x) + x·φ(x) of `count` floats, at most four. */
// @ts-ignore: decorator
@inline
function both(x: v128, out: usize, slope: usize, count: i32, table: usize): void {
  const one = v128.load32_splat(table);
  const a = f32x4.pmin(f32x4.abs(x), v128.load32_splat(table, 2 * STEP)); // NaN stays NaN
  const e = bell(a, one, table), far = tail(a, e, one, table);
  const outside = v128.bitselect(f32x4.sub(one, far), far, f32x4.gt(x, f32x4.splat(0)));
  const d = v128.bitselect(outside, central(x, table), f32x4.gt(a, one));
  storeFirst(out, f32x4.mul(x, d), count);
  storeFirst(slope, madd(f32x4.mul(x, e), v128.load32_splat(table, 8 * STEP), d), count);
}

/** out = x · Φ(x), and slope = Φ(x) + x·φ(x). The scratch of a thread holds 128 bytes. */
export function gelu32(x: usize, out: usize, slope: usize, count: i32, scratch: usize, first: i32, end: i32, thread: i32): void {
  const table = scratch + (<usize>thread << 7);
  writeTable(table);
  const until = wholeVectors(end, count);
  for (let i = first; i < until; i++) {
    const at = <usize>i << 4;
    both(v128.load(x + at), out + at, slope + at, 4, table);
  }
  if (end <= until) return;
  const at = <usize>until << 4;
  both(loadPart(x + at, count & 3), out + at, slope + at, count & 3, table);
}
