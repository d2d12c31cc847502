/** Sums over rows in double precision. Each channel is summed row by row, so the sums do not depend on how many channels are summed at once. */

/** Bytes of the rows of a block, which stay in the cache while eight channels after the other pass over them. */
const BLOCK_BYTES: i32 = 16384;
/** Up to this many channels, sums over two tensors were faster for four channels at a time than for eight (AMD EPYC, Zen 5). */
const SHORT: i32 = 32;

/** What is summed. */
// @ts-ignore: decorator
@inline
const SQUARES: i32 = 0;
// @ts-ignore: decorator
@inline
const PRODUCTS: i32 = 1;
// @ts-ignore: decorator
@inline
const ACTIVE: i32 = 2;
// @ts-ignore: decorator
@inline
const PLAIN: i32 = 3;

/**
 * Per channel: sums[g, 0, c] = Σ v and sums[g, 1, c] = Σ v · x in double precision, over the rows of group g, `groupRows` each, for groups `first` to `end`.
 * All tensors are [rows, channels]. Without `gradient`, v is x; with it v is the gradient, but 0 where `active` (if given) is not above 0. Without x, the
 * second sum is 0.
 */
export function channelSums(
  x: usize, gradient: usize, active: usize, sums: usize, rows: i32, channels: i32, groupRows: i32, first: i32, end: i32, _thread: i32,
): void {
  const size = channels * 16;
  const block = max(1, BLOCK_BYTES / (channels * 4));
  for (let g = first; g < end; g++) {
    const to = sums + <usize>(g * size);
    memory.fill(to, 0, <usize>size);
    const until = min(rows, (g + 1) * groupRows);
    for (let start = g * groupRows; start < until; start += block) {
      const count = min(block, until - start), skipped = <usize>start * <usize>(channels * 4);
      if (!x) addRows(PLAIN, 0, gradient + skipped, 0, to, count, channels);
      else if (!gradient) addRows(SQUARES, x + skipped, 0, 0, to, count, channels);
      else if (!active) addRows(PRODUCTS, x + skipped, gradient + skipped, 0, to, count, channels);
      else addRows(ACTIVE, x + skipped, gradient + skipped, active + skipped, to, count, channels);
    }
  }
}

/** Adds `count` rows. */
// @ts-ignore: decorator
@inline
function addRows(kind: i32, x: usize, gradient: usize, active: usize, sums: usize, count: i32, channels: i32): void {
  let c = 0;
  if (kind == PLAIN || kind == SQUARES || channels > SHORT)
    for (; c + 8 <= channels; c += 8) addEight(kind, x, gradient, active, sums, count, channels, <usize>(c * 4));
  for (; c + 4 <= channels; c += 4) addFour(kind, x, gradient, active, sums, count, channels, <usize>(c * 4));
  for (; c < channels; c++) addOne(kind, x, gradient, active, sums, count, channels, <usize>(c * 4));
}

/** Two floats as doubles. */
// @ts-ignore: decorator
@inline
function pair(from: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(from));
}

/** The first or the last two of four floats as doubles. */
// @ts-ignore: decorator
@inline
function low(value: v128): v128 {
  return f64x2.promote_low_f32x4(value);
}

// @ts-ignore: decorator
@inline
function high(value: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(value, value, 1, 0));
}

/** Four gradients, 0 where `active` is not above 0. */
// @ts-ignore: decorator
@inline
function passed(gradient: usize, active: usize): v128 {
  return v128.and(v128.load(gradient), f32x4.gt(v128.load(active), f32x4.splat(0)));
}

