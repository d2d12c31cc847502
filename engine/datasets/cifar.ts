/**
 * Reads CIFAR (cs.toronto.edu/~kriz/cifar.html): images of 32 × 32 pixels, channels first. The binary version has records of one or two
 * label bytes and the image. The Python version has pickles.
 */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readBatch, readNames as readPickledNames } from './cifarPickles';
import { badFile } from './fields';
import { readFirst } from './files';
import { sharedLike, writeChannelsLast } from './layout';
import type { RawSplit } from './split';

const PIXELS = 32 * 32;

const KINDS = {
  cifar10: {
    folder: 'cifar-10-batches-bin',
    pythonFolder: 'cifar-10-batches-py',
    train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
    test: ['test_batch.bin'],
    labelBytes: 1,
    classes: 10,
    names: 'batches.meta.txt',
    pickled: { labels: 'labels', meta: 'batches.meta', names: 'label_names' },
  },
  cifar100: {
    folder: 'cifar-100-binary',
    pythonFolder: 'cifar-100-python',
    train: ['train.bin'],
    test: ['test.bin'],
    labelBytes: 2, // the coarse label, then the fine label, which is used
    classes: 100,
    names: 'fine_label_names.txt',
    pickled: { labels: 'fine_labels', meta: 'meta', names: 'fine_label_names' },
  },
};

type Kind = (typeof KINDS)[keyof typeof KINDS];

/**
 * Reads both splits from a folder, or from the folder inside it that an archive unpacks to. If it has both versions, reads the binary
 * version, which needs less memory. Both have the same images in the same order.
 */
export async function readCifar(name: keyof typeof KINDS, folder: string) {
  const kind = KINDS[name];
  const [binary, pickled] = [kind.folder, kind.pythonFolder].map((inner) => [folder, path.join(folder, inner)]);
  const has = (folders: string[] = [], file = '') => folders.some((within) => isFile(path.join(within, file)));
  const [first] = kind.train;
  return !has(binary, first) && has(pickled, withoutEnding(first!))
    ? readPickled(kind, pickled!)
    : readBinary(kind, binary!);
}

async function readBinary({ train, test, labelBytes, classes, names }: Kind, folders: string[]) {
  const read = async (files: string[]) => {
    const parts: { file: string; bytes: Uint8Array }[] = [];
    for (const file of files) parts.push(await readFirst(folders.map((within) => path.join(within, file))));
    return splitOf(parts, { labelBytes, classes });
  };
  return {
    train: await read(train),
    test: await read(test),
    classNames: await readNames(folders.map((within) => path.join(within, names))),
  };
}

async function readPickled({ train, test, pickled }: Kind, folders: string[]) {
  const find = (file: string) => readFirst(folders.map((within) => path.join(within, file)));
  const read = async (files: string[]): Promise<RawSplit> => {
    const parts: (ReturnType<typeof readBatch> & { file: string })[] = [];
    for (const name of files) {
      const { file, bytes } = await find(withoutEnding(name));
      parts.push({ file, ...readBatch(file, bytes, pickled.labels) });
    }
    const labels = parts.flatMap((part) => part.labels);
    const images = sharedLike(new Uint8Array(0), labels.length * 3 * PIXELS);
    let done = 0;
    for (const part of parts) {
      const planes = { images: part.images, begin: 0, stride: 3 * PIXELS, count: part.labels.length };
      writeChannelsLast(images.subarray(done), { ...planes, channels: 3, pixels: PIXELS });
      done += part.images.length;
    }
    const { file } = parts[0]!;
    return { places: { images: file, labels: file }, images, shape: [labels.length, 32, 32, 3], labels };
  };
  const splits = { train: await read(train), test: await read(test) };
  const meta = folders.map((within) => path.join(within, pickled.meta)).find(isFile);
  if (meta === undefined) return splits;
  return { ...splits, classNames: readPickledNames(meta, await readFile(meta), pickled.names) };
}

function withoutEnding(file: string): string {
  return path.parse(file).name;
}

function splitOf(
  parts: { file: string; bytes: Uint8Array }[],
  { labelBytes, classes }: { labelBytes: number; classes: number },
): RawSplit {
  const record = labelBytes + 3 * PIXELS;
  for (const { file, bytes } of parts) {
    if (bytes.length % record !== 0)
      throw badFile(
        file,
        `is truncated or has another format: its size is not a multiple of ${record} bytes. Download it again`,
      );
  }
  const size = 3 * PIXELS;
  const count = parts.reduce((sum, { bytes }) => sum + bytes.length / record, 0);
  const labels = new Uint8Array(count);
  const images = sharedLike(labels, count * size);
  let done = 0;
  for (const { file, bytes } of parts) {
    const labelAt = (at: number) => {
      const label = bytes[at]!;
      if (label < classes) return label;
      throw badFile(
        file,
        `has label ${label} in record ${Math.floor(at / record)}, but labels must be 0 … ${classes - 1}. Download the file again`,
      );
    };
    const planes = { images: bytes, begin: labelBytes, stride: record, count: bytes.length / record };
    writeChannelsLast(images.subarray(done * size), { ...planes, channels: 3, pixels: PIXELS });
    for (let at = labelBytes - 1; at < bytes.length; at += record) labels[done++] = labelAt(at);
  }
  const places = { images: parts[0]!.file, labels: parts[0]!.file };
  return { places, images, shape: [count, 32, 32, 3], labels };
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** Reads one class name per line. The file is optional. */
async function readNames(candidates: string[]): Promise<string[] | undefined> {
  for (const file of candidates) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    const names = text
      ?.split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
    if (names?.length) return names;
  }
  return undefined;
}
