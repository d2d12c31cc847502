/** Convolution of images that have margins of zeros, for `ROWS` positions and eight output channels at a time. */
import { addBias } from './elementwise';
import { madd } from './madd';
import { ROWS } from './products';
import { LANES, clear, packPanels, surround, storeTile } from './tile';

/**
 * out[n, r, q, o] = Σ over a, b, c of in[n, start + step · (r, q) + (a, b), c] · filter[a, b, c, o] for images `first` to `end`, where in is the
 * input [height, width, channels] with zeros `above`, `left`, `below` and `right` of it, laid out in the scratch of the thread.
 * The scratch of a thread has room for an image with its margins (`marginBytes`), and for 8 bytes for each position and for `ROWS` more.
 * `panels` is the filter packed as [o / 8][a][b][c][8]; results go to out[n, toStart + toStep · (r, q), o] of images [toHeight, toWidth, outputs].
 */
export function correlate(
  input: usize, height: i32, width: i32, channels: i32, above: i32, left: i32, below: i32, right: i32, scratch: usize, scratchBytes: i32, marginBytes: i32,
  startRow: i32, startColumn: i32, step: i32, panels: usize, tapRows: i32, tapColumns: i32,
  output: usize, toHeight: i32, toWidth: i32, outputs: i32, toRow: i32, toColumn: i32, toStep: i32, rows: i32, columns: i32,
  first: i32, end: i32, thread: i32,
): void {
  const pixel = channels * 4;
  const row = (left + width + right) * pixel;
  const image = height * width * pixel;
  const copies = above + left + below + right > 0;
  const room = scratch + <usize>thread * <usize>scratchBytes;
  if (copies) clear(room, (above + height + below) * row);
  const toRowBytes = toWidth * outputs * 4;
  const start = <usize>(startRow * row + startColumn * pixel);
  const toStart = <usize>(toRow * toRowBytes + toColumn * outputs * 4);
  const places = room + <usize>marginBytes;
  listPlaces(places, row * step, pixel * step, toRowBytes * toStep, outputs * 4 * toStep, rows, columns);
  for (let n = first; n < end; n++) {
    let from = input + <usize>n * <usize>image;
    if (copies) {
      surround(from, room, height, width * pixel, row, above * row + left * pixel);
      from = room;
    }
    correlateImage(
      from + start, places, rows * columns, row, tapRows, tapColumns * channels, panels,
      output + <usize>n * <usize>(toHeight * toRowBytes) + toStart, outputs,
    );
  }
}

/**
 * Writes how far the pixel of each position is from the first, in the input and in the output, in bytes. Divisions for each panel of each image
 * would take longer. The last position stands for those behind it, up to a multiple of `ROWS`.
 */
function listPlaces(places: usize, inputRow: i32, inputColumn: i32, outputRow: i32, outputColumn: i32, rows: i32, columns: i32): void {
  const positions = rows * columns;
  for (let p = 0; p < positions + ROWS - 1; p++) {
    const at = min(p, positions - 1), r = at / columns, q = at - r * columns;
    store<i32>(places + <usize>(8 * p), r * inputRow + q * inputColumn);
    store<i32>(places + <usize>(8 * p), r * outputRow + q * outputColumn, 4);
  }
}

function correlateImage(
  from: usize, places: usize, positions: i32, tapRow: i32, tapRows: i32, tapFloats: i32, panels: usize, to: usize, outputs: i32,
): void {
  const panel = <usize>(tapRows * tapFloats * LANES * 4);
  for (let o = 0; o < outputs; o += LANES) {
    const rest = outputs - o;
    const y = to + <usize>(o * 4);
    for (let p = 0; p < positions; p += ROWS) {
      const at = places + <usize>(8 * p);
      const x0 = from + load<i32>(at), x1 = from + load<i32>(at, 8), x2 = from + load<i32>(at, 16), x3 = from + load<i32>(at, 24);
      const y0 = y + load<i32>(at, 4), y1 = y + load<i32>(at, 12), y2 = y + load<i32>(at, 20), y3 = y + load<i32>(at, 28);
      if (ROWS == 4) four(x0, x1, x2, x3, tapRow, tapRows, tapFloats, panels, y0, y1, y2, y3, rest);
      else
        six(
          x0, x1, x2, x3, from + load<i32>(at, 32), from + load<i32>(at, 40), tapRow, tapRows, tapFloats, panels,
          y0, y1, y2, y3, y + load<i32>(at, 36), y + load<i32>(at, 44), rest,
        );
    }
    panels += panel;
  }
}

