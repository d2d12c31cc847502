/** Passes over vectors of four floats; `first` and `end` count vectors of `count` floats, the last of which may have fewer. */

// @ts-ignore: decorator
@inline
export function wholeVectors(end: i32, count: i32): i32 {
  return min(end, count >> 2);
}

/** out = relu(x + addend), without an addend if its address is 0. */
export function addRelu(x: usize, addend: usize, out: usize, count: i32, first: i32, end: i32, _thread: i32): void {
  const until = wholeVectors(end, count);
  for (let i = first; i < until; i++) {
    const at = <usize>i << 4;
    let value = v128.load(x + at);
    if (addend) value = f32x4.add(value, v128.load(addend + at));
    v128.store(out + at, f32x4.max(value, f32x4.splat(0)));
  }
  if (end <= until) return;
  for (let i = until * 4; i < count; i++) {
    const at = <usize>i << 2;
    let value = load<f32>(x + at);
    if (addend) value += load<f32>(addend + at);
    store<f32>(out + at, max<f32>(value, 0));
  }
}

/** out = dy where y is above 0, else 0. */
export function reluGradient(dy: usize, y: usize, out: usize, count: i32, first: i32, end: i32, _thread: i32): void {
  const until = wholeVectors(end, count);
  for (let i = first; i < until; i++) {
    const at = <usize>i << 4;
    v128.store(out + at, v128.and(v128.load(dy + at), f32x4.gt(v128.load(y + at), f32x4.splat(0))));
  }
  if (end <= until) return;
  for (let i = until * 4; i < count; i++) {
    const at = <usize>i << 2;
    store<f32>(out + at, load<f32>(y + at) > 0 ? load<f32>(dy + at) : 0);
  }
}

/** out = x + bias along the last axis of x [rows, channels], for rows `first` to `end`. */
export function addBias(x: usize, bias: usize, out: usize, channels: i32, first: i32, end: i32, _thread: i32): void {
  const row = <usize>(channels * 4);
  const whole = <usize>(channels & ~3) * 4;
  for (let r = first; r < end; r++) {
    const start = <usize>r * row;
    for (let at: usize = 0; at < whole; at += 16)
      v128.store(out + start + at, f32x4.add(v128.load(x + start + at), v128.load(bias + at)));
    for (let at = whole; at < row; at += 4)
      store<f32>(out + start + at, load<f32>(x + start + at) + load<f32>(bias + at));
  }
}

/** out[n, c, r] = x[n, r, c], for images `first` to `end`. */
export function swapAxes(x: usize, out: usize, rows: i32, columns: i32, first: i32, end: i32, _thread: i32): void {
  const image = <usize>(rows * columns * 4);
  const pitch = <usize>(columns * 4);
  for (let n = first; n < end; n++) {
    const from = x + <usize>n * image;
    let to = out + <usize>n * image;
    for (let c = 0; c < columns; c++) {
      let at = from + <usize>(c * 4);
      for (let r = 0; r < rows; r++) {
        store<f32>(to, load<f32>(at));
        to += 4;
        at += pitch;
      }
    }
  }
}

/** out = x · y */
export function product(x: usize, y: usize, out: usize, count: i32, first: i32, end: i32, _thread: i32): void {
  const until = wholeVectors(end, count);
  for (let i = first; i < until; i++) {
    const at = <usize>i << 4;
    v128.store(out + at, f32x4.mul(v128.load(x + at), v128.load(y + at)));
  }
  if (end <= until) return;
  for (let i = until * 4; i < count; i++) {
    const at = <usize>i << 2;
    store<f32>(out + at, load<f32>(x + at) * load<f32>(y + at));
  }
}
