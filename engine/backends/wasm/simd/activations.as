/** Activations. `kind` is 0 for relu6, 1 for swish, 2 for sigmoid, 3 for elu; `first` and `end` count vectors of four of `count` floats. */
import { exponential4 } from './exponential';

/** σ(x) = 1 / (1 + e⁻ˣ), from e^(−|x|), which does not overflow. */
// @ts-ignore: decorator
@inline
function logistic(x: v128): v128 {
  const one = f32x4.splat(1);
  const e = exponential4(f32x4.neg(f32x4.abs(x)));
  return f32x4.div(v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0))), f32x4.add(one, e));
}

// @ts-ignore: decorator
@inline
function valueOf(x: v128, kind: i32): v128 {
  if (kind == 0) return f32x4.min(f32x4.max(x, f32x4.splat(0)), f32x4.splat(6));
  if (kind == 3) {
    const below = f32x4.sub(exponential4(f32x4.min(x, f32x4.splat(0))), f32x4.splat(1));
    return v128.bitselect(x, below, f32x4.gt(x, f32x4.splat(0)));
  }
  const s = logistic(x);
  return kind == 1 ? f32x4.mul(x, s) : s;
}

// @ts-ignore: decorator
@inline
function slopeOf(x: v128, kind: i32): v128 {
  const one = f32x4.splat(1);
  if (kind == 0) return v128.and(one, v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.lt(x, f32x4.splat(6))));
  if (kind == 3) return exponential4(f32x4.min(x, f32x4.splat(0)));
  const s = logistic(x);
  const rest = f32x4.sub(one, s);
  return kind == 1 ? f32x4.mul(s, f32x4.add(one, f32x4.mul(x, rest))) : f32x4.mul(s, rest);
}

// @ts-ignore: decorator
@inline
function valuesOf(x: usize, out: usize, count: i32, kind: i32, first: i32, end: i32): void {
  const whole = min(end, count >> 2);
  for (let i = first; i < whole; i++) {
    const at = <usize>i << 4;
    v128.store(out + at, valueOf(v128.load(x + at), kind));
  }
  if (end <= whole) return;
  for (let i = whole * 4; i < count; i++) {
    const at = <usize>i << 2;
    store<f32>(out + at, f32x4.extract_lane(valueOf(v128.load32_zero(x + at), kind), 0));
  }
}

/** The kind is a constant in each loop, so that the loop has no branches. */
export function activate(x: usize, out: usize, count: i32, kind: i32, first: i32, end: i32, _thread: i32): void {
  if (kind == 0) valuesOf(x, out, count, 0, first, end);
  else if (kind == 1) valuesOf(x, out, count, 1, first, end);
  else if (kind == 2) valuesOf(x, out, count, 2, first, end);
  else valuesOf(x, out, count, 3, first, end);
}

// @ts-ignore: decorator
@inline
function slopesOf(dy: usize, x: usize, out: usize, count: i32, kind: i32, first: i32, end: i32): void {
  const whole = min(end, count >> 2);
  for (let i = first; i < whole; i++) {
    const at = <usize>i << 4;
    v128.store(out + at, f32x4.mul(v128.load(dy + at), slopeOf(v128.load(x + at), kind)));
  }
  if (end <= whole) return;
  for (let i = whole * 4; i < count; i++) {
    const at = <usize>i << 2;
    store<f32>(out + at, load<f32>(dy + at) * f32x4.extract_lane(slopeOf(v128.load32_zero(x + at), kind), 0));
  }
}

/** out = dy · slope at x */
export function activateGradient(dy: usize, x: usize, out: usize, count: i32, kind: i32, first: i32, end: i32, _thread: i32): void {
  if (kind == 0) slopesOf(dy, x, out, count, 0, first, end);
  else if (kind == 1) slopesOf(dy, x, out, count, 1, first, end);
  else if (kind == 2) slopesOf(dy, x, out, count, 2, first, end);
  else slopesOf(dy, x, out, count, 3, first, end);
}
