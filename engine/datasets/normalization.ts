/** The normalization of images: the mean and standard deviation of each channel, given, known by a name, or measured. */
import { setImmediate } from 'node:timers/promises';
import type { FileDataset } from '../vocabulary/runOptions';
import type { Dataset, Split, StoredSplit } from './dataset';
import { badField } from './fields';
import { openSamples } from './samples';

type Normalization = Dataset['normalization'];

/** Means and standard deviations of the channels of images in 0 … 1. */
export const KNOWN = {
  /** As in torchvision. */
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  /** As in the official AWS code (data/utils.py). */
  cifar10: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
} as const;

/** Returns the normalization that a run file asks for. Throws UserError if it does not suit the images. */
export async function normalizationOf(
  given: FileDataset['normalization'],
  dataset: Omit<Dataset, 'normalization'>,
): Promise<Normalization> {
  const { train, channels } = dataset;
  const asked = given ?? ('files' in train ? 'imagenet' : 'measured');
  if (typeof asked === 'object') return checkNormalization(asked, channels);
  if (asked !== 'measured') return knownNormalization(asked, dataset);
  return measureNormalization('files' in train ? await decodeSome(dataset) : train, channels);
}

function knownNormalization(
  name: keyof typeof KNOWN,
  { train, channels }: Omit<Dataset, 'normalization'>,
): Normalization {
  const { mean, std } = KNOWN[name];
  if (channels !== mean.length)
    throw badField(
      'normalization',
      `${name} is for images with ${mean.length} channels, but these have ${channels}. Use "measured", or give mean and std`,
    );
  const unit = largestValue(train);
  return { mean: mean.map((value) => unit * value), std: std.map((value) => unit * value) };
}

/** Returns the value of white: 255 for bytes, 1 for floats in 0 … 1. */
function largestValue(split: Split): number {
  if ('files' in split || split.images instanceof Uint8Array) return 255;
  if (split.images.every((value) => value >= 0 && value <= 1)) return 1;
  throw badField(
    'normalization',
    'can only be a name for images with bytes or with numbers from 0 to 1. Use "measured", or give mean and std',
  );
}

/** Number of image files that are decoded to measure them. */
const DECODED = 1_000;

/** Decodes training images that are evenly spaced over all, as they are evaluated. */
async function decodeSome(dataset: Omit<Dataset, 'normalization'>): Promise<StoredSplit> {
  const { train, height, width, channels } = dataset;
  const samples = openSamples(dataset, train);
  const count = Math.min(train.count, DECODED);
  const [size, labels] = [height * width * channels, new Int32Array(count)];
  const images = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    images.set(samples.pixels(Math.floor((i * train.count) / count)), i * size);
    await setImmediate(); // so that the process still answers
  }
  return { count, images, labels };
}

/** Checks the normalization in a run file: there must be one number for each channel, and standard deviations must be above 0. */
function checkNormalization(given: Normalization, channels: number): Normalization {
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
