/** Reads the pickles of the Python version of CIFAR as data: nothing in them is called. */
import { arrayOf, bytesOf } from '../checkpoints/pickle/numpy';
import { readPickle } from '../checkpoints/pickle/machine';
import { Dictionary, List, type Value } from '../checkpoints/pickle/values';
import { badFile } from './fields';

/** Returns the images (N rows of channels, then pixels) and labels of a batch. `labels` is the name of their field. */
export function readBatch(file: string, bytes: Uint8Array, labels: string): { images: Uint8Array; labels: number[] } {
  const fields = dictionaryIn(file, bytes);
  const array = inFile(file, () => arrayOf(fields.get('data') ?? null));
  const numbers = fields.get(labels);
  const isBatch = array?.dtype === 'uint8' && array.shape.length === 2 && numbers instanceof List;
  if (!isBatch)
    throw badFile(file, `is not a batch of CIFAR: it has no fields "data" and "${labels}". Download it again`);
  const [count, size] = array.shape as [number, number];
  if (size !== 3 * 32 * 32 || array.fortran)
    throw badFile(file, `has images of ${size} bytes, but those of CIFAR have 3072. Download it again`);
  if (numbers.items.length !== count)
    throw badFile(file, `has ${numbers.items.length} labels, but ${count} images. Download it again`);
  return { images: array.bytes, labels: numbers.items.map(Number) };
}

/** Returns the names of the classes, or undefined if the file has none. `field` is the name of their field. */
export function readNames(file: string, bytes: Uint8Array, field: string): string[] | undefined {
  const names = dictionaryIn(file, bytes).get(field);
  if (!(names instanceof List)) return undefined;
  return names.items.map((name, i) => textOf(name) ?? `class ${i}`);
}

function dictionaryIn(file: string, bytes: Uint8Array): Dictionary {
  const { value } = inFile(file, () => readPickle(bytes));
  if (!(value instanceof Dictionary))
    throw badFile(file, 'is not a file of CIFAR: it is a pickle without a dictionary. Download it again');
  const texts = new Dictionary();
  // Python 3 reads the keys as bytes, and writes them as bytes.
  for (const [key, item] of value.entries) texts.entries.push([textOf(key) ?? key, item]);
  return texts;
}

function textOf(value: Value): string | undefined {
  const bytes = bytesOf(value);
  return bytes && Buffer.from(bytes).toString('latin1');
}

function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw badFile(file, `is truncated or is not a pickle (${(error as Error).message}). Download it again`);
  }
}
