/** Copies of rows, scaling by rows, and dropout. */

/** Copies `bytes` of each row to a row elsewhere, for rows `first` to `end`. */
export function copyRows(from: usize, to: usize, fromPitch: i32, toPitch: i32, bytes: i32, first: i32, end: i32, _thread: i32): void {
  for (let r = first; r < end; r++) memory.copy(to + <usize>r * <usize>toPitch, from + <usize>r * <usize>fromPitch, <usize>bytes);
}

/** Like `copyRows`, but fills a row of `pitch` bytes with zeros and copies to `begin` in it. */
export function padRows(from: usize, to: usize, bytes: i32, pitch: i32, begin: i32, first: i32, end: i32, _thread: i32): void {
  for (let r = first; r < end; r++) {
    const row = to + <usize>r * <usize>pitch;
    memory.fill(row, 0, <usize>pitch);
    memory.copy(row + <usize>begin, from + <usize>r * <usize>bytes, <usize>bytes);
  }
}

/**
 * Copies the vectors of `bytes` of a tensor in the order of out [a, b, c, d]. The steps say how many bytes of x lie between neighbours along each
 * axis of out. `first` and `end` count the rows [a, b, c].
 */
export function permute(
  x: usize, out: usize, b: i32, c: i32, d: i32, stepA: i32, stepB: i32, stepC: i32, stepD: i32, bytes: i32, first: i32, end: i32, _thread: i32,
): void {
  let to = out + <usize>first * <usize>(d * bytes);
  for (let r = first; r < end; r++) {
    const k = r % c, j = r / c % b, i = r / (b * c);
    let from = x + <usize>i * <usize>stepA + <usize>j * <usize>stepB + <usize>k * <usize>stepC;
    for (let l = 0; l < d; l++) {
      memory.copy(to, from, <usize>bytes);
      from += <usize>stepD;
      to += <usize>bytes;
    }
  }
}

/** Copies each row [channels] of x to `area` rows of out, for rows `first` to `end`. */
export function repeatRows(x: usize, out: usize, area: i32, channels: i32, first: i32, end: i32, _thread: i32): void {
  const bytes = <usize>(channels * 4);
  let to = out + <usize>(first * area) * bytes;
  for (let n = first; n < end; n++)
    for (let p = 0; p < area; p++) {
      memory.copy(to, x + <usize>n * bytes, bytes);
      to += bytes;
    }
}

/** out[n, p, c] = x[n, p, c] · factors[n, c], for images `first` to `end`. */
export function scaleImages(x: usize, factors: usize, out: usize, area: i32, channels: i32, first: i32, end: i32, _thread: i32): void {
  const bytes = <usize>(channels * 4), whole = bytes & ~15;
  let start = <usize>(first * area) * bytes;
  for (let n = first; n < end; n++) {
    const by = factors + <usize>n * bytes;
    for (let p = 0; p < area; p++) {
      for (let at: usize = 0; at < whole; at += 16)
        v128.store(out + start + at, f32x4.mul(v128.load(x + start + at), v128.load(by + at)));
      for (let at = whole; at < bytes; at += 4) store<f32>(out + start + at, load<f32>(x + start + at) * load<f32>(by + at));
      start += bytes;
    }
  }
}

/** out[n, i] = x[n, i] · factors[n] for rows [size] `first` to `end`. */
export function scaleRows(x: usize, factors: usize, out: usize, size: i32, first: i32, end: i32, _thread: i32): void {
  const bytes = <usize>(size * 4), whole = bytes & ~15;
  for (let n = first; n < end; n++) {
    const start = <usize>n * bytes;
    const factor = load<f32>(factors + (<usize>n << 2));
    for (let at: usize = 0; at < whole; at += 16) v128.store(out + start + at, f32x4.mul(v128.load(x + start + at), f32x4.splat(factor)));
    for (let at = whole; at < bytes; at += 4) store<f32>(out + start + at, load<f32>(x + start + at) * factor);
  }
}

/** The hash of operations/dropout.ts, four at a time. */
// @ts-ignore: decorator
@inline
function mix(value: v128): v128 {
  let x = i32x4.mul(v128.xor(value, i32x4.shr_u(value, 16)), i32x4.splat(0x85ebca6b));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 13)), i32x4.splat(0xc2b2ae35));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/** out = x · factor where the draw of the value is at least `least`, else 0. `first` and `end` count vectors of four values. The last one may be shorter. */
export function dropout(x: usize, out: usize, count: i32, seed: i32, least: i32, factor: f32, first: i32, end: i32, _thread: i32): void {
  const whole = min(end, count >> 2);
  const lanes = i32x4(0, 1, 2, 3), step = i32x4.splat(0x9e3779b1), start = i32x4.splat(seed), limit = i32x4.splat(least);
  for (let i = first; i < whole; i++) {
    const at = <usize>i << 4;
    const draws = i32x4.shr_u(mix(i32x4.add(i32x4.mul(i32x4.add(i32x4.splat(i * 4), lanes), step), start)), 8);
    v128.store(out + at, v128.and(f32x4.mul(v128.load(x + at), f32x4.splat(factor)), i32x4.ge_s(draws, limit)));
  }
  if (end <= whole) return;
  for (let i = whole * 4; i < count; i++) {
    const at = <usize>i << 2;
    const draw = i32x4.extract_lane(i32x4.shr_u(mix(i32x4.splat(i * 0x9e3779b1 + seed)), 8), 0);
    store<f32>(out + at, draw >= least ? load<f32>(x + at) * factor : 0);
  }
}
