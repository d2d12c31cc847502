/**
 * Reads the structure of a MessagePack file by ranges: dictionaries, lists, and where the bytes of its arrays are. Libraries
 * (`@msgpack/msgpack`) decode a file completely in memory, with all its weights.
 */
import { MOST_DIMENSIONS } from '../../tensors';
import { quote } from '../../json/strict';
import type { Cursor } from '../window';

/** An array of Flax: `(shape, dtype, bytes)` in an extension type. Its bytes are [from, to) of the file. */
export class StoredArray {
  constructor(
    readonly dtype: string,
    readonly shape: number[],
    readonly from: number,
    readonly to: number,
  ) {}
}

/** A dictionary, or a list with its positions as keys. */
export type Tree = Map<string, Node>;

/** A value. It is undefined for nil, binary data and other types that are not needed here. */
export type Node = Tree | StoredArray | number | string | undefined;

/** Types of extensions (`_MsgpackExtType` in flax/serialization.py). */
const NDARRAY = 1;
const NUMPY_SCALAR = 3;

const DEEPEST = 64;
/** Greatest number of values. A training state of 10 thousand arrays has about 100 thousand. */
const MOST_NODES = 2 ** 18;
const LONGEST_TEXT = 2 ** 12;

/** Reads the value that begins at the cursor. Throws an `Error` that says what is wrong. */
export function readNode(cursor: Cursor): Promise<Node> {
  return new Reader(cursor).node(0);
}

class Reader {
  #left = MOST_NODES;

  constructor(private readonly cursor: Cursor) {}

  async node(depth: number): Promise<Node> {
    if (this.#left-- <= 0) throw new Error(`the file has more than ${MOST_NODES} values`);
    if (depth > DEEPEST) throw new Error(`the dictionaries are nested more than ${DEEPEST} levels deep`);
    const tag = await this.#unsigned(1);
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.#map(tag & 15, depth);
    if (tag < 0xa0) return this.#list(tag & 15, depth);
    if (tag < 0xc0) return this.#text(tag & 31);
    if (tag >= 0xe0) return tag - 256;
    if (tag === 0xc1) throw new Error(`no value begins at byte ${this.cursor.at - 1}`);
    if (tag <= 0xc3) return undefined; // nil, false and true
    return this.#long(tag, depth);
  }

  /** Reads a value of several bytes: after the tag comes its size, or the number itself. */
  async #long(tag: number, depth: number): Promise<Node> {
    if (tag <= 0xc6) return this.#skip(await this.#unsigned(2 ** (tag - 0xc4))); // binary data
    if (tag <= 0xc9) return this.#extension(await this.#unsigned(2 ** (tag - 0xc7)));
    if (tag <= 0xcb) return this.#skip(tag === 0xca ? 4 : 8); // floats
    if (tag <= 0xcf) return this.#unsigned(2 ** (tag - 0xcc));
    if (tag <= 0xd3) return this.#signed(2 ** (tag - 0xd0));
    if (tag <= 0xd8) return this.#extension(2 ** (tag - 0xd4));
    if (tag <= 0xdb) return this.#text(await this.#unsigned(2 ** (tag - 0xd9)));
    const count = await this.#unsigned(tag % 2 === 0 ? 2 : 4);
    return tag <= 0xdd ? this.#list(count, depth) : this.#map(count, depth);
  }

  async #map(count: number, depth: number): Promise<Tree> {
    const tree: Tree = new Map();
    for (let i = 0; i < count; i++) {
      const key = await this.node(depth + 1);
      if (typeof key !== 'string' && typeof key !== 'number')
        throw new Error('a dictionary has a key that is not a text');
      if (tree.has(String(key))) throw new Error(`a dictionary has the key ${quote(String(key))} twice`);
      tree.set(String(key), await this.node(depth + 1));
    }
    return tree;
  }

  async #list(count: number, depth: number): Promise<Tree> {
    const tree: Tree = new Map();
    for (let i = 0; i < count; i++) tree.set(String(i), await this.node(depth + 1));
    return tree;
  }

  async #text(length: number): Promise<Node> {
    if (length > LONGEST_TEXT) return this.#skip(length);
    return new TextDecoder().decode(await this.cursor.bytes(length));
  }

  async #extension(length: number): Promise<Node> {
    const [type] = await this.cursor.bytes(1);
    const { at } = this.cursor;
    this.cursor.check(length);
    if (type !== NDARRAY && type !== NUMPY_SCALAR) return this.#skip(length);
    const array = await this.#array();
    if (this.cursor.at !== at + length)
      throw new Error(`the array at byte ${at} does not have the size of its extension`);
    return array;
  }

  async #array(): Promise<StoredArray> {
    const { at } = this.cursor;
    const invalid = () => new Error(`the array at byte ${at} is not (shape, dtype, bytes)`);
    if ((await this.#unsigned(1)) !== 0x93) throw invalid();
    const shape = await this.node(DEEPEST - 1);
    const dtype = await this.node(DEEPEST);
    const sizes = shape instanceof Map ? [...shape.values()] : undefined;
    if (!sizes?.every(isSize) || sizes.length > MOST_DIMENSIONS || typeof dtype !== 'string') throw invalid();
    const tag = await this.#unsigned(1);
    const size = sizeOfLength(tag);
    if (size === undefined) throw invalid();
    const length = size === 0 ? tag & 31 : await this.#unsigned(size);
    const from = this.cursor.at;
    this.cursor.skip(length);
    return new StoredArray(dtype, sizes, from, from + length);
  }

  #skip(length: number): Node {
    this.cursor.skip(length);
    return undefined;
  }

  async #unsigned(size: number): Promise<number> {
    const view = await this.cursor.view(size);
    if (size === 1) return view.getUint8(0);
    if (size === 2) return view.getUint16(0);
    return size === 4 ? view.getUint32(0) : Number(view.getBigUint64(0));
  }

  async #signed(size: number): Promise<number> {
    const view = await this.cursor.view(size);
    if (size === 1) return view.getInt8(0);
    if (size === 2) return view.getInt16(0);
    return size === 4 ? view.getInt32(0) : Number(view.getBigInt64(0));
  }
}

/**
 * Returns how many bytes after the tag give the length of binary data; 0 if the tag itself contains it. Old versions stored bytes as text,
 * so texts count as binary data here. Returns undefined for other tags.
 */
function sizeOfLength(tag: number): number | undefined {
  if (tag >= 0xa0 && tag < 0xc0) return 0;
  if (tag >= 0xc4 && tag <= 0xc6) return 2 ** (tag - 0xc4);
  return tag >= 0xd9 && tag <= 0xdb ? 2 ** (tag - 0xd9) : undefined;
}

export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
