/** Checks the images and labels of a file, and makes a split from them. */
import type { StoredSplit } from './dataset';
import { badField, badFile } from './fields';
import { copyShared, toShared } from './layout';

const atRow = (row: number) => `at row ${row}`;

const MOST_CLASSES = 2 ** 16;

/** Unchecked images of one file (NHWC) and their labels. */
export interface RawSplit {
  /** Where the images and the labels come from, for messages: a file, or `FILE: array "NAME"`. */
  places: { images: string; labels: string };
  /** Says where an image is in the file. Default: `at row N`, counted from 0 as in numpy. */
  where?: (row: number) => string;
  images: Uint8Array | Float32Array;
  /** Shape of `images`: count, height, width, channels. */
  shape: readonly [number, number, number, number];
  labels: ArrayLike<number>;
}

/**
 * Checks that both splits have images of the same shape, and counts the classes. Every label must be below the number of classes in
 * the training split.
 */
export function checkSplits(raw: { train: RawSplit; test: RawSplit }, limit: { train?: number; test?: number } = {}) {
  const [, height, width, channels] = raw.train.shape;
  const shape = raw.test.shape.slice(1);
  if (shape.join() !== [height, width, channels].join()) {
    const sizes = `${shape.join(' × ')}, but the training images have ${[height, width, channels].join(' × ')}`;
    throw badFile(raw.test.places.images, `has images of ${sizes} (height × width × channels)`);
  }
  const classes = countClasses(raw.train, MOST_CLASSES);
  if (classes < 2) throw badFile(raw.train.places.labels, 'has only one class, but training needs at least two');
  countClasses(raw.test, classes);
  return { height, width, channels, classes, train: cut(raw.train, limit.train), test: cut(raw.test, limit.test) };
}

function countClasses({ places, labels, shape: [count], where = atRow }: RawSplit, most: number): number {
  if (count === 0) throw badFile(places.images, 'has no images');
  if (labels.length !== count)
    throw badFile(places.labels, `has ${labels.length} labels, but ${places.images} has ${count} images`);
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= most) {
      throw badFile(
        places.labels,
        `has label ${label} ${where(i)}, but labels must be whole numbers from 0 to ${most - 1}`,
      );
    }
    largest = Math.max(largest, label);
  }
  return largest + 1;
}

function cut({ places, images, shape, labels, where = atRow }: RawSplit, limit = Infinity): StoredSplit {
  if (limit < 1) throw badField('limit', 'each split needs at least one example');
  const [all, height, width, channels] = shape;
  const count = Math.min(all, limit);
  const size = height * width * channels;
  const kept = count === all ? toShared(images) : copyShared(images.subarray(0, count * size)); // a copy lets the memory of the other images be freed
  checkFinite(kept, { place: places.images, where, size });
  return { count, images: kept, labels: Int32Array.from(labels).subarray(0, count) };
}

/** Checks that floats are finite, because TensorFlow would silently train on NaN. */
function checkFinite(
  images: StoredSplit['images'],
  { place, where, size }: { place: string; where: (row: number) => string; size: number },
): void {
  if (images instanceof Uint8Array) return;
  // This loop is eight times as fast as findIndex with a function. Speed matters because every pixel is checked when a run starts.
  for (let i = 0; i < images.length; i++)
    if (!Number.isFinite(images[i]))
      throw badFile(place, `has the pixel value ${images[i]} in the image ${where(Math.floor(i / size))}`);
}
