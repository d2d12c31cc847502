/**
 * The convolutions of training as 128-bit vector loops, in AssemblyScript. They work on memory that tfjs' WASM backend owns: every
 * argument is an address or a length in bytes, unless it counts something. Tensors are float32, channels last.
 * `npm run kernels` compiles this file into kernels.ts.
 */

/** Output channels that a tile computes at once: two vectors. */
const LANES: i32 = 8;

/**
 * out[n, r, q, o] = Σ over a, b, c of in[n, r, q, a, b, c] · filter[a, b, c, o], where in and out are walked by the given steps.
 * `filter` is packed as [o / 8][a][b][c][8], zeros behind the last channel. Four positions are computed at a time; the last of an
 * image repeat its final position where there are fewer.
 */
export function correlate(
  input: usize, inputImage: i32, inputRow: i32, inputColumn: i32, tapRow: i32, tapColumn: i32,
  filter: usize, tapRows: i32, tapColumns: i32, channels: i32,
  output: usize, outputImage: i32, outputRow: i32, outputColumn: i32, outputChannels: i32,
  images: i32, rows: i32, columns: i32, spare: usize,
): void {
  const positions = rows * columns;
  const last = positions - 1;
  const panel = <usize>(tapRows * tapColumns * channels * LANES * 4);
  const channelBytes = <usize>(channels * 4);
  if (positions == 0) return;
  for (let n = 0; n < images; n++) {
    const from = input + <usize>(n * inputImage);
    const to = output + <usize>(n * outputImage);
    let weights = filter;
    for (let o = 0; o < outputChannels; o += LANES) {
      const whole = o + LANES <= outputChannels;
      const rest = <usize>(whole ? LANES * 4 : (outputChannels - o) * 4);
      for (let p = 0; p < positions; p += 4) {
        const p1 = min(p + 1, last), p2 = min(p + 2, last), p3 = min(p + 3, last);
        const r0 = p / columns, r1 = p1 / columns, r2 = p2 / columns, r3 = p3 / columns;
        const q0 = p - r0 * columns, q1 = p1 - r1 * columns, q2 = p2 - r2 * columns, q3 = p3 - r3 * columns;
        const x0 = from + <usize>(r0 * inputRow + q0 * inputColumn);
        const d1 = from + <usize>(r1 * inputRow + q1 * inputColumn) - x0;
        const d2 = from + <usize>(r2 * inputRow + q2 * inputColumn) - x0;
        const d3 = from + <usize>(r3 * inputRow + q3 * inputColumn) - x0;
        let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s10 = f32x4.splat(0), s11 = f32x4.splat(0);
        let s20 = f32x4.splat(0), s21 = f32x4.splat(0), s30 = f32x4.splat(0), s31 = f32x4.splat(0);
        let w = weights;
        for (let a = 0; a < tapRows; a++) {
          for (let b = 0; b < tapColumns; b++) {
            let x = x0 + <usize>(a * tapRow + b * tapColumn);
            const end = x + channelBytes;
            while (x < end) {
              const w0 = v128.load(w), w1 = v128.load(w, 16);
              const v0 = v128.load32_splat(x);
              s00 = f32x4.add(s00, f32x4.mul(v0, w0));
              s01 = f32x4.add(s01, f32x4.mul(v0, w1));
              const v1 = v128.load32_splat(x + d1);
              s10 = f32x4.add(s10, f32x4.mul(v1, w0));
              s11 = f32x4.add(s11, f32x4.mul(v1, w1));
              const v2 = v128.load32_splat(x + d2);
              s20 = f32x4.add(s20, f32x4.mul(v2, w0));
              s21 = f32x4.add(s21, f32x4.mul(v2, w1));
              const v3 = v128.load32_splat(x + d3);
              s30 = f32x4.add(s30, f32x4.mul(v3, w0));
              s31 = f32x4.add(s31, f32x4.mul(v3, w1));
              x += 4;
              w += LANES * 4;
            }
          }
        }
        const y = to + <usize>(o * 4);
        storeTile(y + <usize>(r0 * outputRow + q0 * outputColumn), s00, s01, whole, rest, spare);
        storeTile(y + <usize>(r1 * outputRow + q1 * outputColumn), s10, s11, whole, rest, spare);
        storeTile(y + <usize>(r2 * outputRow + q2 * outputColumn), s20, s21, whole, rest, spare);
        storeTile(y + <usize>(r3 * outputRow + q3 * outputColumn), s30, s31, whole, rest, spare);
      }
      weights += panel;
    }
  }
}

