/** Converts stored images to network inputs: normalized float32, cropped and flipped. */
import type { Dataset, Split } from './dataset';

/** Where the pixels of an image come from: row y from y + top, column x from x + left, mirrored if flipped, black beyond the edges. */
export interface View {
  top: number;
  left: number;
  flip: boolean;
}

/** No crop and no flip. */
export const UNCHANGED: View = { top: 0, left: 0, flip: false };

/** Writes image `index` of a split, normalized, to `target` from `offset` on. */
export type PixelWriter = (target: Float32Array, offset: number, source: { index: number; view: View }) => void;

export function pixelWriter({ height, width, channels, normalization }: Dataset, { images }: Split): PixelWriter {
  const normalize = normalizer(images, normalization);
  const length = width * channels;
  const black = blackRow(width, normalization);
  return (target, offset, { index, view: { top, left, flip } }) => {
    // Columns that come from inside the image: `first` to before `end`.
    const first = Math.min(width, Math.max(0, flip ? left : -left));
    const end = Math.max(first, Math.min(width, flip ? width + left : width - left));
    const column = flip ? width - 1 - first + left : first + left;
    const run = { from: 0, pixels: end - first, step: flip ? -channels : channels };
    for (let y = 0; y < height; y++, offset += length) {
      const row = y + top;
      const inside = row >= 0 && row < height && end > first;
      if (!inside || end - first < width) target.set(black, offset);
      if (!inside) continue;
      run.from = ((index * height + row) * width + column) * channels;
      normalize(target, offset + first * channels, run);
    }
  };
}

/** Pixels of the stored images: the index of the first one's first channel, and from one to the next. */
interface Run {
  from: number;
  pixels: number;
  step: number;
}

type Normalizer = (target: Float32Array, offset: number, run: Run) => void;

/** Works channel by channel, so that the inner loop has no branches. Bytes are normalized with a table, floats one by one. */
function normalizer(images: Split['images'], { mean, std }: Dataset['normalization']): Normalizer {
  const channels = mean.length;
  if (images instanceof Float32Array)
    return (target, offset, { from, pixels, step }) => {
      for (let c = 0; c < channels; c++) {
        const [center, scale] = [mean[c]!, std[c]!];
        for (let p = 0, at = from + c, to = offset + c; p < pixels; p++, at += step, to += channels)
          target[to] = (images[at]! - center) / scale;
      }
    };
  const tables = mean.map((center, c) => Float32Array.from({ length: 256 }, (_, code) => (code - center) / std[c]!));
  return (target, offset, { from, pixels, step }) => {
    for (let c = 0; c < channels; c++) {
      const table = tables[c]!;
      for (let p = 0, at = from + c, to = offset + c; p < pixels; p++, at += step, to += channels)
        target[to] = table[images[at]!]!;
    }
  };
}

/** A row beyond the edges: black is stored as 0. */
function blackRow(width: number, { mean, std }: Dataset['normalization']): Float32Array {
  return Float32Array.from({ length: width * mean.length }, (_, i) => {
    const c = i % mean.length;
    return (0 - mean[c]!) / std[c]!;
  });
}
