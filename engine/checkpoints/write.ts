/** Writes safetensors files. Equal tensors and metadata always give equal bytes. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { UNGUARDED, writeAtomically } from '../files';
import { sizeOf, type HostTensor } from '../tensors';
import { asReadError } from './file';
import { heldFile } from './heldFiles';

export interface SafetensorsContent {
  /** The tensors in state-dict order, which the header keeps. */
  tensors: ReadonlyMap<string, HostTensor>;
  metadata: Readonly<Record<string, string>>;
}

/** Writes the file completely or not at all, and returns the SHA-256 of its bytes in hexadecimal. */
export async function writeSafetensors(file: string, content: SafetensorsContent, guard = UNGUARDED): Promise<string> {
  const hash = createHash('sha256');
  await writeAtomically(file, hashed(bytesOf(content), hash), guard);
  return hash.digest('hex');
}

function* hashed(pieces: Iterable<Uint8Array>, hash: Hash): Iterable<Uint8Array> {
  for (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

/** Returns the SHA-256 of a file's bytes, in hexadecimal. */
export async function sha256Of(file: string): Promise<string> {
  const held = heldFile(file);
  if (held) return (held.sha256 ??= hashOf(held.bytes));
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash);
  } catch (error) {
    throw asReadError(error, file);
  }
  return hash.digest('hex');
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Yields the bytes of a file. The data is ordered by descending element size, because the format requires aligned tensors without gaps. */
function* bytesOf({ tensors, metadata }: SafetensorsContent): Iterable<Uint8Array> {
  const placed = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const begins = new Map<string, number>();
  let end = 0;
  for (const [name, { data }] of placed) {
    begins.set(name, end);
    end += data.byteLength;
  }
  const places = Array.from(tensors, ([name, { dtype, shape, data }]) => {
    if (data.length !== sizeOf(shape)) throw new Error(`${name} has ${data.length} values for shape [${shape.join()}]`);
    const begin = begins.get(name)!;
    return { name, dtype, shape, begin, end: begin + data.byteLength };
  });
  yield headerBytes(places, metadata);
  for (const [, { data }] of placed) yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A tensor in the header: its dtype in the names of the format, and its bytes [begin, end) after the header. */
export interface Place {
  name: string;
  dtype: string;
  shape: readonly number[];
  begin: number;
  end: number;
}

/** Returns the length and the header, padded with spaces. */
export function headerBytes(places: readonly Place[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const sorted = Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
  const entries = places.map(({ name, dtype, shape, begin, end }) =>
    member(name, { dtype, shape, data_offsets: [begin, end] }),
  );
  const members = Object.keys(sorted).length > 0 ? [member('__metadata__', sorted), ...entries] : entries;
  const text = Buffer.from(`{${members.join(',')}}`);
  const padded = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ');
  padded.writeBigUInt64LE(BigInt(padded.length - 8));
  text.copy(padded, 8);
  return padded;
}

/** Formats one field of the header. The header is not built as a JavaScript object, because an object puts names such as `1` first. */
function member(name: string, value: unknown): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}
