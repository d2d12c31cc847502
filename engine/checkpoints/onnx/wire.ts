/**
 * Reads the fields of protobuf messages in a file by ranges. Libraries (`pbf`, `@bufbuild/protobuf`, `protobufjs`) need a message whole in
 * memory, and the message of an ONNX model contains all its weights.
 */
import type { RangedFile } from '../file';
import { Window } from '../window';

/** A field. A number has a `value`. A string, a message or packed numbers are the bytes [from, to) of the file. */
export interface Field {
  number: number;
  value: number | bigint;
  from: number;
  to: number;
  /** Whether the field is a range of bytes. */
  isRange: boolean;
}

/** Greatest number of fields in a file. A model of 100 thousand nodes has 2 million. */
const MOST_FIELDS = 5e6;
/** Greatest number of bytes of a tag and a number. */
const LONGEST_HEAD = 20;

export class Wire {
  readonly #window: Window;
  #fields = 0;

  constructor(file: RangedFile) {
    this.#window = new Window(file);
  }

  /** Calls `visit` for each field of the message at [from, to), in order. Throws an `Error` that says what is wrong. */
  async walk(from: number, to: number, visit: (field: Field) => Promise<void> | undefined): Promise<void> {
    for (let at = from; at < to;) {
      if (++this.#fields > MOST_FIELDS) throw new Error(`the model has more than ${MOST_FIELDS} fields`);
      const length = Math.min(LONGEST_HEAD, to - at);
      const field = fieldIn(this.#window.held(at, length) ?? (await this.#window.load(at, length)), at, to);
      const visited = visit(field);
      if (visited) await visited;
      at = field.to;
    }
  }

  /** Returns a copy of the bytes of a field. Throws an `Error` if there are more than `most`. */
  async bytes({ number, from, to }: Field, most: number): Promise<Uint8Array> {
    const length = to - from;
    if (length > most) throw new Error(`field ${number} has ${length} bytes, more than the limit of ${most}`);
    return Uint8Array.from(this.#window.held(from, length) ?? (await this.#window.load(from, length)));
  }

  async text(field: Field, most = 2 ** 16): Promise<string> {
    return new TextDecoder().decode(await this.bytes(field, most));
  }
}

/** Reads the field whose first bytes are given. It begins at byte `at`, in a message that ends at `end`. */
function fieldIn(bytes: Uint8Array, at: number, end: number): Field {
  const tag = varintAt(bytes, 0);
  const number = Math.floor(Number(tag.value) / 8);
  if (number < 1) throw new Error(`no field begins at byte ${at}`);
  const begin = at + tag.length;
  const fixed = (size: number) => ({ number, value: 0, from: begin, to: begin + size, isRange: false });
  switch (Number(tag.value) % 8) {
    case 0: {
      const { value, length } = varintAt(bytes, tag.length);
      return { number, value, from: begin, to: begin + length, isRange: false };
    }
    case 1:
      return checked(fixed(8), end);
    case 2: {
      const { value, length } = varintAt(bytes, tag.length);
      const from = begin + length;
      return checked({ number, value: 0, from, to: from + Number(value), isRange: true }, end);
    }
    case 5:
      return checked(fixed(4), end);
    default:
      throw new Error(`no field begins at byte ${at}`);
  }
}

function checked(field: Field, end: number): Field {
  if (field.from <= field.to && field.to <= end) return field; // a length may be negative
  throw new Error(`field ${field.number} at byte ${field.from} extends beyond the end of its message`);
}

/** Reads a number of up to 64 bits. Returns a bigint if it exceeds 2⁵³ or is negative (64 bits with a sign). */
function varintAt(bytes: Uint8Array, at: number): { value: number | bigint; length: number } {
  let value = 0;
  for (let length = 0; length < 7; length++) {
    const byte = bytes[at + length];
    if (byte === undefined) throw new Error('the message ends within a number');
    value += (byte & 0x7f) * 2 ** (7 * length);
    if (byte < 0x80) return { value, length: length + 1 };
  }
  let large = BigInt(value);
  for (let length = 7; length < 10; length++) {
    const byte = bytes[at + length];
    if (byte === undefined) throw new Error('the message ends within a number');
    large |= BigInt(byte & 0x7f) << BigInt(7 * length);
    if (byte < 0x80) return { value: BigInt.asIntN(64, large), length: length + 1 };
  }
  throw new Error('the message has a number of more than 64 bits');
}

/** Reads a field of packed whole numbers. Throws an `Error` if it has more than `most` bytes. */
export async function numbersOf(wire: Wire, field: Field, most: number): Promise<number[]> {
  const bytes = await wire.bytes(field, most);
  const count = bytes.filter((byte) => byte < 0x80).length;
  return Array.from(new BigInt64Array(decodeVarints(bytes, 8, count).buffer), Number);
}

/** Decodes packed numbers as little-endian integers of `size` bytes each. Throws an `Error` if their number is not `count`. */
export function decodeVarints(bytes: Uint8Array, size: number, count: number): Uint8Array {
  const result = new Uint8Array(count * size);
  let at = 0;
  for (let element = 0; element < count; element++) {
    let [low, high, shift] = [0, 0, 0];
    for (; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63) throw new Error(`the field has fewer than its ${count} numbers`);
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else if (shift === 28) {
        low |= byte << 28;
        high = (byte & 0x7f) >> 4;
      } else high |= (byte & 0x7f) << (shift - 32);
      if (byte < 0x80) break;
    }
    for (let byte = 0; byte < size; byte++)
      result[element * size + byte] = byte < 4 ? low >>> (8 * byte) : high >>> (8 * (byte - 4));
  }
  if (at !== bytes.length) throw new Error(`the field has more than its ${count} numbers`);
  return result;
}
