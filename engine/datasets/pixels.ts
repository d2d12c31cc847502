/** Converts stored images to inputs of a network: normalized float32, cropped and flipped. */
import type { Dataset, Pixels } from './dataset';

/**
 * A crop and a flip. Row y comes from row y + top of the image. Column x comes from column x + left, or from width − 1 − x + left if
 * `flip`. Pixels beyond the edges are black.
 */
export interface View {
  top: number;
  left: number;
  flip: boolean;
}

/** No crop and no flip. */
export const UNCHANGED: View = { top: 0, left: 0, flip: false };

/** Writes a normalized image to `target`, starting at `offset`. */
export type PixelWriter = (target: Float32Array, offset: number, source: { pixels: Pixels; view: View }) => void;

export function pixelWriter({ height, width, channels, normalization }: Dataset): PixelWriter {
  const normalize = normalizer(normalization);
  const length = width * channels;
  const black = blackRow(width, normalization);
  return (target, offset, { pixels, view: { top, left, flip } }) => {
    // Columns [first, end) come from inside the image.
    const first = Math.min(width, Math.max(0, flip ? left : -left));
    const end = Math.max(first, Math.min(width, flip ? width + left : width - left));
    const column = flip ? width - 1 - first + left : first + left;
    const run = { pixels, from: 0, count: end - first, step: flip ? -channels : channels };
    for (let y = 0; y < height; y++, offset += length) {
      const row = y + top;
      const inside = row >= 0 && row < height && end > first;
      if (!inside || end - first < width) target.set(black, offset);
      if (!inside) continue;
      run.from = (row * width + column) * channels;
      normalize(target, offset + first * channels, run);
    }
  };
}

/** Some pixels of an image: the index of the first channel of the first pixel, their number, and the step to the next pixel. */
interface Run {
  pixels: Pixels;
  from: number;
  count: number;
  step: number;
}

type Normalizer = (target: Float32Array, offset: number, run: Run) => void;

/** Normalizes one channel after another, so that the inner loops have no branches. Bytes are looked up in a table; floats are computed. */
function normalizer({ mean, std }: Dataset['normalization']): Normalizer {
  const channels = mean.length;
  const tables = mean.map((center, c) => Float32Array.from({ length: 256 }, (_, code) => (code - center) / std[c]!));
  return (target, offset, { pixels, from, count, step }) => {
    for (let c = 0; c < channels; c++) {
      const [table, center, scale] = [tables[c]!, mean[c]!, std[c]!];
      let [at, to] = [from + c, offset + c];
      if (pixels instanceof Uint8Array)
        for (let p = 0; p < count; p++, at += step, to += channels) target[to] = table[pixels[at]!]!;
      else for (let p = 0; p < count; p++, at += step, to += channels) target[to] = (pixels[at]! - center) / scale;
    }
  };
}

/** Fills a row beyond the edges with the value of black. The stored value of black is 0. */
function blackRow(width: number, { mean, std }: Dataset['normalization']): Float32Array {
  return Float32Array.from({ length: width * mean.length }, (_, i) => {
    const c = i % mean.length;
    return (0 - mean[c]!) / std[c]!;
  });
}
