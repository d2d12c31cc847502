/** What the kernels of convolution have in common. */

/** Output channels that a tile computes at once: two vectors. */
export const LANES: i32 = 8;

/** Fills `bytes` with zeros. */
// @ts-ignore: decorator
@inline
export function clear(to: usize, bytes: i32): void {
  memory.fill(to, 0, <usize>bytes);
}

/** Copies `bytes` of floats. For rows of images this takes less time than `memory.copy`, which V8 calls as a function outside of the module. */
export function copyFloats(from: usize, to: usize, bytes: i32): void {
  const end = from + <usize>bytes;
  while (from + 64 <= end) {
    const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48);
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
    from += 64;
    to += 64;
  }
  while (from < end) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += 4;
  }
}

/** Copies the rows of an image to their places in a larger one with rows of `pitch` bytes. */
export function surround(from: usize, room: usize, rows: i32, rowBytes: i32, pitch: i32, offset: i32): void {
  let to = room + <usize>offset;
  for (let r = 0; r < rows; r++) {
    copyFloats(from, to, rowBytes);
    from += <usize>rowBytes;
    to += <usize>pitch;
  }
}

/** Writes the first `rest` floats of a tile's eight. */
// @ts-ignore: decorator
@inline
export function storeTile(to: usize, low: v128, high: v128, rest: i32): void {
  storeFirst(to, low, rest);
  if (rest > 4) storeFirst(to + 16, high, rest - 4);
}

/** Writes the first `count` floats of a vector, or all four if `count` is larger. */
// @ts-ignore: decorator
@inline
export function storeFirst(to: usize, value: v128, count: i32): void {
  if (count >= 4) v128.store(to, value);
  else storePart(to, value, count);
}

/** Writes the first `count` floats of a vector, at most three. */
function storePart(to: usize, part: v128, count: i32): void {
  if (count > 0) store<f32>(to, f32x4.extract_lane(part, 0));
  if (count > 1) store<f32>(to + 4, f32x4.extract_lane(part, 1));
  if (count > 2) store<f32>(to + 8, f32x4.extract_lane(part, 2));
}

/** Reads `count` floats, at most three, and zeros behind them. */
export function loadPart(from: usize, count: i32): v128 {
  let value = v128.load32_zero(from);
  if (count > 1) value = f32x4.replace_lane(value, 1, load<f32>(from + 4));
  if (count > 2) value = f32x4.replace_lane(value, 2, load<f32>(from + 8));
  return value;
}

/**
 * A filter as the kernels walk it: panels[o / 8][a][b][c][8], zeros behind the last output. The weight of (a, b, c, o) is so many floats behind
 * `weights`: the sum of the steps, which may be negative.
 */
export function packPanels(
  weights: usize, panels: usize, tapRows: i32, tapColumns: i32, inputs: i32, outputs: i32,
  stepA: i32, stepB: i32, stepC: i32, stepO: i32, first: i32, end: i32, _thread: i32,
): void {
  let to = panels + <usize>(first * tapRows * tapColumns * inputs * LANES * 4);
  for (let panel = first * LANES; panel < end * LANES; panel += LANES) {
    const count = min(LANES, outputs - panel);
    for (let a = 0; a < tapRows; a++) {
      for (let b = 0; b < tapColumns; b++) {
        for (let c = 0; c < inputs; c++) {
          const from = weights + <usize>((a * stepA + b * stepB + c * stepC + panel * stepO) * 4);
          for (let o = 0; o < count; o++) store<f32>(to + <usize>(o * 4), load<f32>(from + <usize>(o * stepO * 4)));
          for (let o = count; o < LANES; o++) store<f32>(to + <usize>(o * 4), 0);
          to += LANES * 4;
        }
      }
    }
  }
}

/** Adds the rows of all other groups to the row of the first. A row has `bytes` bytes, a multiple of 16. The next group begins `group` bytes later. */
export function addRows(row: usize, group: usize, groups: i32, bytes: i32): void {
  let from = row;
  for (let g = 1; g < groups; g++) {
    from += group;
    for (let at: usize = 0; at < <usize>bytes; at += 16) v128.store(row + at, f32x4.add(v128.load(row + at), v128.load(from + at)));
  }
}
