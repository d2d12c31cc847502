/** Reads images and labels from named arrays: .npz and safetensors files, and folders of .npy files. */
import path from 'node:path';
import { decode, type Dtype } from '../checkpoints/dtypes';
import { quote } from '../json/strict';
import { openCheckpoint } from '../checkpoints/open';
import { byName } from '../checkpoints/reader';
import { UserError } from '../errors';
import type { ArraySplit, FileDataset } from '../vocabulary/runOptions';
import { badField, badFile, MISSING } from './fields';
import { listed, listFolder } from './files';
import { toChannelsLast } from './layout';
import type { RawSplit } from './split';

type ArraySpec = FileDataset;

/** An array as stored: little-endian and row-major. */
interface StoredArray {
  dtype: Dtype;
  shape: readonly number[];
  bytes: Uint8Array;
}

interface ArrayFile {
  names: string[];
  /** Returns where an array is, for messages. */
  place(name: string): string;
  read(name: string): Promise<StoredArray>;
  close(): Promise<void>;
}

/** Default names of the arrays, in order of preference. */
const USUAL: Record<'train' | 'test', { images: string; labels: string }[]> = {
  train: usualNames('train'),
  test: usualNames('test'),
};

function usualNames(split: string): { images: string; labels: string }[] {
  return [
    { images: `x_${split}`, labels: `y_${split}` },
    { images: `X_${split}`, labels: `y_${split}` },
    { images: `${split}_images`, labels: `${split}_labels` },
    { images: `${split}_x`, labels: `${split}_y` },
  ];
}

/** Reads both splits from a file of arrays, or from a folder of .npy files. */
export async function readArrays(file: string, spec: ArraySpec): Promise<{ train: RawSplit; test: RawSplit }> {
  const arrays = await inFile(file, spec.format === 'npy' ? openFolder(file) : openArrays(file));
  try {
    return {
      train: await readSplit(file, arrays, { spec, split: 'train' }),
      test: await readSplit(file, arrays, { spec, split: 'test' }),
    };
  } finally {
    await arrays.close();
  }
}

