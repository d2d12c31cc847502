/** From stored images to what a network takes: normalized float32, cropped and flipped on the way. */
import type { Dataset, Split } from './dataset';

/** Where the pixels of an image come from: row y from y + top, column x from x + left, mirrored when flipped; black beyond its edges. */
export interface View {
  top: number;
  left: number;
  flip: boolean;
}

/** The image as it is. */
export const UNCHANGED: View = { top: 0, left: 0, flip: false };

/** Writes image `index` of a split, normalized, to `target` from `offset` on. */
export type PixelWriter = (target: Float32Array, offset: number, source: { index: number; view: View }) => void;

/** Bytes are normalized by looking them up, floats one by one. */
export function pixelWriter({ height, width, channels, normalization }: Dataset, { images }: Split): PixelWriter {
  const normalized = normalizer(images, normalization);
  const size = height * width * channels;
  return (target, offset, { index, view: { top, left, flip } }) => {
    for (let y = 0; y < height; y++) {
      const row = y + top;
      for (let x = 0; x < width; x++) {
        const column = (flip ? width - 1 - x : x) + left;
        const inside = row >= 0 && row < height && column >= 0 && column < width;
        const from = inside ? index * size + (row * width + column) * channels : -1;
        for (let c = 0; c < channels; c++) target[offset++] = normalized(from < 0 ? -1 : from + c, c);
      }
    }
  };
}

/** The normalized value at an index of `images`, in channel `c`; of black, which is stored as 0, at −1. */
function normalizer(images: Split['images'], { mean, std }: Dataset['normalization']) {
  if (images instanceof Float32Array) {
    return (i: number, c: number) => ((i < 0 ? 0 : images[i]!) - mean[c]!) / std[c]!;
  }
  const table = Float32Array.from({ length: 256 * mean.length }, (_, code) => {
    const c = code >> 8;
    return ((code & 255) - mean[c]!) / std[c]!;
  });
  return (i: number, c: number) => table[(c << 8) | (i < 0 ? 0 : images[i]!)]!;
}
