/** Depthwise convolution: each channel has its own filter. Four channels at a time. */
import { madd } from './madd';

/**
 * to[n, toRow + toStep · r, toColumn + toStep · q, c] = Σ over a, b of from[n, startRow + step · r + a, startColumn + step · q + b, c] · w[a, b, c] for
 * images `first` to `end`, r < rows and q < columns. Pixels outside of an image are 0. w[a, b, c] is a · weightRow + b · weightColumn + 4 · c
 * bytes behind `weights`; the steps may be negative.
 */
export function depthwise(
  from: usize, height: i32, width: i32, channels: i32, startRow: i32, startColumn: i32, step: i32,
  weights: usize, weightRow: i32, weightColumn: i32, tapRows: i32, tapColumns: i32,
  to: usize, toHeight: i32, toWidth: i32, toRow: i32, toColumn: i32, toStep: i32, rows: i32, columns: i32,
  first: i32, end: i32, _thread: i32,
): void {
  const pixel = channels * 4;
  for (let n = first; n < end; n++) {
    const image = from + <usize>n * <usize>(height * width * pixel);
    for (let r = 0; r < rows; r++) {
      const top = startRow + step * r;
      const a0 = max(0, -top), a1 = max(a0, min(tapRows, height - top));
      const x = image + <usize>((top + a0) * width * pixel);
      const w = weights + <usize>(a0 * weightRow);
      let y = to + <usize>((n * toHeight + toRow + toStep * r) * toWidth + toColumn) * <usize>pixel;
      let q = 0;
      while (q < columns) {
        const left = startColumn + step * q;
        if (left >= 0 && q + 4 <= columns && left + 3 * step + tapColumns <= width) {
          four(x + <usize>(left * pixel), step * pixel, width * pixel, pixel, w, weightRow, weightColumn, a1 - a0, tapColumns, y, toStep * pixel, channels);
          q += 4;
          y += <usize>(4 * toStep * pixel);
        } else {
          const b0 = max(0, -left), b1 = max(b0, min(tapColumns, width - left));
          one(x + <usize>((left + b0) * pixel), width * pixel, pixel, w + <usize>(b0 * weightColumn), weightRow, weightColumn, a1 - a0, b1 - b0, y, 0, channels);
          q++;
          y += <usize>(toStep * pixel);
        }
      }
    }
  }
}

/** Four neighbouring positions, all of whose taps are inside of the image. */
function four(
  x: usize, next: i32, row: i32, pixel: i32, w: usize, weightRow: i32, weightColumn: i32, tapRows: i32, tapColumns: i32,
  y: usize, nextOut: i32, channels: i32,
): void {
  const whole = channels & ~3;
  const x1 = <usize>next, x2 = <usize>(2 * next), x3 = <usize>(3 * next);
  for (let c = 0; c < whole; c += 4) {
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
    for (let a = 0; a < tapRows; a++) {
      let from = x + <usize>(a * row + c * 4);
      let weight = w + <usize>(a * weightRow + c * 4);
      for (let b = 0; b < tapColumns; b++) {
        const factor = v128.load(weight);
        s0 = madd(v128.load(from), factor, s0);
        s1 = madd(v128.load(from + x1), factor, s1);
        s2 = madd(v128.load(from + x2), factor, s2);
        s3 = madd(v128.load(from + x3), factor, s3);
        from += <usize>pixel;
        weight += <usize>weightColumn;
      }
    }
    const to = y + <usize>(c * 4);
    v128.store(to, s0);
    v128.store(to + <usize>nextOut, s1);
    v128.store(to + <usize>(2 * nextOut), s2);
    v128.store(to + <usize>(3 * nextOut), s3);
  }
  if (whole == channels) return;
  for (let k = 0; k < 4; k++)
    one(x + <usize>(k * next), row, pixel, w, weightRow, weightColumn, tapRows, tapColumns, y + <usize>(k * nextOut), whole, channels);
}

