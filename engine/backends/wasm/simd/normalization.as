/** Batch norm in passes over [rows, channels]. */

/** Rows of a block whose values stay in the cache while each group of four channels passes over them. */
const BLOCK_BYTES: i32 = 16384;

/**
 * Per channel of x [rows, channels]: sums[g, 0, c] = Σ v · u and sums[g, 1, c] = Σ v · u · x in double precision, over the rows of group g,
 * `groupRows` each, for groups `first` to `end`. Without `gradient`, v is x and
 * u is 1 (its sum and sum of squares); with it v is the gradient, and u is 1 where `active` (if given) is above 0, else 0.
 */
export function channelSums(
  x: usize, gradient: usize, active: usize, sums: usize, rows: i32, channels: i32, groupRows: i32, first: i32, end: i32, _thread: i32,
): void {
  const size = channels * 16;
  for (let g = first; g < end; g++) {
    const to = sums + <usize>(g * size);
    const start = g * groupRows;
    memory.fill(to, 0, <usize>size);
    addRows(x, gradient, active, to, start, min(rows, start + groupRows), channels);
  }
}

function addRows(x: usize, gradient: usize, active: usize, sums: usize, first: i32, end: i32, channels: i32): void {
  const row = <usize>(channels * 4);
  const second = <usize>(channels * 8);
  const block = max(1, BLOCK_BYTES / (channels * 4));
  for (let start = first; start < end; start += block) {
    const count = min(block, end - start);
    const begin = <usize>start * row;
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      const to = sums + <usize>(c * 8);
      let p0 = v128.load(to), p1 = v128.load(to, 16);
      let m0 = v128.load(to + second), m1 = v128.load(to + second, 16);
      let offset = begin + <usize>(c * 4);
      for (let r = 0; r < count; r++) {
        const value = v128.load(x + offset);
        let v = value;
        if (gradient) {
          v = v128.load(gradient + offset);
          if (active) v = v128.and(v, f32x4.gt(v128.load(active + offset), f32x4.splat(0)));
        }
        const v0 = f64x2.promote_low_f32x4(v), v1 = f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0));
        const x0 = f64x2.promote_low_f32x4(value), x1 = f64x2.promote_low_f32x4(v128.shuffle<i64>(value, value, 1, 0));
        p0 = f64x2.add(p0, v0);
        p1 = f64x2.add(p1, v1);
        m0 = f64x2.add(m0, f64x2.mul(v0, x0));
        m1 = f64x2.add(m1, f64x2.mul(v1, x1));
        offset += row;
      }
      v128.store(to, p0); v128.store(to, p1, 16);
      v128.store(to + second, m0); v128.store(to + second, m1, 16);
    }
    for (; c < channels; c++) {
      const to = sums + <usize>(c * 8);
      let plain = load<f64>(to), products = load<f64>(to + second);
      let offset = begin + <usize>(c * 4);
      for (let r = 0; r < count; r++) {
        const value = load<f32>(x + offset);
        let v = value;
        if (gradient) {
          v = load<f32>(gradient + offset);
          if (active) v = load<f32>(active + offset) > 0 ? v : 0;
        }
        plain += <f64>v;
        products += <f64>v * <f64>value;
        offset += row;
      }
      store<f64>(to, plain);
      store<f64>(to + second, products);
    }
  }
}

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
