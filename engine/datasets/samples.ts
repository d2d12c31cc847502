/** Gives access to the images of a split one at a time, however they are stored. */
import type { Dataset, Pixels, Split } from './dataset';

/** Labelled images of one size. */
export interface Samples {
  count: number;
  /** Returns the class of image `i`. */
  label(i: number): number;
  /** Returns image `i` in the stored unit: height × width × channels. Its memory may belong to the dataset, so do not change it. */
  pixels(i: number): Pixels;
}

/** Opens a split. A thread can open the split of a dataset that was sent to it. */
export function openSamples({ height, width, channels }: Dataset, { count, labels, images }: Split): Samples {
  const size = height * width * channels;
  return { count, label: (i) => labels[i]!, pixels: (i) => images.subarray(i * size, (i + 1) * size) };
}
