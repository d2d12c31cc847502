/** CIFAR’s binary version (cs.toronto.edu/~kriz/cifar.html): records of one or two label bytes and 32 × 32 pixels, channels first. */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { badFile } from './fields';
import { readFirst } from './files';
import { sharedLike, writeChannelsLast } from './layout';
import type { RawSplit } from './split';

const PIXELS = 32 * 32;

const KINDS = {
  cifar10: {
    folder: 'cifar-10-batches-bin',
    pythonFolder: 'cifar-10-batches-py',
    archive: 'cifar-10-binary.tar.gz',
    train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
    test: ['test_batch.bin'],
    labelBytes: 1,
    classes: 10,
    names: 'batches.meta.txt',
  },
  cifar100: {
    folder: 'cifar-100-binary',
    pythonFolder: 'cifar-100-python',
    archive: 'cifar-100-binary.tar.gz',
    train: ['train.bin'],
    test: ['test.bin'],
    labelBytes: 2, // the coarse label, then the fine label, which is used
    classes: 100,
    names: 'fine_label_names.txt',
  },
};

/** Reads both splits from a folder, or from the folder inside it that the archive unpacks to. */
export async function readCifar(kind: keyof typeof KINDS, folder: string) {
  const { train, test, labelBytes, classes, names } = KINDS[kind];
  const folders = [folder, path.join(folder, KINDS[kind].folder)];
  refusePickled(kind, [...folders, path.join(folder, KINDS[kind].pythonFolder)]);
  const read = async (files: string[]) => {
    const parts: { file: string; bytes: Uint8Array }[] = [];
    for (const file of files) parts.push(await readFirst(folders.map((within) => path.join(within, file))));
    return splitOf(parts, { labelBytes, classes });
  };
  return {
    ...{ train: await read(train), test: await read(test) },
    classNames: await readNames(folders.map((within) => path.join(within, names))),
  };
}

/** Throws for a folder that has torchvision's Python version of CIFAR but no binary version. */
function refusePickled(kind: keyof typeof KINDS, folders: string[]): void {
  const [first] = KINDS[kind].train as [string, ...string[]];
  const find = (name: string) => folders.map((folder) => path.join(folder, name)).find(isFile);
  const pickled = find(path.parse(first).name);
  if (pickled !== undefined && find(first) === undefined)
    throw badFile(
      pickled,
      `is the Python version of CIFAR, which is not supported because it contains pickles. Download the binary version (${KINDS[kind].archive}) into this folder`,
    );
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
