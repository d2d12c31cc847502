/**
 * The gradient of a filter of 3 × 3 taps for a step of 1, as the gradient of the computation in winograd.as: Gᵀ(Σ over the tiles of V ⊗ (A·dy·Aᵀ))G.
 * It takes 16 products instead of 36 for each 2 × 2 outputs. Groups of images have sums of their own.
 */
import { addSix, addFour, ROWS } from './products';
import { LANES, addRows, clear, surround } from './tile';
import { GAP, PLACES, transformInput } from './winograd';

/**
 * sums[g, place, c, o] = Σ over the tiles of the images of group g of V[place, c] · (A·dy·Aᵀ)[place, o], for groups `first` to `end` of `groupImages`
 * each, where V is of x with zeros around it as in `correlate`. Channels and outputs are multiples of 4; the last axis of sums is rounded up to 8. The
 * scratch of a thread has room for an image with its margins (`marginBytes`), then for each place the channels of `block` tiles and `GAP`, then for each
 * place their outputs, rounded up to 8, and `GAP`, and then for the outputs of one more tile.
 */
export function winogradFilter(
  input: usize, height: i32, width: i32, channels: i32, above: i32, left: i32, below: i32, right: i32, scratch: usize, scratchBytes: i32,
  marginBytes: i32, gradient: usize, rows: i32, columns: i32, outputs: i32, block: i32, sums: usize, images: i32, groupImages: i32,
  first: i32, end: i32, thread: i32,
): void {
  const pixel = channels * 4;
  const row = (left + width + right) * pixel;
  const copies = above + left + below + right > 0;
  const room = scratch + <usize>thread * <usize>scratchBytes;
  if (copies) clear(room, (above + height + below) * row);
  const pitch = ((outputs + LANES - 1) & ~(LANES - 1)) * 4;
  const tiles = room + <usize>marginBytes, parts = tiles + <usize>(PLACES * (block * pixel + GAP));
  const plane = block * pixel + GAP, partPlane = block * pitch + GAP;
  const depth = <usize>(outputs * 4);
  // Stands for the outputs of a tile that are below the last row or right of the last column.
  const zeros = parts + <usize>(PLACES * partPlane);
  clear(zeros, pitch);
  if (pitch > outputs * 4) clear(parts, PLACES * partPlane);
  const across = (columns + 1) >> 1, down = (rows + 1) >> 1, count = across * down;
  const group = PLACES * channels * pitch;
  for (let g = first; g < end; g++) {
    const to = sums + <usize>g * <usize>group;
    clear(to, group);
    const last = min(images, (g + 1) * groupImages) * count;
    let image = -1;
    let from: usize = 0;
    let n = g * groupImages, r = 0, q = 0;
    for (let start = g * groupImages * count; start < last; start += block) {
      const until = min(start + block, last);
      let x = tiles, y = parts;
      for (let t = start; t < until; t++) {
        if (n != image) {
          image = n;
          from = input + <usize>n * <usize>(height * width * pixel);
          if (copies) {
            surround(from, room, height, width * pixel, row, above * row + left * pixel);
            from = room;
          }
        }
        transformInput(from + <usize>(2 * (r * row + q * pixel)), row, pixel, x, <usize>plane);
        const dy = gradient + <usize>((n * rows + 2 * r) * columns + 2 * q) * depth;
        const below = 2 * r + 1 < rows, next = 2 * q + 1 < columns;
        const dy2 = below ? dy + <usize>columns * depth : zeros;
        transformGradient(dy, next ? dy + depth : zeros, dy2, below && next ? dy2 + depth : zeros, depth, y, <usize>partPlane);
        x += <usize>pixel;
        y += <usize>pitch;
        if (++q < across) continue;
        q = 0;
        if (++r < down) continue;
        r = 0;
        n++;
      }
      addPlaces(tiles, plane, pixel, parts, partPlane, pitch, until - start, to);
    }
  }
}

