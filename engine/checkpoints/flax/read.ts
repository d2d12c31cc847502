/** Reads a checkpoint of Flax (`flax.serialization`, `.msgpack`): nested dictionaries of arrays. */
import path from 'node:path';
import { quote } from '../../json/strict';
import { sizeOf } from '../../tensors';
import type { UncountedTensor } from '../../vocabulary/checkpoint';
import { isDtype, sizeOfDtype } from '../dtypes';
import type { RangedFile } from '../file';
import { asInvalid, noTensors } from '../invalid';
import { readerOf, type CheckpointReader, type ReadableTensor } from '../reader';
import type { FillStorage } from '../strided';
import { Cursor } from '../window';
import { isSize, readNode, StoredArray, type Node, type Tree } from './msgpack';

/** Reads the structure. Arrays are read later. Closing the reader closes the file. */
export async function readFlax(file: RangedFile): Promise<CheckpointReader> {
  try {
    const cursor = new Cursor(file);
    const root = await readNode(cursor);
    if (cursor.at !== file.size)
      throw new Error(`the last ${file.size - cursor.at} bytes of the file belong to no value`);
    const arrays = [...arraysOf(root, [])];
    if (arrays.length === 0) throw noTensors(file.name);
    const model = modelPath(arrays.map(({ keys }) => keys));
    const tensors: ReadableTensor[] = [];
    const uncounted: UncountedTensor[] = [];
    for (const { keys, array } of arrays) {
      const { name, collection } = namesOf(keys, model, path.parse(file.name).name);
      const tensor = tensorOf(name, array, file);
      if ('fill' in tensor) tensors.push({ ...tensor, ...(collection !== undefined && { collection }) });
      else uncounted.push(tensor);
    }
    const close = () => file.close();
    return readerOf(tensors, { file: file.name, format: 'flax', metadata: {}, uncounted, close });
  } catch (error) {
    throw asInvalid(file.name, 'MessagePack file of Flax', error);
  }
}

interface Chunked {
  dtype: string;
  shape: number[];
  pieces: readonly StoredArray[];
}

/** Flax splits arrays of more than 1 GB into flat chunks. */
const CHUNKED = '__msgpack_chunked_array__';

function* arraysOf(node: Node, keys: string[]): Iterable<{ keys: string[]; array: Chunked }> {
  if (node instanceof StoredArray) yield { keys, array: { dtype: node.dtype, shape: node.shape, pieces: [node] } };
  else if (node instanceof Map && node.has(CHUNKED)) yield { keys, array: chunkedOf(node, keys) };
  else if (node instanceof Map) for (const [key, value] of node) yield* arraysOf(value, [...keys, key]);
}

function chunkedOf(tree: Tree, keys: readonly string[]): Chunked {
  const [shape, chunks] = [inOrder(tree.get('shape')), inOrder(tree.get('chunks'))];
  const isChunk = (chunk: Node): chunk is StoredArray => chunk instanceof StoredArray;
  const [first] = chunks;
  if (!isChunk(first) || !chunks.every(isChunk) || !shape.every(isSize))
    throw new Error(`the chunks of ${quote(keys.join('/'))} are not complete`);
  const { dtype } = first;
  if (chunks.some((chunk) => chunk.dtype !== dtype))
    throw new Error(`the chunks of ${quote(keys.join('/'))} have different dtypes`);
  return { dtype, shape, pieces: chunks };
}

/** Returns the values of a dictionary with the keys 0, 1, 2, …. */
function inOrder(node: Node): Node[] {
  return node instanceof Map ? Array.from({ length: node.size }, (_, i) => node.get(String(i))) : [];
}

function tensorOf(name: string, { dtype, shape, pieces }: Chunked, file: RangedFile): ReadableTensor | UncountedTensor {
  if (!isDtype(dtype)) return { name, dtype, shape };
  const needed = sizeOf(shape) * sizeOfDtype(dtype);
  const held = pieces.reduce((sum, { from, to }) => sum + to - from, 0);
  if (held !== needed) throw new Error(`tensor ${quote(name)} needs ${needed} bytes, but has ${held}`);
  return { name, dtype, shape, fill: fillOfPieces(pieces, file) };
}

function fillOfPieces(pieces: readonly StoredArray[], file: RangedFile): FillStorage {
  return async (into, from) => {
    let begin = 0; // offset of the piece in the tensor
    for (const piece of pieces) {
      const length = piece.to - piece.from;
      const [first, last] = [Math.max(from, begin), Math.min(from + into.length, begin + length)];
      if (first < last) await file.fill(into.subarray(first - from, last - from), piece.from + first - begin);
      begin += length;
    }
  };
}

/** Keys of a training state that are not parameters. */
const NOT_MODEL = /^(opt_state|optimizer|opt|batch_stats|ema.*|rngs?|key|dropout_rng)$/;

/**
 * Returns the keys that lead to the parameters of the model, which are in a dictionary `params`. Prefers the one nearest to the top.
 * Ignores those of an optimizer. Returns undefined if there is none, or if several are equally near.
 */
function modelPath(paths: readonly (readonly string[])[]): readonly string[] | undefined {
  const found = new Map<string, readonly string[]>();
  for (const keys of paths) {
    const at = keys.indexOf('params');
    const isOutsideModel = keys.slice(0, at).some((key) => NOT_MODEL.test(key));
    const leading = keys.slice(0, at + 1);
    if (at >= 0 && at < keys.length - 1 && !isOutsideModel) found.set(leading.join('/'), leading);
  }
  const [first, second] = [...found.values()].sort((a, b) => a.length - b.length);
  return second?.length === first?.length ? undefined : first;
}

/**
 * Names a tensor by its keys. In the model, leaves out the keys that lead to the model. For another tensor, `collection` is the
 * first key that leads away from the model.
 */
function namesOf(
  keys: readonly string[],
  model: readonly string[] | undefined,
  fileName: string,
): { name: string; collection?: string } {
  if (keys.length === 0) return { name: fileName };
  const isBelow = model?.every((key, i) => keys[i] === key);
  if (model && isBelow) return { name: keys.slice(model.length).join('/') };
  const name = keys.join('/');
  const collection = model ? keys.find((key, i) => key !== model[i])! : keys.find((key) => NOT_MODEL.test(key));
  return { name, ...(collection !== undefined && { collection }) };
}
