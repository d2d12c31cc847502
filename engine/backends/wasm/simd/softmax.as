/** Softmax over rows of `columns` floats, for rows `first` to `end`. */
import { exponential4 } from './exponential';

// @ts-ignore: decorator
@inline
function sumOf(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** out = softmax(factor · x). A row with a NaN becomes NaN. */
export function softmax(x: usize, out: usize, columns: i32, factor: f32, first: i32, end: i32, _thread: i32): void {
  const bytes = <usize>(columns * 4), whole = bytes & ~15;
  for (let r = first; r < end; r++) {
    const from = x + <usize>r * bytes, to = out + <usize>r * bytes;
    let largest: f32 = -Infinity;
    for (let at: usize = 0; at < bytes; at += 4) largest = max<f32>(largest, load<f32>(from + at) * factor);
    const top = f32x4.splat(largest), scale = f32x4.splat(factor);
    let sums = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) {
      const e = exponential4(f32x4.sub(f32x4.mul(v128.load(from + at), scale), top));
      v128.store(to + at, e);
      sums = f32x4.add(sums, e);
    }
    let sum = sumOf(sums);
    for (let at = whole; at < bytes; at += 4) {
      const e = f32x4.extract_lane(exponential4(f32x4.sub(f32x4.mul(v128.load32_zero(from + at), scale), top)), 0);
      store<f32>(to + at, e);
      sum += e;
    }
    const share: f32 = 1 / sum;
    for (let at: usize = 0; at < whole; at += 16) v128.store(to + at, f32x4.mul(v128.load(to + at), f32x4.splat(share)));
    for (let at = whole; at < bytes; at += 4) store<f32>(to + at, load<f32>(to + at) * share);
  }
}

/** out = factor · y · (dy − Σ dy · y) */
export function softmaxGradient(dy: usize, y: usize, out: usize, columns: i32, factor: f32, first: i32, end: i32, _thread: i32): void {
  const bytes = <usize>(columns * 4), whole = bytes & ~15;
  for (let r = first; r < end; r++) {
    const skipped = <usize>r * bytes;
    const gradient = dy + skipped, value = y + skipped, to = out + skipped;
    let sums = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) sums = f32x4.add(sums, f32x4.mul(v128.load(gradient + at), v128.load(value + at)));
    let sum = sumOf(sums);
    for (let at = whole; at < bytes; at += 4) sum += load<f32>(gradient + at) * load<f32>(value + at);
    const mean = f32x4.splat(sum), scale = f32x4.splat(factor);
    for (let at: usize = 0; at < whole; at += 16)
      v128.store(to + at, f32x4.mul(f32x4.mul(v128.load(value + at), scale), f32x4.sub(v128.load(gradient + at), mean)));
    for (let at = whole; at < bytes; at += 4) store<f32>(to + at, load<f32>(value + at) * factor * (load<f32>(gradient + at) - sum));
  }
}