/** A·dy·Aᵀ of one tile, whose four outputs have `depth` bytes each. */
function transformGradient(y00: usize, y01: usize, y10: usize, y11: usize, depth: usize, to: usize, plane: usize): void {
  for (let o: usize = 0; o < depth; o += 16) {
    const a = v128.load(y00 + o), b = v128.load(y01 + o), c = v128.load(y10 + o), d = v128.load(y11 + o);
    const z = to + o;
    spreadGradient(a, b, z, plane);
    spreadGradient(f32x4.add(a, c), f32x4.add(b, d), z + 4 * plane, plane);
    spreadGradient(f32x4.sub(a, c), f32x4.sub(b, d), z + 8 * plane, plane);
    spreadGradient(f32x4.neg(c), f32x4.neg(d), z + 12 * plane, plane);
  }
}

// @ts-ignore: decorator
@inline
function spreadGradient(a: v128, b: v128, to: usize, plane: usize): void {
  v128.store(to, a);
  v128.store(to + plane, f32x4.add(a, b));
  v128.store(to + 2 * plane, f32x4.sub(a, b));
  v128.store(to + 3 * plane, f32x4.neg(b));
}

/** For each place, adds the products of a block of tiles to sums[c, o]. */
function addPlaces(tiles: usize, plane: i32, pixel: i32, parts: usize, partPlane: i32, pitch: i32, count: i32, sums: usize): void {
  for (let place = 0; place < PLACES; place++) {
    for (let c = 0; c < pixel; ) {
      const rest = pixel - c;
      // Six channels at a time, but four if two would be left.
      const takesSix = ROWS == 6 && rest >= 24 && rest != 32;
      for (let o = 0; o < pitch; o += LANES * 4) {
        if (takesSix) addSix(tiles + <usize>c, pixel, parts + <usize>o, pitch, count, sums + <usize>o);
        else addFour(tiles + <usize>c, pixel, parts + <usize>o, pitch, count, sums + <usize>o);
      }
      c += takesSix ? 24 : 16;
      sums += <usize>(takesSix ? 6 * pitch : 4 * pitch);
    }
    tiles += <usize>plane;
    parts += <usize>partPlane;
  }
}

/** out[a, b, c, o] = Gᵀ(Σ over the groups of sums[g, place, c, o])G for channels `first` to `end`. The sums of the first group are overwritten. */
export function winogradFilterTotal(
  sums: usize, output: usize, groups: i32, channels: i32, outputs: i32, first: i32, end: i32, _thread: i32,
): void {
  const pitch = ((outputs + LANES - 1) & ~(LANES - 1)) * 4;
  const place = <usize>(channels * pitch), group = <usize>PLACES * place;
  const tap = <usize>(channels * outputs * 4);
  for (let c = first; c < end; c++) {
    const row = sums + <usize>(c * pitch);
    for (let p: usize = 0; p < <usize>PLACES; p++) addRows(row + p * place, group, groups, pitch);
    for (let o = 0; o < outputs * 4; o += 16) {
      const from = row + <usize>o, to = output + <usize>(c * outputs * 4 + o);
      for (let a: usize = 0; a < 4; a++) gatherTaps(from + 4 * a * place, place, from + 4 * a * place, place);
      for (let b: usize = 0; b < 3; b++) gatherTaps(from + b * place, 4 * place, to + b * tap, 3 * tap);
    }
  }
}

/** Multiplies Gᵀ by four vectors, and writes the three results. */
// @ts-ignore: decorator
@inline
function gatherTaps(from: usize, step: usize, to: usize, toStep: usize): void {
  const u0 = v128.load(from), u1 = v128.load(from + step), u2 = v128.load(from + 2 * step), u3 = v128.load(from + 3 * step);
  const half = f32x4.splat(0.5);
  const sum = f32x4.mul(half, f32x4.add(u1, u2));
  v128.store(to, f32x4.add(u0, sum));
  v128.store(to + toStep, f32x4.mul(half, f32x4.sub(u1, u2)));
  v128.store(to + 2 * toStep, f32x4.add(sum, u3));
}
