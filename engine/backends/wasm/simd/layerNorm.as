/** Layer norm of x [rows, size], in double precision two at a time. */

// @ts-ignore: decorator
@inline
function pair(from: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(from));
}

// @ts-ignore: decorator
@inline
function storePair(to: usize, value: v128): void {
  v128.store64_lane(to, f32x4.demote_f64x2_zero(value), 0);
}

// @ts-ignore: decorator
@inline
function total(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** y = (x − mean)/deviation · scale + shift, where deviation is √(variance + ε); for rows `first` to `end`. */
export function layerNorm(
  x: usize, scale: usize, shift: usize, y: usize, mean: usize, deviation: usize, size: i32, epsilon: f64, first: i32, end: i32, _thread: i32,
): void {
  const row = <usize>(size * 4);
  const even = <usize>(size & ~1) * 4;
  for (let r = first; r < end; r++) {
    const from = x + <usize>r * row, to = y + <usize>r * row;
    let plain = f64x2.splat(0), products = f64x2.splat(0);
    for (let at: usize = 0; at < even; at += 8) {
      const value = pair(from + at);
      plain = f64x2.add(plain, value);
      products = f64x2.add(products, f64x2.mul(value, value));
    }
    let sum = total(plain), squares = total(products);
    if (even < row) {
      const value = <f64>load<f32>(from + even);
      sum += value;
      squares += value * value;
    }
    const average = sum / size;
    const spread = Math.sqrt(max(squares / size - average * average, 0) + epsilon);
    store<f32>(mean + <usize>(r * 4), <f32>average);
    store<f32>(deviation + <usize>(r * 4), <f32>spread);
    const inverse = f64x2.splat(1 / spread), centre = f64x2.splat(average);
    for (let at: usize = 0; at < even; at += 8) {
      const normalized = f64x2.mul(f64x2.sub(pair(from + at), centre), inverse);
      storePair(to + at, f64x2.add(f64x2.mul(normalized, pair(scale + at)), pair(shift + at)));
    }
    if (even < row) {
      const normalized = (<f64>load<f32>(from + even) - average) * (1 / spread);
      store<f32>(to + even, <f32>(normalized * load<f32>(scale + even) + load<f32>(shift + even)));
    }
  }
}

/**
 * With g = dy·γ and x̂ = (x − mean)/deviation, in each row: dx = (g − ⟨g⟩ − x̂·⟨g·x̂⟩)/deviation. sums[i, 0] = Σ dy and sums[i, 1] = Σ dy·x̂ in double
 * precision over the rows of group i, `groupRows` each, for groups `first` to `end`.
 */
export function layerNormGradient(
  dy: usize, x: usize, scale: usize, mean: usize, deviation: usize, dx: usize, sums: usize, rows: i32, size: i32, groupRows: i32,
  first: i32, end: i32, _thread: i32,
): void {
  const group = size * 16;
  for (let i = first; i < end; i++) {
    const to = sums + <usize>(i * group);
    memory.fill(to, 0, <usize>group);
    const until = min(rows, (i + 1) * groupRows);
    for (let r = i * groupRows; r < until; r++) {
      const skipped = <usize>(r * size) * 4;
      const inverse = 1 / <f64>load<f32>(deviation + <usize>(r * 4));
      gradientOfRow(dy + skipped, x + skipped, scale, dx + skipped, to, size, <f64>load<f32>(mean + <usize>(r * 4)), inverse);
    }
  }
}

function gradientOfRow(dy: usize, x: usize, scale: usize, dx: usize, sums: usize, size: i32, average: f64, inverse: f64): void {
  const even = <usize>(size & ~1) * 4;
  const odd = (size & 1) != 0;
  const second = sums + <usize>(size * 8);
  const centre = f64x2.splat(average), factor = f64x2.splat(inverse);
  let plain = f64x2.splat(0), products = f64x2.splat(0);
  for (let at: usize = 0; at < even; at += 8) {
    const gradient = pair(dy + at);
    const normalized = f64x2.mul(f64x2.sub(pair(x + at), centre), factor);
    v128.store(sums + 2 * at, f64x2.add(v128.load(sums + 2 * at), gradient));
    v128.store(second + 2 * at, f64x2.add(v128.load(second + 2 * at), f64x2.mul(gradient, normalized)));
    const scaled = f64x2.mul(gradient, pair(scale + at));
    plain = f64x2.add(plain, scaled);
    products = f64x2.add(products, f64x2.mul(scaled, normalized));
  }
  let sum = total(plain), product = total(products);
  const gradient = odd ? <f64>load<f32>(dy + even) : 0;
  const scaled = odd ? gradient * load<f32>(scale + even) : 0;
  const normalized = odd ? (<f64>load<f32>(x + even) - average) * inverse : 0;
  if (odd) {
    store<f64>(sums + 2 * even, load<f64>(sums + 2 * even) + gradient);
    store<f64>(second + 2 * even, load<f64>(second + 2 * even) + gradient * normalized);
    sum += scaled;
    product += scaled * normalized;
  }
  const mean = sum / size, slope = product / size;
  const means = f64x2.splat(mean), slopes = f64x2.splat(slope);
  for (let at: usize = 0; at < even; at += 8) {
    const here = f64x2.mul(f64x2.sub(pair(x + at), centre), factor);
    const inner = f64x2.sub(f64x2.sub(f64x2.mul(pair(dy + at), pair(scale + at)), means), f64x2.mul(here, slopes));
    storePair(dx + at, f64x2.mul(inner, factor));
  }
  if (odd) store<f32>(dx + even, <f32>((scaled - mean - normalized * slope) * inverse));
}