/** Converts errors of reading, because libraries throw plain errors. The new error names the file or the array. */
async function inFile<T>(file: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    const { cause, message } = error as Error;
    if ((cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') throw badFile(file, MISSING);
    if (error instanceof UserError)
      throw message.startsWith('dataset.') ? error : new UserError(`dataset.path: ${message}`, { cause: error });
    throw badFile(file, `cannot be read: ${message.replace(/\.$/, '')}`);
  }
}

async function openArrays(file: string): Promise<ArrayFile> {
  const reader = await openCheckpoint(file);
  const arrays = byName(reader.tensors);
  const uncounted = byName(reader.uncounted ?? []);
  return {
    names: [...arrays.keys(), ...uncounted.keys()],
    place: (name) => `${file}: array ${quote(name)}`,
    read: async (name) => {
      const array = arrays.get(name);
      if (!array) throw new Error(`its type is ${uncounted.get(name)?.dtype ?? 'unknown'}, which is not a number type`);
      return { dtype: array.dtype, shape: array.shape, bytes: await reader.bytes(name) };
    },
    close: () => reader.close(),
  };
}

const NPY = /\.npy$/;

/** Opens a folder in which each .npy file is an array. */
async function openFolder(folder: string): Promise<ArrayFile> {
  const files = await listFolder(folder);
  if (!files) throw badFile(folder, MISSING);
  const fileOf = (name: string) => path.join(folder, `${name}.npy`);
  return {
    names: files.filter((name) => name.endsWith('.npy')).map((name) => name.replace(NPY, '')),
    place: fileOf,
    read: async (name) => {
      const file = await openArrays(fileOf(name));
      try {
        return await file.read(file.names[0]!);
      } finally {
        await file.close();
      }
    },
    close: () => Promise.resolve(),
  };
}

async function readSplit(
  file: string,
  arrays: ArrayFile,
  { spec, split }: { spec: ArraySpec; split: 'train' | 'test' },
): Promise<RawSplit> {
  const asked = arraysOf(file, arrays.names, { asked: withoutEnding(spec, split), split });
  const places = { images: arrays.place(asked.images), labels: arrays.place(asked.labels) };
  const read = async (part: 'images' | 'labels') => {
    const array = await inFile(places[part], arrays.read(asked[part]));
    return takeRows(array, { place: places[part], split, rows: asked.rows });
  };
  const images = imagesOf(await read('images'), { place: places.images, layout: spec.layout ?? 'NCHW' });
  const first = asked.rows?.[0] ?? 0;
  const where = (row: number) => `at row ${first + row}`;
  return { places, where, ...images, labels: labelsOf(await read('labels'), places.labels) };
}

/** Returns the names of the arrays in the run file. Names of .npy files may have their ending. */
function withoutEnding({ format, ...spec }: ArraySpec, split: 'train' | 'test'): ArraySplit | undefined {
  const asked = spec[split];
  if (!asked || format !== 'npy') return asked;
  return { ...asked, images: asked.images.replace(NPY, ''), labels: asked.labels.replace(NPY, '') };
}

/** Returns the names of the arrays: those in the run file (throws if one is missing), otherwise the default names. */
function arraysOf(
  file: string,
  names: string[],
  { asked, split }: { asked: ArraySplit | undefined; split: 'train' | 'test' },
): ArraySplit {
  const usual = USUAL[split].find(({ images, labels }) => names.includes(images) && names.includes(labels));
  if (!asked) {
    if (usual) return usual;
    const { images, labels } = USUAL[split][0]!;
    throw badField(
      split,
      `${file} has no arrays ${images} and ${labels}. Set dataset.${split} to the names of its arrays, which are ${listed(names.map(quote))}`,
    );
  }
  for (const part of ['images', 'labels'] as const) {
    if (names.includes(asked[part])) continue;
    throw badField(
      `${split}.${part}`,
      `${file} has no array ${asked[part]}. Its arrays are ${listed(names.map(quote))}`,
    );
  }
  return asked;
}

function takeRows(
  array: StoredArray,
  { place, split, rows }: { place: string; split: string; rows: ArraySplit['rows'] },
): StoredArray {
  const [count, ...rest] = array.shape;
  if (count === undefined) throw badFile(place, 'is a single number, but an array must have one row for each image');
  if (count === 0) throw badFile(place, 'is empty');
  const [first, last] = rows ?? [0, count];
  if (first < 0 || first >= last || last > count)
    throw badField(`${split}.rows`, `[${first}, ${last}) is not a valid range, because ${place} has ${count} rows`);
  const row = array.bytes.length / count;
  return { ...array, shape: [last - first, ...rest], bytes: array.bytes.subarray(first * row, last * row) };
}

function imagesOf(
  { dtype, shape, bytes }: StoredArray,
  { place, layout }: { place: string; layout: 'NCHW' | 'NHWC' },
): Pick<RawSplit, 'images' | 'shape'> {
  const values = dtype === 'uint8' ? bytes : decode(dtype, bytes);
  const stored = values instanceof Float64Array ? Float32Array.from(values) : values;
  if (shape.length === 3) return { images: stored, shape: [shape[0]!, shape[1]!, shape[2]!, 1] };
  if (shape.length !== 4)
    throw badFile(
      place,
      `has shape [${shape.join(', ')}], but images must have 3 dimensions (N, H, W), or 4 with channels`,
    );
  const [count, a, b, c] = shape as [number, number, number, number];
  if (layout === 'NHWC') return { images: stored, shape: [count, a, b, c] };
  const planes = { begin: 0, stride: a * b * c, count, channels: a, pixels: b * c };
  return { images: toChannelsLast({ images: stored, ...planes }), shape: [count, b, c, a] };
}

function labelsOf({ dtype, shape, bytes }: StoredArray, place: string): ArrayLike<number> {
  if (shape.slice(1).some((size) => size !== 1)) {
    const remedy = shape.length === 2 ? '. If the labels are one-hot, save numpy.argmax of each row instead' : '';
    throw badFile(place, `has shape [${shape.join(', ')}], but there must be one label for each image${remedy}`);
  }
  return decode(dtype, bytes);
}
