/**
 * Reads the header of a GGUF file (ggml/docs/gguf.md) by ranges: its key-value pairs, then a line for each tensor. The library
 * `@huggingface/gguf` is not used, because it keeps the vocabulary of the model in memory, opens files by itself and brings 2.4 MB of task
 * definitions.
 */
import { quote } from '../../json/strict';
import { RefusedError } from '../invalid';
import type { Cursor } from '../window';

export interface TensorLine {
  name: string;
  /** The shape in row-major order. GGUF itself stores the fastest axis first. */
  shape: number[];
  /** The number that ggml gives this type. */
  type: number;
  /** Byte offset from the beginning of the data. */
  offset: number;
}

export interface GgufHeader {
  metadata: Record<string, string>;
  lines: TensorLine[];
  /** Byte at which the data begin. */
  start: number;
}

/** Number of bytes of a value, by the number of its type. Strings (8) and arrays (9) are missing, because their sizes differ. */
const SIZES = new Map([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 4],
  [5, 4],
  [6, 4],
  [7, 1],
  [10, 8],
  [11, 8],
  [12, 8],
]);
const STRING = 8;
const ARRAY = 9;

const MOST_TENSORS = 2 ** 20;
const MOST_PAIRS = 2 ** 16;
/** Greatest number of strings in all arrays. The largest vocabularies have half a million. */
const MOST_STRINGS = 2 ** 22;
const LONGEST_NAME = 2 ** 10;
const LONGEST_TEXT = 200;
const MOST_GGUF_DIMENSIONS = 8;
const DEEPEST = 4;

/** Reads the header. Throws an `Error` that says what is wrong. */
export async function readHeader(cursor: Cursor): Promise<GgufHeader> {
  const head = await cursor.view(24);
  const version = head.getUint32(4, true);
  if (version !== 2 && version !== 3) {
    const isBig = head.getUint32(4, false) === 3;
    throw new RefusedError(
      isBig ? 'the file is big-endian' : `its version is ${version}; versions 2 and 3 can be read`,
      `Convert the model again ${isBig ? 'as little-endian' : 'to version 3'}.`,
    );
  }
  const [tensors, pairs] = [head.getBigUint64(8, true), head.getBigUint64(16, true)];
  if (tensors > MOST_TENSORS)
    throw new Error(`the header claims ${tensors} tensors, more than the limit of ${MOST_TENSORS}`);
  if (pairs > MOST_PAIRS)
    throw new Error(`the header claims ${pairs} key-value pairs, more than the limit of ${MOST_PAIRS}`);
  const { metadata, alignment } = await readPairs(cursor, Number(pairs));
  const lines: TensorLine[] = [];
  for (let i = 0; i < Number(tensors); i++) lines.push(await readLine(cursor));
  return { metadata, lines, start: Math.ceil(cursor.at / alignment) * alignment };
}

async function readPairs(
  cursor: Cursor,
  count: number,
): Promise<{ metadata: Record<string, string>; alignment: number }> {
  const metadata = new Map<string, string>();
  const strings = { left: MOST_STRINGS };
  for (let i = 0; i < count; i++) {
    const key = await readString(cursor, LONGEST_NAME);
    const type = (await cursor.view(4)).getUint32(0, true);
    const text = await readValue(cursor, type, strings);
    if (text !== undefined && key.includes('.')) metadata.set(key, text);
  }
  const alignment = Number(metadata.get('general.alignment') ?? 32);
  if (!(Number.isSafeInteger(alignment) && alignment > 0 && alignment <= 2 ** 20))
    throw new Error(`the alignment is ${alignment}`);
  return { metadata: Object.fromEntries(metadata), alignment };
}

/** Returns a short string or a number as a text. Skips arrays and long strings. */
async function readValue(
  cursor: Cursor,
  type: number,
  strings: { left: number },
  depth = 0,
): Promise<string | undefined> {
  if (type === STRING) {
    const length = await readLength(cursor);
    if (length <= LONGEST_TEXT) return new TextDecoder().decode(await cursor.bytes(length));
    cursor.skip(length);
    return undefined;
  }
  if (type === ARRAY) return skipArray(cursor, strings, depth);
  const view = await cursor.view(sizeOfType(type));
  if (type === 0 || type === 7) return String(view.getUint8(0));
  if (type === 2) return String(view.getUint16(0, true));
  if (type === 4) return String(view.getUint32(0, true));
  if (type === 5) return String(view.getInt32(0, true));
  if (type === 6) return String(view.getFloat32(0, true));
  return type === 10 ? String(view.getBigUint64(0, true)) : undefined;
}

async function skipArray(cursor: Cursor, strings: { left: number }, depth: number): Promise<undefined> {
  if (depth > DEEPEST) throw new Error('the arrays are nested too deeply');
  const head = await cursor.view(12);
  const [type, count] = [head.getUint32(0, true), Number(head.getBigUint64(4, true))];
  if (type !== STRING && type !== ARRAY) {
    cursor.skip(count * sizeOfType(type));
    return undefined;
  }
  if (count > strings.left) throw new Error(`the arrays have more than ${MOST_STRINGS} strings`);
  strings.left -= count;
  for (let i = 0; i < count; i++) {
    if (type === ARRAY) await skipArray(cursor, strings, depth + 1);
    else cursor.skip(await readLength(cursor));
  }
  return undefined;
}

function sizeOfType(type: number): number {
  const size = SIZES.get(type);
  if (size === undefined) throw new Error(`a value has the unknown type ${type}`);
  return size;
}

async function readLine(cursor: Cursor): Promise<TensorLine> {
  const name = await readString(cursor, LONGEST_NAME);
  const dimensions = (await cursor.view(4)).getUint32(0, true);
  if (dimensions > MOST_GGUF_DIMENSIONS) throw new Error(`tensor ${quote(name)} has ${dimensions} dimensions`);
  const view = await cursor.view(8 * dimensions + 12);
  const sizes = Array.from({ length: dimensions }, (_, axis) => Number(view.getBigUint64(8 * axis, true)));
  if (!sizes.every(Number.isSafeInteger)) throw new Error(`tensor ${quote(name)} has a dimension beyond 2⁵³`);
  const type = view.getUint32(8 * dimensions, true);
  return { name, shape: sizes.reverse(), type, offset: Number(view.getBigUint64(8 * dimensions + 4, true)) };
}

async function readString(cursor: Cursor, longest: number): Promise<string> {
  const length = await readLength(cursor);
  if (length > longest) throw new Error(`a name has ${length} bytes`);
  return new TextDecoder().decode(await cursor.bytes(length));
}

async function readLength(cursor: Cursor): Promise<number> {
  return Number((await cursor.view(8)).getBigUint64(0, true));
}
