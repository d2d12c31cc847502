/** Writes ZIP archives of uncompressed entries, as `torch.save` and `numpy.savez` do. */
import { crc32 } from 'node:zlib';

export interface ArchiveEntry {
  name: string;
  /** Number of bytes. */
  size: number;
  /** Returns the bytes. Called once, when the entry is written, so only one entry is in memory at a time. */
  load(): Promise<Uint8Array> | Uint8Array;
}

/** Greatest archive without the extension ZIP64. */
export const LARGEST_ARCHIVE = 2 ** 32 - 1;
/** PyTorch aligns storages to this many bytes, so that they can be mapped into memory. */
const ALIGNMENT = 64;
const LOCAL_HEADER = 30;
const PADDING_HEADER = 4;

/**
 * Yields the bytes of an archive. The bytes of each entry begin at a multiple of 64 if `aligned`. The entries must be smaller than
 * `LARGEST_ARCHIVE` together.
 */
export async function* archiveOf(
  entries: readonly ArchiveEntry[],
  { aligned }: { aligned: boolean },
): AsyncIterable<Uint8Array> {
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const bytes = await entry.load();
    if (bytes.length !== entry.size) throw new Error(`${entry.name} has ${bytes.length} bytes, not ${entry.size}`);
    const fields = commonFields(entry, crc32(bytes));
    const name = Buffer.from(entry.name);
    const padding = aligned ? paddingAt(at + LOCAL_HEADER + name.length) : Buffer.alloc(0);
    const extra = Buffer.alloc(2);
    extra.writeUInt16LE(padding.length);
    const header = Buffer.concat([Buffer.from('PK\x03\x04'), fields, extra, name, padding]);
    directory.push(directoryEntry(fields, name, at));
    yield header;
    yield bytes;
    at += header.length + bytes.length;
  }
  const central = Buffer.concat(directory);
  yield central;
  yield endOfDirectory({ count: entries.length, size: central.length, offset: at });
}

/** Returns the extra field that PyTorch pads with: its bytes begin at `at`, and it ends at a multiple of the alignment. */
function paddingAt(at: number): Buffer {
  const begin = at + PADDING_HEADER;
  const length = Math.ceil(begin / ALIGNMENT) * ALIGNMENT - begin;
  const field = Buffer.alloc(PADDING_HEADER + length, 'Z');
  field.write('FB', 'latin1');
  field.writeUInt16LE(length, 2);
  return field;
}

/** The first day that a ZIP archive can name, because equal content must give equal bytes. */
const DATE = 0x0021;
const UTF8_NAMES = 0x0800;

/** Returns the fields that the local header and the directory have in common, up to the length of the name. */
function commonFields({ name, size }: ArchiveEntry, checksum: number): Buffer {
  const fields = Buffer.alloc(24);
  fields.writeUInt16LE(20, 0);
  // eslint-disable-next-line no-control-regex -- names with other characters are UTF-8
  fields.writeUInt16LE(/^[\x00-\x7f]*$/.test(name) ? 0 : UTF8_NAMES, 2);
  fields.writeUInt16LE(DATE, 8);
  fields.writeUInt32LE(checksum, 10);
  fields.writeUInt32LE(size, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}

function directoryEntry(fields: Buffer, name: Buffer, offset: number): Buffer {
  const rest = Buffer.alloc(16);
  rest.writeUInt32LE(offset, 12);
  return Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, rest, name]);
}

function endOfDirectory({ count, size, offset }: { count: number; size: number; offset: number }): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