/** Eight channels from byte `at` of a row on. */
// @ts-ignore: decorator
@inline
function addEight(kind: i32, x: usize, gradient: usize, active: usize, sums: usize, count: i32, channels: i32, at: usize): void {
  const row = <usize>(channels * 4), to = sums + 2 * at, second = to + 2 * row;
  let p0 = v128.load(to), p1 = v128.load(to, 16), p2 = v128.load(to, 32), p3 = v128.load(to, 48);
  let m0 = v128.load(second), m1 = v128.load(second, 16), m2 = v128.load(second, 32), m3 = v128.load(second, 48);
  for (let r = 0; r < count; r++) {
    if (kind == PLAIN) {
      const from = gradient + at;
      p0 = f64x2.add(p0, pair(from));
      p1 = f64x2.add(p1, pair(from + 8));
      p2 = f64x2.add(p2, pair(from + 16));
      p3 = f64x2.add(p3, pair(from + 24));
    } else {
      const from = x + at;
      const x0 = pair(from), x1 = pair(from + 8), x2 = pair(from + 16), x3 = pair(from + 24);
      let v0 = x0, v1 = x1, v2 = x2, v3 = x3;
      if (kind == PRODUCTS) {
        const g = gradient + at;
        v0 = pair(g);
        v1 = pair(g + 8);
        v2 = pair(g + 16);
        v3 = pair(g + 24);
      }
      if (kind == ACTIVE) {
        const g0 = passed(gradient + at, active + at), g1 = passed(gradient + at + 16, active + at + 16);
        v0 = low(g0);
        v1 = high(g0);
        v2 = low(g1);
        v3 = high(g1);
      }
      p0 = f64x2.add(p0, v0);
      p1 = f64x2.add(p1, v1);
      p2 = f64x2.add(p2, v2);
      p3 = f64x2.add(p3, v3);
      m0 = f64x2.add(m0, f64x2.mul(v0, x0));
      m1 = f64x2.add(m1, f64x2.mul(v1, x1));
      m2 = f64x2.add(m2, f64x2.mul(v2, x2));
      m3 = f64x2.add(m3, f64x2.mul(v3, x3));
    }
    at += row;
  }
  v128.store(to, p0); v128.store(to, p1, 16); v128.store(to, p2, 32); v128.store(to, p3, 48);
  if (kind == PLAIN) return;
  v128.store(second, m0); v128.store(second, m1, 16); v128.store(second, m2, 32); v128.store(second, m3, 48);
}

/** Four channels, like `addEight`. */
// @ts-ignore: decorator
@inline
function addFour(kind: i32, x: usize, gradient: usize, active: usize, sums: usize, count: i32, channels: i32, at: usize): void {
  const row = <usize>(channels * 4), to = sums + 2 * at, second = to + 2 * row;
  let p0 = v128.load(to), p1 = v128.load(to, 16), m0 = v128.load(second), m1 = v128.load(second, 16);
  for (let r = 0; r < count; r++) {
    if (kind == PLAIN) {
      p0 = f64x2.add(p0, pair(gradient + at));
      p1 = f64x2.add(p1, pair(gradient + at + 8));
    } else {
      const x0 = pair(x + at), x1 = pair(x + at + 8);
      let v0 = x0, v1 = x1;
      if (kind == PRODUCTS) {
        v0 = pair(gradient + at);
        v1 = pair(gradient + at + 8);
      }
      if (kind == ACTIVE) {
        const g = passed(gradient + at, active + at);
        v0 = low(g);
        v1 = high(g);
      }
      p0 = f64x2.add(p0, v0);
      p1 = f64x2.add(p1, v1);
      m0 = f64x2.add(m0, f64x2.mul(v0, x0));
      m1 = f64x2.add(m1, f64x2.mul(v1, x1));
    }
    at += row;
  }
  v128.store(to, p0); v128.store(to, p1, 16);
  if (kind == PLAIN) return;
  v128.store(second, m0); v128.store(second, m1, 16);
}

/** The channel at byte `at` of a row. */
// @ts-ignore: decorator
@inline
function addOne(kind: i32, x: usize, gradient: usize, active: usize, sums: usize, count: i32, channels: i32, at: usize): void {
  const row = <usize>(channels * 4), to = sums + 2 * at, second = to + 2 * row;
  let plain = load<f64>(to), products = load<f64>(second);
  for (let r = 0; r < count; r++) {
    let v: f32 = load<f32>((kind == SQUARES ? x : gradient) + at);
    if (kind == ACTIVE) v = load<f32>(active + at) > 0 ? v : 0;
    plain += <f64>v;
    if (kind != PLAIN) products += <f64>v * <f64>load<f32>(x + at);
    at += row;
  }
  store<f64>(to, plain);
  store<f64>(second, products);
}
