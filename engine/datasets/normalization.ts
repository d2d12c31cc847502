/** Checks or measures the normalization of images: the mean and standard deviation of each channel. */
import type { Dataset, StoredSplit } from './dataset';
import { badField } from './fields';

/** Checks the normalization in a run file: there must be one number for each channel, and standard deviations must be above 0. */
export function checkNormalization(given: Dataset['normalization'], channels: number): Dataset['normalization'] {
  for (const key of ['mean', 'std'] as const) {
    const numbers = given[key];
    if (numbers.length !== channels) {
      throw badField(
        `normalization.${key}`,
        `has ${numbers.length} numbers, but the images have ${channels} channels. Give one number for each channel`,
      );
    }
  }
  if (!given.std.every((std) => std > 0)) throw badField('normalization.std', 'must be above 0');
  return given;
}

/** Measures all pixels of a split, in the stored unit. A constant channel gets standard deviation 1. */
export function measureNormalization(split: StoredSplit, channels: number): Dataset['normalization'] {
  const { images } = split;
  const pixels = images.length / channels;
  const mean = sumPowers(images, 1, new Array<number>(channels).fill(0)).map((sum) => sum / pixels);
  return { mean, std: sumPowers(images, 2, mean).map((square) => Math.sqrt(square / pixels) || 1) };
}

/** Number of elements per block. A block fits into the cache, so the pass for each channel does not read it from memory again. */
const CHUNK = 2 ** 14;

/** Returns the sum of (x − center)ᵖ for each channel. */
function sumPowers(images: StoredSplit['images'], power: 1 | 2, centers: readonly number[]): number[] {
  const channels = centers.length;
  const sums = centers.map(() => 0);
  for (let begin = 0; begin < images.length; begin += CHUNK * channels) {
    const end = Math.min(begin + CHUNK * channels, images.length);
    centers.forEach((center, channel) => {
      let sum = sums[channel]!;
      if (power === 1) for (let i = begin + channel; i < end; i += channels) sum += images[i]! - center;
      else for (let i = begin + channel; i < end; i += channels) sum += (images[i]! - center) * (images[i]! - center);
      sums[channel] = sum;
    });
  }
  return sums;
}
