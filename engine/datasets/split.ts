/** Checks images and labels of a file, and makes a split of them. */
import type { Split } from './dataset';
import { badField, badFile } from './fields';
import { copyShared, toShared } from './layout';

const MOST_CLASSES = 2 ** 16;

/** Images of one file, NHWC, and their labels, before they are checked. */
export interface RawSplit {
  /** Names of both for messages: a file, or `FILE: array "NAME"`. */
  places: { images: string; labels: string };
  /** Row of the first image in the file; default 0. */
  firstRow?: number;
  images: Uint8Array | Float32Array;
  /** Shape of `images`: count, height, width, channels. */
  shape: readonly [number, number, number, number];
  labels: ArrayLike<number>;
}

/** Checks that both splits agree, and counts the classes: labels of the training split are 0 … classes − 1. */
export function checkSplits(raw: { train: RawSplit; test: RawSplit }, limit: { train?: number; test?: number } = {}) {
  const [, height, width, channels] = raw.train.shape;
  const shape = raw.test.shape.slice(1);
  if (shape.join() !== [height, width, channels].join()) {
    const sizes = `${shape.join(' × ')}, those for training ${[height, width, channels].join(' × ')}`;
    throw badFile(raw.test.places.images, `holds images of ${sizes} (height × width × channels)`);
  }
  const classes = countClasses(raw.train, MOST_CLASSES);
  if (classes < 2) throw badFile(raw.train.places.labels, 'has a single class');
  countClasses(raw.test, classes);
  return { height, width, channels, classes, train: cut(raw.train, limit.train), test: cut(raw.test, limit.test) };
}

function countClasses({ places, labels, shape: [count], firstRow = 0 }: RawSplit, most: number): number {
  if (count === 0) throw badFile(places.images, 'holds no images');
  if (labels.length !== count)
    throw badFile(places.labels, `holds ${labels.length} labels, but ${places.images} holds ${count} images`);
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= most) {
      throw badFile(places.labels, `has label ${label} at row ${firstRow + i}; labels are 0 … ${most - 1} here`);
    }
    largest = Math.max(largest, label);
  }
  return largest + 1;
}

function cut({ places, images, shape, labels, firstRow = 0 }: RawSplit, limit = Infinity): Split {
  if (limit < 1) throw badField('limit', 'a split needs at least one example');
  const [all, height, width, channels] = shape;
  const count = Math.min(all, limit);
  const size = height * width * channels;
  const kept = count === all ? toShared(images) : copyShared(images.subarray(0, count * size)); // so that the rest can be freed
  checkFinite(kept, { place: places.images, firstRow, size });
  return { count, images: kept, labels: Int32Array.from(labels).subarray(0, count) };
}

/** Checks that floats are finite, because TensorFlow would silently train on NaN. */
function checkFinite(
  images: Split['images'],
  { place, firstRow, size }: { place: string; firstRow: number; size: number },
): void {
  if (images instanceof Uint8Array) return;
  // A loop is eight times as fast as findIndex with a function, and every pixel is checked when a run begins.
  for (let i = 0; i < images.length; i++)
    if (!Number.isFinite(images[i]))
      throw badFile(place, `holds ${images[i]} among its images, at row ${firstRow + Math.floor(i / size)}`);
}
