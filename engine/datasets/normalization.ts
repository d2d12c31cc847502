/** Mean and deviation of each channel, by which images are normalized. */
import type { Dataset, Split } from './dataset';
import { badField } from './fields';

/** Checks a normalization given in a run file: a number for each channel, deviations above 0. */
export function checkNormalization(given: Dataset['normalization'], channels: number): Dataset['normalization'] {
  for (const key of ['mean', 'std'] as const) {
    const numbers = given[key];
    if (numbers.length !== channels) {
      throw badField(`normalization.${key}`, `has ${numbers.length} numbers, but the images have ${channels} channels`);
    }
  }
  if (!given.std.every((std) => std > 0)) throw badField('normalization.std', 'must be above 0');
  return given;
}

/** Over all pixels of a split, in the stored unit; a channel that is constant has deviation 1, as there is nothing to scale. */
export function measureNormalization(split: Split, channels: number): Dataset['normalization'] {
  const sums = new Float64Array(channels);
  const { images } = split;
  for (let i = 0; i < images.length; i++) sums[i % channels]! += images[i]!;
  const pixels = images.length / channels;
  const mean = [...sums].map((sum) => sum / pixels);
  const squares = new Float64Array(channels);
  for (let i = 0; i < images.length; i++) squares[i % channels]! += (images[i]! - mean[i % channels]!) ** 2;
  return { mean, std: [...squares].map((square) => Math.sqrt(square / pixels) || 1) };
}
