/**
 * Reads the IDX format of MNIST (yann.lecun.com/exdb/mnist): big-endian sizes, then bytes. Fashion-MNIST, KMNIST and EMNIST have the
 * same format.
 */
import path from 'node:path';
import { quote } from '../json/strict';
import { sizeOf } from '../tensors';
import { badFile } from './fields';
import { listed, listFolder, readFirst } from './files';
import type { RawSplit } from './split';

/**
 * Reads the four files in a folder, gzipped or not. They have the names of MNIST, or of EMNIST
 * (`emnist-letters-train-images-idx3-ubyte`).
 */
export async function readIdx(folder: string): Promise<{ train: RawSplit; test: RawSplit; notes: string[] }> {
  const prefix = await findPrefix(folder);
  const train = await readSplit(folder, [`${prefix}train`]);
  const test = await readSplit(folder, [`${prefix}t10k`, `${prefix}test`]);
  const begin = prefix === '' ? 0 : Math.min(lowest(train.labels), lowest(test.labels));
  if (begin === 0) return { train, test, notes: [] };
  const note = `The labels in ${path.basename(train.places.labels)} begin at ${begin}, so ${begin} was subtracted from each.`;
  return { train: countFromZero(train, begin), test: countFromZero(test, begin), notes: [note] };
}

/** Returns the text before `train-images` in the file names: empty for MNIST, `emnist-letters-` for the letters of EMNIST. */
async function findPrefix(folder: string): Promise<string> {
  const names = (await listFolder(folder)) ?? [];
  const found = names.flatMap((name) => /^(.*)train-images[-.]idx3-ubyte(?:\.gz)?$/.exec(name)?.[1] ?? []);
  const [first = '', ...others] = [...new Set(found)].sort();
  if (first !== '' && others.length > 0)
    throw badFile(
      folder,
      `has several datasets (${listed([first, ...others].map(quote))}). Move the four files of one dataset into a separate folder`,
    );
  return first;
}

/**
 * Subtracts `begin`, the lowest label, because EMNIST numbers its letters from 1. Labels in files with the names of MNIST are not
 * changed, because existing runs use them.
 */
function countFromZero(split: RawSplit, begin: number): RawSplit {
  return { ...split, labels: Array.from(split.labels, (label) => label - begin) };
}

function lowest(labels: ArrayLike<number>): number {
  return labels.length === 0 ? 0 : Array.from(labels).reduce((a, b) => Math.min(a, b));
}

async function readSplit(folder: string, splits: string[]): Promise<RawSplit> {
  const images = await readArray(folder, namesOf(splits, 'images', 3), 3);
  const labels = await readArray(folder, namesOf(splits, 'labels', 1), 1);
  const [count, height, width] = images.shape as [number, number, number];
  const places = { images: images.file, labels: labels.file };
  return { places, images: images.bytes, shape: [count, height, width, 1], labels: labels.bytes };
}

function namesOf(splits: readonly string[], part: 'images' | 'labels', dimensions: 1 | 3): string[] {
  const spellings = splits.flatMap((split) =>
    ['-', '.'].map((mark) => `${split}-${part}${mark}idx${dimensions}-ubyte`),
  );
  return spellings.flatMap((spelling) => [spelling, `${spelling}.gz`]);
}

async function readArray(folder: string, names: readonly string[], dimensions: 1 | 3) {
  const { file, bytes } = await readFirst(names.map((name) => path.join(folder, name)));
  const header = 4 + 4 * dimensions;
  if (bytes.length < header)
    throw badFile(file, `has only ${bytes.length} bytes, so it is truncated. Download it again`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(0) !== 0x800 + dimensions) {
    throw badFile(file, `is not an IDX file of unsigned bytes with ${dimensions} dimension(s). Download it again`);
  }
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  if (sizeOf(shape) !== bytes.length - header) {
    throw badFile(
      file,
      `should have ${sizeOf(shape)} bytes after its header, but has ${bytes.length - header}. Download it again`,
    );
  }
  return { file, shape, bytes: bytes.subarray(header) };
}
