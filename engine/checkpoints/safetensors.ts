/** Reads a safetensors file by ranges. The file has 8 bytes for the length of the header, then the header, then the data. */
import type { UserError } from '../errors';
import type { RangedFile } from './file';
import { InvalidFileError } from './invalid';
import { parseHeader } from './header';
import { withOwnChecksum } from './ownChecksum';
import { unpacked } from './packed';
import { readerOf, type CheckpointReader } from './reader';

/** Largest header in bytes. Real headers are below 5 MB, and a parsed header needs ten times its size in memory. */
const LARGEST_HEADER = 25e6;

/** Reads and checks the header of an open file. Closing the reader closes the file. */
export async function readSafetensors(file: RangedFile): Promise<CheckpointReader> {
  const length = await headerLength(file);
  const start = 8 + length;
  const { metadata, tensors, uncounted } = await parsed(file, start);
  const readable = tensors.map(({ name, dtype, shape, begin }) => ({
    ...{ name, dtype, shape },
    fill: unpacked(dtype, (into, from) => file.fill(into, start + begin + from)),
  }));
  const { tensors: checked = readable, ...checks } = withOwnChecksum(readable, metadata) ?? {};
  return readerOf(checked, {
    ...{ file: file.name, format: 'safetensors', metadata, uncounted, ...checks },
    close: () => file.close(),
  });
}

async function headerLength(file: RangedFile): Promise<number> {
  if (file.size < 8) throw corrupt(file.name, `the file has only ${file.size} bytes`);
  const length = new DataView((await file.read(0, 8)).buffer).getBigUint64(0, true);
  if (length === 0n) throw corrupt(file.name, 'the header has no bytes');
  if (length > file.size - 8) {
    throw corrupt(file.name, `the header should have ${length.toString()} bytes, but the file has only ${file.size}`);
  }
  if (length > LARGEST_HEADER)
    throw corrupt(file.name, `the header has ${length.toString()} bytes, more than the limit of 25 MB`);
  return Number(length);
}

async function parsed(file: RangedFile, start: number) {
  const bytes = await file.read(8, start);
  if (bytes[0] !== '{'.charCodeAt(0)) throw corrupt(file.name, 'the header does not begin with "{"');
  try {
    return parseHeader(bytes, file.size - start);
  } catch (error) {
    throw corrupt(file.name, error);
  }
}

function corrupt(file: string, error: unknown): UserError {
  return new InvalidFileError(file, 'safetensors file', error);
}
