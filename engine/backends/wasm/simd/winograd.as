/**
 * Convolution with 3 × 3 taps and a step of 1, with 16 products instead of 36 for each 2 × 2 outputs: F(2 × 2, 3 × 3) of Lavin and Gray, “Fast
 * Algorithms for Convolutional Neural Networks” (2016). A tile is 4 × 4 inputs of which 2 × 2 outputs are made. Its 16 transformed values are
 * called places. out = Aᵀ(U ⊙ V)A with V = Bᵀ·in·B and U = G·filter·Gᵀ, where
 *   Bᵀ = [1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 1 0 −1], Aᵀ = [1 1 1 0; 0 1 −1 −1], G = [1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1].
 * For each place, the sum over channels is a product of matrices. Blocks of tiles stay in the cache of the thread.
 */
import { multiplyRows, ROWS } from './products';
import { LANES, clear, surround } from './tile';

/** Places of a tile. */
export const PLACES: i32 = 16;

/** Bytes between the planes of two places. Without it, many planes would begin at addresses that a cache keeps in the same few lines. */
export const GAP: i32 = 64;

/**
 * out[place, o / 8, c, 8] = G·filter·Gᵀ, from panels[o / 8][3][3][c][8] of `packPanels`, for panels `first` to `end` of `units`.
 */
export function transformFilter(panels: usize, out: usize, units: i32, inputs: i32, first: i32, end: i32, _thread: i32): void {
  const tap = <usize>(inputs * LANES * 4);
  const place = <usize>units * tap;
  for (let unit = first; unit < end; unit++) {
    const from = panels + <usize>(9 * unit) * tap;
    const to = out + <usize>unit * tap;
    for (let at: usize = 0; at < tap; at += 16) {
      for (let b: usize = 0; b < 3; b++) spreadTaps(from + b * tap + at, 3 * tap, to + b * place + at, 4 * place);
      for (let a: usize = 0; a < 4; a++) spreadTaps(to + 4 * a * place + at, place, to + 4 * a * place + at, place);
    }
  }
}

/** Multiplies G by three vectors, and writes the four results. */
// @ts-ignore: decorator
@inline
function spreadTaps(from: usize, step: usize, to: usize, toStep: usize): void {
  const g0 = v128.load(from), g1 = v128.load(from + step), g2 = v128.load(from + 2 * step);
  const half = f32x4.splat(0.5);
  const ends = f32x4.mul(half, f32x4.add(g0, g2)), middle = f32x4.mul(half, g1);
  v128.store(to, g0);
  v128.store(to + toStep, f32x4.add(ends, middle));
  v128.store(to + 2 * toStep, f32x4.sub(ends, middle));
  v128.store(to + 3 * toStep, g2);
}

/**
 * out[n, r, q, o] = Σ over a, b, c of in[n, startRow + r + a, startColumn + q + b, c] · filter[a, b, c, o] for images `first` to `end`, where in is
 * the input with zeros around it as in `correlate`, and out is [images, rows, columns, outputs]. `filters` is from `transformFilter`. Channels and
 * outputs are multiples of 4. The scratch of a thread has room for an image with its margins (`marginBytes`), then for each place the channels of
 * `block` tiles (a multiple of `ROWS`) and `GAP`, and then for each place their outputs, rounded up to 8, and `GAP`.
 */
export function winograd(
  input: usize, height: i32, width: i32, channels: i32, above: i32, left: i32, below: i32, right: i32, scratch: usize, scratchBytes: i32,
  marginBytes: i32, startRow: i32, startColumn: i32, filters: usize, output: usize, rows: i32, columns: i32, outputs: i32, block: i32,
  first: i32, end: i32, thread: i32,
): void {
  const pixel = channels * 4;
  const row = (left + width + right) * pixel;
  const copies = above + left + below + right > 0;
  const room = scratch + <usize>thread * <usize>scratchBytes;
  if (copies) clear(room, (above + height + below) * row);
  const pitch = ((outputs + LANES - 1) & ~(LANES - 1)) * 4;
  const tiles = room + <usize>marginBytes, sums = tiles + <usize>(PLACES * (block * pixel + GAP));
  const plane = block * pixel + GAP, sumPlane = block * pitch + GAP;
  const across = (columns + 1) >> 1, down = (rows + 1) >> 1, count = across * down;
  const last = end * count;
  let image = -1;
  let from: usize = 0;
  // Tile [r, q] of image n is read, and tile [k, l] of image m is written.
  let n = first, r = 0, q = 0, m = first, k = 0, l = 0;
  for (let start = first * count; start < last; start += block) {
    const until = min(start + block, last);
    let to = tiles;
    for (let t = start; t < until; t++) {
      if (n != image) {
        image = n;
        from = input + <usize>n * <usize>(height * width * pixel);
        if (copies) {
          surround(from, room, height, width * pixel, row, above * row + left * pixel);
          from = room;
        }
        from += <usize>(startRow * row + startColumn * pixel);
      }
      transformInput(from + <usize>(2 * (r * row + q * pixel)), row, pixel, to, <usize>plane);
      to += <usize>pixel;
      if (++q < across) continue;
      q = 0;
      if (++r < down) continue;
      r = 0;
      n++;
    }
    multiplyPlaces(tiles, plane, pixel, filters, sums, sumPlane, pitch, until - start);
    let product = sums;
    for (let t = start; t < until; t++) {
      const y = output + <usize>((m * rows + 2 * k) * columns + 2 * l) * <usize>(outputs * 4);
      transformOutput(product, <usize>sumPlane, y, columns * outputs * 4, outputs * 4, 2 * k + 1 < rows, 2 * l + 1 < columns);
      product += <usize>pitch;
      if (++l < across) continue;
      l = 0;
      if (++k < down) continue;
      k = 0;
      m++;
    }
  }
}

