/** Batch norm in passes over [rows, channels]; its sums are in ./channelSums.as. */

/** y = x · factor + offset per channel of x [rows, channels], then relu if asked; for rows `first` to `end`. */
export function scaleAndShift(x: usize, y: usize, factor: usize, offset: usize, channels: i32, relu: i32, first: i32, end: i32, _thread: i32): void {
  x += <usize>(first * channels * 4);
  y += <usize>(first * channels * 4);
  const whole = channels & ~3;
  for (let r = first; r < end; r++) {
    for (let c = 0; c < whole; c += 4) {
      const at = <usize>(c * 4);
      const value = f32x4.add(f32x4.mul(v128.load(x + at), v128.load(factor + at)), v128.load(offset + at));
      v128.store(y + at, relu ? f32x4.max(value, f32x4.splat(0)) : value);
    }
    for (let c = whole; c < channels; c++) {
      const at = <usize>(c * 4);
      const value = load<f32>(x + at) * load<f32>(factor + at) + load<f32>(offset + at);
      store<f32>(y + at, relu ? max<f32>(value, 0) : value);
    }
    x += <usize>(channels * 4);
    y += <usize>(channels * 4);
  }
}

/**
 * dx = a · v + b · (x − mean) + c per channel, where v is dy where `active` (if given) is above 0, else 0.
 * `factors` holds a, b, c and the mean, each for all channels; for rows `first` to `end`.
 */
export function normalizationGradient(x: usize, dy: usize, active: usize, dx: usize, factors: usize, channels: i32, first: i32, end: i32, _thread: i32): void {
  const whole = channels & ~3;
  const next = <usize>(channels * 4);
  const skipped = <usize>first * next;
  x += skipped;
  dy += skipped;
  dx += skipped;
  if (active) active += skipped;
  for (let r = first; r < end; r++) {
    for (let c = 0; c < whole; c += 4) {
      const at = <usize>(c * 4);
      const f = factors + at;
      let v = v128.load(dy + at);
      if (active) v = v128.and(v, f32x4.gt(v128.load(active + at), f32x4.splat(0)));
      const centred = f32x4.sub(v128.load(x + at), v128.load(f + 3 * next));
      const inner = f32x4.add(f32x4.mul(centred, v128.load(f + next)), v128.load(f + 2 * next));
      v128.store(dx + at, f32x4.add(f32x4.mul(v, v128.load(f)), inner));
    }
    for (let c = whole; c < channels; c++) {
      const at = <usize>(c * 4);
      const f = factors + at;
      let v = load<f32>(dy + at);
      if (active) v = load<f32>(active + at) > 0 ? v : 0;
      const centred = load<f32>(x + at) - load<f32>(f + 3 * next);
      store<f32>(dx + at, v * load<f32>(f) + (centred * load<f32>(f + next) + load<f32>(f + 2 * next)));
    }
    x += next;
    dy += next;
    dx += next;
    if (active) active += next;
  }
}