/** One position, for the channels from `c` on. */
function one(
  x: usize, row: i32, pixel: i32, w: usize, weightRow: i32, weightColumn: i32, tapRows: i32, tapColumns: i32, y: usize, c: i32, channels: i32,
): void {
  for (; c + 4 <= channels; c += 4) {
    let sum = f32x4.splat(0);
    for (let a = 0; a < tapRows; a++) {
      let from = x + <usize>(a * row + c * 4);
      let weight = w + <usize>(a * weightRow + c * 4);
      for (let b = 0; b < tapColumns; b++) {
        sum = madd(v128.load(from), v128.load(weight), sum);
        from += <usize>pixel;
        weight += <usize>weightColumn;
      }
    }
    v128.store(y + <usize>(c * 4), sum);
  }
  for (; c < channels; c++) {
    let sum: f32 = 0;
    for (let a = 0; a < tapRows; a++)
      for (let b = 0; b < tapColumns; b++)
        sum += load<f32>(x + <usize>(a * row + b * pixel + c * 4)) * load<f32>(w + <usize>(a * weightRow + b * weightColumn + c * 4));
    store<f32>(y + <usize>(c * 4), sum);
  }
}

/**
 * sums[g, a, b, c] = Σ over the images n of group g and r, q of x[n, stride · r + a − padding, stride · q + b − padding, c] · dy[n, r, q, c], for groups
 * `first` to `end` of `groupImages` each. The last axis of sums has `pitch` floats.
 */
export function depthwiseFilter(
  x: usize, height: i32, width: i32, channels: i32, dy: usize, rows: i32, columns: i32, tapRows: i32, tapColumns: i32, stride: i32, padding: i32,
  sums: usize, pitch: i32, images: i32, groupImages: i32, first: i32, end: i32, _thread: i32,
): void {
  const pixel = channels * 4;
  const group = tapRows * tapColumns * pitch * 4;
  for (let g = first; g < end; g++) {
    const to = sums + <usize>(g * group);
    memory.fill(to, 0, <usize>group);
    const until = min(images, (g + 1) * groupImages);
    for (let n = g * groupImages; n < until; n++)
      for (let r = 0; r < rows; r++) {
        const top = r * stride - padding;
        const gradient = dy + <usize>((n * rows + r) * columns) * <usize>pixel;
        for (let a = max(0, -top); a < min(tapRows, height - top); a++) {
          const from = x + <usize>((n * height + top + a) * width) * <usize>pixel;
          for (let b = 0; b < tapColumns; b++) {
            const q0 = max(0, (padding - b + stride - 1) / stride);
            const q1 = min(columns, (width - 1 + padding - b + stride) / stride);
            if (q0 < q1)
              addLine(
                from + <usize>((q0 * stride + b - padding) * pixel), stride * pixel, gradient + <usize>(q0 * pixel), pixel, q1 - q0,
                to + <usize>((a * tapColumns + b) * pitch * 4), channels,
              );
          }
        }
      }
  }
}

/** Adds the products of `count` pixels to the sums of their channels. */
function addLine(x: usize, next: i32, dy: usize, pixel: i32, count: i32, sums: usize, channels: i32): void {
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const to = sums + <usize>(c * 4);
    let s0 = v128.load(to), s1 = v128.load(to, 16);
    let from = x + <usize>(c * 4), gradient = dy + <usize>(c * 4);
    for (let q = 0; q < count; q++) {
      s0 = madd(v128.load(from), v128.load(gradient), s0);
      s1 = madd(v128.load(from, 16), v128.load(gradient, 16), s1);
      from += <usize>next;
      gradient += <usize>pixel;
    }
    v128.store(to, s0); v128.store(to, s1, 16);
  }
  for (; c < channels; c++) {
    let sum = load<f32>(sums + <usize>(c * 4));
    for (let q = 0; q < count; q++) sum += load<f32>(x + <usize>(q * next + c * 4)) * load<f32>(dy + <usize>(q * pixel + c * 4));
    store<f32>(sums + <usize>(c * 4), sum);
  }
}