/** V of one tile: place [i, j] goes to the `plane` 4·i + j. */
export function transformInput(from: usize, row: i32, pixel: i32, to: usize, plane: usize): void {
  const x1 = <usize>pixel, x2 = 2 * x1, x3 = 3 * x1;
  for (let c = 0; c < pixel; c += 16) {
    const d0 = from + <usize>c, d1 = d0 + <usize>row, d2 = d1 + <usize>row, d3 = d2 + <usize>row;
    let y = to + <usize>c;
    spreadColumns(
      f32x4.sub(v128.load(d0), v128.load(d2)), f32x4.sub(v128.load(d0 + x1), v128.load(d2 + x1)),
      f32x4.sub(v128.load(d0 + x2), v128.load(d2 + x2)), f32x4.sub(v128.load(d0 + x3), v128.load(d2 + x3)), y, plane,
    );
    const a0 = v128.load(d1), a1 = v128.load(d1 + x1), a2 = v128.load(d1 + x2), a3 = v128.load(d1 + x3);
    const b0 = v128.load(d2), b1 = v128.load(d2 + x1), b2 = v128.load(d2 + x2), b3 = v128.load(d2 + x3);
    y += 4 * plane;
    spreadColumns(f32x4.add(a0, b0), f32x4.add(a1, b1), f32x4.add(a2, b2), f32x4.add(a3, b3), y, plane);
    y += 4 * plane;
    spreadColumns(f32x4.sub(b0, a0), f32x4.sub(b1, a1), f32x4.sub(b2, a2), f32x4.sub(b3, a3), y, plane);
    y += 4 * plane;
    spreadColumns(
      f32x4.sub(a0, v128.load(d3)), f32x4.sub(a1, v128.load(d3 + x1)),
      f32x4.sub(a2, v128.load(d3 + x2)), f32x4.sub(a3, v128.load(d3 + x3)), y, plane,
    );
  }
}

// @ts-ignore: decorator
@inline
function spreadColumns(v0: v128, v1: v128, v2: v128, v3: v128, to: usize, plane: usize): void {
  v128.store(to, f32x4.sub(v0, v2));
  v128.store(to + plane, f32x4.add(v1, v2));
  v128.store(to + 2 * plane, f32x4.sub(v2, v1));
  v128.store(to + 3 * plane, f32x4.sub(v1, v3));
}

/** For each place, multiplies `rows` rows of tiles by the filter. The rows behind them, up to a multiple of `ROWS`, get any values. */
function multiplyPlaces(tiles: usize, plane: i32, pixel: i32, filters: usize, sums: usize, sumPlane: i32, pitch: i32, rows: i32): void {
  const panel = <usize>(pixel * LANES);
  for (let place = 0; place < PLACES; place++) {
    for (let o = 0; o < pitch; o += LANES * 4) {
      for (let t = 0; t < rows; t += ROWS) multiplyRows(tiles + <usize>(t * pixel), pixel, pixel, filters, sums + <usize>(t * pitch + o), pitch);
      filters += panel;
    }
    tiles += <usize>plane;
    sums += <usize>sumPlane;
  }
}

/** The 2 × 2 outputs of a tile, without those that are below the last row or right of the last column. */
function transformOutput(from: usize, plane: usize, to: usize, row: i32, pixel: i32, below: bool, right: bool): void {
  for (let o = 0; o < pixel; o += 16) {
    const m = from + <usize>o;
    const y = to + <usize>o;
    const a0 = v128.load(m), a1 = v128.load(m + plane), a2 = v128.load(m + 2 * plane), a3 = v128.load(m + 3 * plane);
    const b = m + 4 * plane;
    const b0 = v128.load(b), b1 = v128.load(b + plane), b2 = v128.load(b + 2 * plane), b3 = v128.load(b + 3 * plane);
    const c = b + 4 * plane;
    const c0 = v128.load(c), c1 = v128.load(c + plane), c2 = v128.load(c + 2 * plane), c3 = v128.load(c + 3 * plane);
    const s1 = f32x4.add(a1, f32x4.add(b1, c1)), s2 = f32x4.add(a2, f32x4.add(b2, c2));
    v128.store(y, f32x4.add(f32x4.add(a0, f32x4.add(b0, c0)), f32x4.add(s1, s2)));
    if (right) v128.store(y + <usize>pixel, f32x4.sub(f32x4.sub(s1, s2), f32x4.add(a3, f32x4.add(b3, c3))));
    if (!below) continue;
    const d = c + 4 * plane;
    const t0 = f32x4.sub(f32x4.sub(b0, c0), v128.load(d)), t1 = f32x4.sub(f32x4.sub(b1, c1), v128.load(d + plane));
    const t2 = f32x4.sub(f32x4.sub(b2, c2), v128.load(d + 2 * plane));
    v128.store(y + <usize>row, f32x4.add(t0, f32x4.add(t1, t2)));
    if (right) v128.store(y + <usize>(row + pixel), f32x4.sub(f32x4.sub(t1, t2), f32x4.sub(f32x4.sub(b3, c3), v128.load(d + 3 * plane))));
  }
}