/**
 * out[a, b, c, o] = Σ over n, r, q of x[n, r, q, a, b, c] · dy[n, r, q, o], image by image so that both stay in the cache.
 * `out` is zero before, and packed as [a][b][c][o rounded up to 8]; `dy` may be read up to 28 bytes past its end.
 */
export function correlateFilter(
  input: usize, inputImage: i32, inputRow: i32, inputColumn: i32, tapRow: i32, tapColumn: i32,
  gradient: usize, gradientImage: i32, gradientRow: i32, gradientColumn: i32, outputChannels: i32,
  output: usize, tapRows: i32, tapColumns: i32, channels: i32,
  images: i32, rows: i32, columns: i32,
): void {
  const pitch = <usize>(((outputChannels + LANES - 1) / LANES) * LANES * 4);
  for (let n = 0; n < images; n++) {
    const dy = gradient + <usize>(n * gradientImage);
    let to = output;
    for (let a = 0; a < tapRows; a++) {
      for (let b = 0; b < tapColumns; b++) {
        const x = input + <usize>(n * inputImage + a * tapRow + b * tapColumn);
        let c = 0;
        for (; c + 4 <= channels; c += 4) {
          for (let o = 0; o < outputChannels; o += LANES) {
            four(x + <usize>(c * 4), inputRow, inputColumn, dy + <usize>(o * 4), gradientRow, gradientColumn, to + <usize>(o * 4), pitch, rows, columns);
          }
          to += 4 * pitch;
        }
        for (; c < channels; c++) {
          for (let o = 0; o < outputChannels; o += LANES) {
            one(x + <usize>(c * 4), inputRow, inputColumn, dy + <usize>(o * 4), gradientRow, gradientColumn, to + <usize>(o * 4), rows, columns);
          }
          to += pitch;
        }
      }
    }
  }
}

/** Four input channels by eight output channels of one filter tap, over one image. */
function four(x: usize, inputRow: i32, inputColumn: i32, dy: usize, gradientRow: i32, gradientColumn: i32, to: usize, pitch: usize, rows: i32, columns: i32): void {
  let s00 = v128.load(to), s01 = v128.load(to, 16);
  let s10 = v128.load(to + pitch), s11 = v128.load(to + pitch, 16);
  let s20 = v128.load(to + 2 * pitch), s21 = v128.load(to + 2 * pitch, 16);
  let s30 = v128.load(to + 3 * pitch), s31 = v128.load(to + 3 * pitch, 16);
  for (let r = 0; r < rows; r++) {
    let from = x + <usize>(r * inputRow);
    let g = dy + <usize>(r * gradientRow);
    for (let q = 0; q < columns; q++) {
      const g0 = v128.load(g), g1 = v128.load(g, 16);
      const v0 = v128.load32_splat(from);
      s00 = f32x4.add(s00, f32x4.mul(v0, g0));
      s01 = f32x4.add(s01, f32x4.mul(v0, g1));
      const v1 = v128.load32_splat(from, 4);
      s10 = f32x4.add(s10, f32x4.mul(v1, g0));
      s11 = f32x4.add(s11, f32x4.mul(v1, g1));
      const v2 = v128.load32_splat(from, 8);
      s20 = f32x4.add(s20, f32x4.mul(v2, g0));
      s21 = f32x4.add(s21, f32x4.mul(v2, g1));
      const v3 = v128.load32_splat(from, 12);
      s30 = f32x4.add(s30, f32x4.mul(v3, g0));
      s31 = f32x4.add(s31, f32x4.mul(v3, g1));
      from += <usize>inputColumn;
      g += <usize>gradientColumn;
    }
  }
  v128.store(to, s00); v128.store(to, s01, 16);
  v128.store(to + pitch, s10); v128.store(to + pitch, s11, 16);
  v128.store(to + 2 * pitch, s20); v128.store(to + 2 * pitch, s21, 16);
  v128.store(to + 3 * pitch, s30); v128.store(to + 3 * pitch, s31, 16);
}

/** One input channel by eight output channels of one filter tap, over one image. */
function one(x: usize, inputRow: i32, inputColumn: i32, dy: usize, gradientRow: i32, gradientColumn: i32, to: usize, rows: i32, columns: i32): void {
  let s0 = v128.load(to), s1 = v128.load(to, 16);
  for (let r = 0; r < rows; r++) {
    let from = x + <usize>(r * inputRow);
    let g = dy + <usize>(r * gradientRow);
    for (let q = 0; q < columns; q++) {
      const v = v128.load32_splat(from);
      s0 = f32x4.add(s0, f32x4.mul(v, v128.load(g)));
      s1 = f32x4.add(s1, f32x4.mul(v, v128.load(g, 16)));
      from += <usize>inputColumn;
      g += <usize>gradientColumn;
    }
  }
  v128.store(to, s0); v128.store(to, s1, 16);
}