/** out[m, o] = Σ over k of left[m, k] · right[k, o], where `panels` is right packed as [o / 8][k][8]. */
function multiplyBlock(left: usize, panels: usize, to: usize, rows: i32, inner: i32, outputs: i32): void {
  const pitch = inner * 4, toPitch = outputs * 4;
  for (let o = 0; o < outputs; o += LANES) {
    const rest = outputs - o;
    const y = to + <usize>(o * 4);
    for (let m = 0; m < rows; m += ROWS) {
      const m1 = min(m + 1, rows - 1), m2 = min(m + 2, rows - 1), m3 = min(m + 3, rows - 1);
      const x0 = left + <usize>(m * pitch), x1 = left + <usize>(m1 * pitch), x2 = left + <usize>(m2 * pitch), x3 = left + <usize>(m3 * pitch);
      const y0 = y + <usize>(m * toPitch), y1 = y + <usize>(m1 * toPitch), y2 = y + <usize>(m2 * toPitch), y3 = y + <usize>(m3 * toPitch);
      if (ROWS == 4) four(x0, x1, x2, x3, 0, 1, inner, panels, y0, y1, y2, y3, rest);
      else {
        const m4 = min(m + 4, rows - 1), m5 = min(m + 5, rows - 1);
        six(
          x0, x1, x2, x3, left + <usize>(m4 * pitch), left + <usize>(m5 * pitch), 0, 1, inner, panels,
          y0, y1, y2, y3, y + <usize>(m4 * toPitch), y + <usize>(m5 * toPitch), rest,
        );
      }
    }
    panels += <usize>(pitch * LANES);
  }
}

/** Bytes of the rows of a left matrix that stay in the first cache while all panels pass. */
const BLOCK_BYTES: i32 = 24576;
/** Tiles have 4 or 6 rows. */
const TILES: i32 = 12;

/**
 * out[m, o] = Σ over k of left[m, k] · right[k, o] + bias[o], where `panels` is right packed as [o / 8][k][8], for rows 4 · `first` to 4 · `end`. Nothing is
 * added if the address of the bias is 0.
 */
export function multiply(
  left: usize, panels: usize, output: usize, rows: i32, inner: i32, outputs: i32, bias: usize, first: i32, end: i32, _thread: i32,
): void {
  const until = min(rows, end * 4);
  const block = max(1, BLOCK_BYTES / (max(1, inner) * 4 * TILES)) * TILES;
  for (let start = first * 4; start < until; start += block) {
    const to = output + <usize>(start * outputs * 4), count = min(block, until - start);
    multiplyBlock(left + <usize>(start * inner * 4), panels, to, count, inner, outputs);
    if (bias) addBias(to, bias, to, outputs, 0, count, 0);
  }
}

/**
 * out[n, m, o] = Σ over k of a[n, m, k] · b[n, k, o] for matrices `first` to `end`. The steps are the floats between neighbours along each axis, so
 * that a and b may be transposed. The scratch of a thread holds the panels of b (`panelBytes`), and a with k as its last axis.
 */
export function multiplyMany(
  a: usize, b: usize, output: usize, rows: i32, inner: i32, outputs: i32, stepM: i32, stepK: i32, depthStep: i32, stepO: i32,
  scratch: usize, scratchBytes: i32, panelBytes: i32, first: i32, end: i32, thread: i32,
): void {
  const panels = scratch + <usize>thread * <usize>scratchBytes;
  const turned = panels + <usize>panelBytes;
  const units = (outputs + LANES - 1) / LANES;
  for (let n = first; n < end; n++) {
    packPanels(b + <usize>n * <usize>(inner * outputs * 4), panels, 1, 1, inner, outputs, 0, 0, depthStep, stepO, 0, units, thread);
    let left = a + <usize>n * <usize>(rows * inner * 4);
    if (stepK != 1) {
      for (let m = 0; m < rows; m++)
        for (let k = 0; k < inner; k++)
          store<f32>(turned + <usize>((m * inner + k) * 4), load<f32>(left + <usize>((m * stepM + k * stepK) * 4)));
      left = turned;
    }
    multiplyBlock(left, panels, output + <usize>n * <usize>(rows * outputs * 4), rows, inner, outputs);
  }
}

