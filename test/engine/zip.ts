/** Makes ZIP archives, the format of .npz files, wheels and PyTorch checkpoints. */
import { crc32, deflateRawSync } from 'node:zlib';

/** A file in an archive. */
export interface ZipEntry {
  name: string;
  /** Number of bytes in the archive. */
  stored: number;
  /** Number of bytes of the file. It differs from `stored` if the file is compressed. */
  size: number;
  isDeflated?: boolean;
  /** CRC-32 of the file. */
  checksum: number;
}

/** Returns a ZIP archive of these files. Every second file is compressed. */
export function zip(files: Record<string, Buffer>): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  Object.entries(files).forEach(([name, content], i) => {
    const isDeflated = i % 2 === 1;
    const data = isDeflated ? deflateRawSync(content) : content;
    const entry = { name, stored: data.length, size: content.length, isDeflated, checksum: crc32(content) };
    const header = localHeader(entry);
    parts.push(header, data);
    central.push(directoryEntry(entry, offset));
    offset += header.length + data.length;
  });
  return Buffer.concat([...parts, ...central, endOfDirectory(central, offset)]);
}

/** Returns the header that stands before the bytes of a file. */
export function localHeader(entry: ZipEntry): Buffer {
  return Buffer.concat([Buffer.from('PK\x03\x04'), commonFields(entry), Buffer.from(entry.name)]);
}

/** Returns the entry of the directory for a file whose local header is at this offset. */
export function directoryEntry(entry: ZipEntry, offset: number): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), commonFields(entry), rest, Buffer.from(entry.name)]);
}

/** Returns the end of an archive whose directory has these entries and begins at this offset. */
export function endOfDirectory(entries: readonly Buffer[], offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(
    entries.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(offset, 16);
  return end;
}

/** Returns the fields that the local header and the directory have in common. */
function commonFields({ name, stored, size, isDeflated = false, checksum }: ZipEntry): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(isDeflated ? 8 : 0, 4);
  fields.writeUInt32LE(checksum, 10);
  fields.writeUInt32LE(stored, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}