/** Writes a tile; where fewer than eight channels are left, by way of `spare` (32 bytes). */
// @ts-ignore: decorator
@inline
function storeTile(to: usize, low: v128, high: v128, whole: bool, rest: usize, spare: usize): void {
  if (whole) {
    v128.store(to, low); v128.store(to, high, 16);
  } else {
    v128.store(spare, low); v128.store(spare, high, 16);
    memory.copy(to, spare, rest);
  }
}

/** Copies images into the middle of larger ones of zeros. */
export function surround(
  input: usize, output: usize, images: i32, rows: i32, rowBytes: i32, before: i32, after: i32, left: i32, right: i32,
): void {
  const pitch = left + rowBytes + right;
  let from = input;
  let to = output;
  for (let n = 0; n < images; n++) {
    memory.fill(to, 0, <usize>(before * pitch));
    to += <usize>(before * pitch);
    for (let r = 0; r < rows; r++) {
      memory.fill(to, 0, <usize>left);
      memory.copy(to + <usize>left, from, <usize>rowBytes);
      memory.fill(to + <usize>(left + rowBytes), 0, <usize>right);
      from += <usize>rowBytes;
      to += <usize>pitch;
    }
    memory.fill(to, 0, <usize>(after * pitch));
    to += <usize>(after * pitch);
  }
}

/** Rows of a block whose values stay in the cache while each group of four channels passes over them. */
const BLOCK_BYTES: i32 = 16384;

/**
 * Per channel of x [rows, channels]: sums[c] += Σ v · u and sums[channels + c] += Σ v · u · x in double precision. Without `gradient`, v is x and
 * u is 1 (its sum and sum of squares); with it v is the gradient, and u is 1 where `active` (if given) is above 0, else 0.
 */
export function channelSums(x: usize, gradient: usize, active: usize, sums: usize, rows: i32, channels: i32): void {
  const row = <usize>(channels * 4);
  const second = <usize>(channels * 8);
  const block = max(1, BLOCK_BYTES / (channels * 4));
  for (let start = 0; start < rows; start += block) {
    const count = min(block, rows - start);
    const begin = <usize>(start * channels * 4);
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

/** y = x · factor + offset per channel of x [rows, channels], then relu if asked. */
export function scaleAndShift(x: usize, y: usize, factor: usize, offset: usize, rows: i32, channels: i32, relu: bool): void {
  const whole = channels & ~3;
  for (let r = 0; r < rows; r++) {
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
 * `factors` holds a, b, c and the mean, each for all channels.
 */
export function normalizationGradient(x: usize, dy: usize, active: usize, dx: usize, factors: usize, rows: i32, channels: i32): void {
  const whole = channels & ~3;
  const next = <usize>(channels * 4);
  for (let r = 0; r < rows; r++) {
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

/** out = relu(x + addend), without an addend if its address is 0. */
export function addRelu(x: usize, addend: usize, out: usize, count: i32): void {
  const end = out + <usize>((count & ~3) * 4);
  const step = <usize>(addend ? 16 : 0);
  while (out < end) {
    let value = v128.load(x);
    if (addend) value = f32x4.add(value, v128.load(addend));
    v128.store(out, f32x4.max(value, f32x4.splat(0)));
    x += 16;
    addend += step;
    out += 16;
  }
  for (let i = 0; i < (count & 3); i++) {
    const at = <usize>(i * 4);
    let value = load<f32>(x + at);
    if (addend) value += load<f32>(addend + at);
    store<f32>(out + at, max<f32>(value, 0));
  }
}

/** out = dy where y is above 0, else 0. */
export function reluGradient(dy: usize, y: usize, out: usize, count: i32): void {
  const end = out + <usize>((count & ~3) * 4);
  while (out < end) {
    v128.store(out, v128.and(v128.load(dy), f32x4.gt(v128.load(y), f32x4.splat(0))));
    dy += 16;
    y += 16;
    out += 16;
  }
  for (let i = 0; i < (count & 3); i++) {
    const at = <usize>(i * 4);
    store<f32>(out + at, load<f32>(y + at) > 0 ? load<f32>(dy + at) : 0);
  }
}