/** Eight channels at four positions, which read `tapRows` times `tapFloats` floats that lie one behind the other. */
// @ts-ignore: decorator
@inline
function four(
  x0: usize, x1: usize, x2: usize, x3: usize, tapRow: i32, tapRows: i32, tapFloats: i32, panel: usize,
  y0: usize, y1: usize, y2: usize, y3: usize, rest: i32,
): void {
  let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s10 = f32x4.splat(0), s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0), s21 = f32x4.splat(0), s30 = f32x4.splat(0), s31 = f32x4.splat(0);
  let w = panel;
  const d1 = x1 - x0, d2 = x2 - x0, d3 = x3 - x0;
  for (let a = 0; a < tapRows; a++) {
    let x = x0 + <usize>(a * tapRow);
    const end = x + <usize>(tapFloats * 4);
    while (x < end) {
      const w0 = v128.load(w), w1 = v128.load(w, 16);
      const v0 = v128.load32_splat(x);
      s00 = madd(v0, w0, s00);
      s01 = madd(v0, w1, s01);
      const v1 = v128.load32_splat(x + d1);
      s10 = madd(v1, w0, s10);
      s11 = madd(v1, w1, s11);
      const v2 = v128.load32_splat(x + d2);
      s20 = madd(v2, w0, s20);
      s21 = madd(v2, w1, s21);
      const v3 = v128.load32_splat(x + d3);
      s30 = madd(v3, w0, s30);
      s31 = madd(v3, w1, s31);
      x += 4;
      w += LANES * 4;
    }
  }
  storeTile(y0, s00, s01, rest);
  storeTile(y1, s10, s11, rest);
  storeTile(y2, s20, s21, rest);
  storeTile(y3, s30, s31, rest);
}

/** The same at six positions. */
// @ts-ignore: decorator
@inline
function six(
  x0: usize, x1: usize, x2: usize, x3: usize, x4: usize, x5: usize, tapRow: i32, tapRows: i32, tapFloats: i32, panel: usize,
  y0: usize, y1: usize, y2: usize, y3: usize, y4: usize, y5: usize, rest: i32,
): void {
  let s00 = f32x4.splat(0), s01 = f32x4.splat(0), s10 = f32x4.splat(0), s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0), s21 = f32x4.splat(0), s30 = f32x4.splat(0), s31 = f32x4.splat(0);
  let s40 = f32x4.splat(0), s41 = f32x4.splat(0), s50 = f32x4.splat(0), s51 = f32x4.splat(0);
  let w = panel;
  const d1 = x1 - x0, d2 = x2 - x0, d3 = x3 - x0, d4 = x4 - x0, d5 = x5 - x0;
  for (let a = 0; a < tapRows; a++) {
    let x = x0 + <usize>(a * tapRow);
    const end = x + <usize>(tapFloats * 4);
    while (x < end) {
      const w0 = v128.load(w), w1 = v128.load(w, 16);
      const v0 = v128.load32_splat(x);
      s00 = madd(v0, w0, s00);
      s01 = madd(v0, w1, s01);
      const v1 = v128.load32_splat(x + d1);
      s10 = madd(v1, w0, s10);
      s11 = madd(v1, w1, s11);
      const v2 = v128.load32_splat(x + d2);
      s20 = madd(v2, w0, s20);
      s21 = madd(v2, w1, s21);
      const v3 = v128.load32_splat(x + d3);
      s30 = madd(v3, w0, s30);
      s31 = madd(v3, w1, s31);
      const v4 = v128.load32_splat(x + d4);
      s40 = madd(v4, w0, s40);
      s41 = madd(v4, w1, s41);
      const v5 = v128.load32_splat(x + d5);
      s50 = madd(v5, w0, s50);
      s51 = madd(v5, w1, s51);
      x += 4;
      w += LANES * 4;
    }
  }
  storeTile(y0, s00, s01, rest);
  storeTile(y1, s10, s11, rest);
  storeTile(y2, s20, s21, rest);
  storeTile(y3, s30, s31, rest);
  storeTile(y4, s40, s41, rest);
  storeTile(y5, s50, s51, rest);
}
