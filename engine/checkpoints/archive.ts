/** Reads entries of a ZIP archive by ranges. The library yauzl checks names, offsets and sizes. Checksums are checked here. */
import { Readable } from 'node:stream';
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import type { UserError } from '../errors';
import { quote } from '../json/strict';
import { RunningChecksum } from './checksum';
import type { RangedFile } from './file';
import { asInvalid } from './invalid';
import { fillFromWhole, type FillStorage } from './strided';

/** Largest uncompressed size, in bytes, of a compressed entry. Such an entry is decompressed in memory. */
const LARGEST_INFLATED = 2 ** 31;

export interface Archive {
  file: RangedFile;
  zip: ZipFile;
  entries: ReadonlyMap<string, Entry>;
  /** Returns the error for an archive that is not valid. */
  corrupt: (error: unknown) => UserError;
  close: () => Promise<void>;
  /** Sentences about entries that were read completely and have a wrong checksum. */
  faults: Set<string>;
}

/**
 * Opens an archive and calls `read` with it. The object that `read` returns must close the archive. Throws UserError if the file is not
 * valid. `what` is the expected kind of file, for the message.
 */
export async function withArchive<T>(
  file: RangedFile,
  what: string,
  read: (archive: Archive) => Promise<T>,
): Promise<T> {
  const corrupt = (error: unknown) => asInvalid(file.name, what, explained(error));
  const zip = await openZip(file).catch((error: unknown) => {
    throw corrupt(error);
  });
  const close = async () => {
    zip.close();
    await file.close();
  };
  try {
    const entries = new Map<string, Entry>();
    for await (const entry of zip.eachEntry()) {
      if (entries.has(entry.fileName)) throw new Error(`the archive has two entries named ${entry.fileName}`);
      entries.set(entry.fileName, entry);
    }
    return await read({ file, zip, entries, corrupt, close, faults: new Set() });
  } catch (error) {
    zip.close();
    throw corrupt(error);
  }
}

/** Returns a function that reads the bytes of an entry. Throws an `Error` if they cannot be read. */
export function fillOfEntry(entry: Entry, archive: Archive): FillStorage {
  const { file, zip, corrupt } = archive;
  const name = `entry ${entry.fileName}`;
  if (entry.isEncrypted()) throw new Error(`${name} is encrypted`);
  const refused = (error: unknown) => {
    throw corrupt(error);
  };
  if (entry.compressionMethod === STORED) {
    let start: Promise<number | undefined> | undefined;
    checkStored(entry, file);
    const checksum = checksumOf(entry, archive);
    const fill = async (into: Uint8Array, from: number) => {
      start ??= storedAt(entry, archive).catch(refused);
      await file.fill(into, (await start)! + from);
    };
    return (into, from) => checksum.follow(fill(into, from), into, from);
  }
  if (entry.compressionMethod !== DEFLATED) throw new Error(`${name} uses an unsupported compression method`);
  const whole = fillFromWhole(() => inflated(entry, archive).catch(refused));
  const isHead = (into: Uint8Array, from: number) =>
    from === 0 && into.length <= HEAD && into.length < entry.uncompressedSize;
  return (into, from) => (isHead(into, from) ? inflateHead(entry, zip, into).catch(refused) : whole(into, from));
}

/**
 * Returns the offset at which the bytes of an uncompressed entry begin; undefined for other entries. Throws an `Error` if the entry extends
 * beyond the end of the file.
 */
export async function storedAt(
  entry: Entry,
  { file, zip }: Pick<Archive, 'file' | 'zip'>,
): Promise<number | undefined> {
  if (entry.compressionMethod !== STORED || entry.isEncrypted()) return undefined;
  checkStored(entry, file);
  return (await zip.readLocalFileHeaderPromise(entry, { minimal: true })).fileDataStart;
}

function checkStored(entry: Entry, file: RangedFile): void {
  const end = entry.relativeOffsetOfLocalHeader + entry.compressedSize;
  if (entry.compressedSize !== entry.uncompressedSize || end > file.size)
    throw new Error(`entry ${entry.fileName} extends beyond the end of the file`);
}

/** Opens an archive and reads its directory. Closing the archive does not close the file. Throws an `Error` that says what is wrong. */
function openZip(file: RangedFile): Promise<ZipFile> {
  return fromRandomAccessReaderPromise(new Ranges(file), file.size, { autoClose: false });
}

/** Reads ranges of a file for yauzl. Checks every range, because yauzl does not check the offsets in the archive. */
class Ranges extends RandomAccessReader {
  constructor(private readonly file: RangedFile) {
    super();
  }

  override read(...[buffer, offset, length, position, callback]: Parameters<RandomAccessReader['read']>): void {
    if (!Number.isSafeInteger(position) || position < 0 || position + length > this.file.size) {
      callback(new Error('the directory of the archive names bytes beyond the end of the file'));
      return;
    }
    this.file.fill(buffer.subarray(offset, offset + length), position).then(
      () => {
        callback(null);
      },
      (error: unknown) => {
        callback(error as Error);
      },
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#pieces(start, end));
  }

  async *#pieces(start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let from = start; from < end; from += PIECE) yield await this.file.read(from, Math.min(end, from + PIECE));
  }
}

const PIECE = 2 ** 20;
const STORED = 0;
const DEFLATED = 8;
/** Greatest size of a header at the beginning of a compressed entry. Only this part of the entry is decompressed to read the header. */
const HEAD = 2 ** 16;
/** Deflate packs at most 1032 bytes into one. */
const MOST_RATIO = 1040;

/** Reads and decompresses a whole entry. Throws an `Error` if the entry is larger than `most` bytes, or not valid. */
export async function inflated(entry: Entry, archive: Archive, most = LARGEST_INFLATED): Promise<Buffer> {
  const { fileName, compressedSize, uncompressedSize } = entry;
  if (uncompressedSize > most)
    throw new Error(`entry ${fileName} has ${uncompressedSize} bytes, more than the limit of ${most}`);
  if (uncompressedSize > MOST_RATIO * compressedSize)
    throw new Error(
      `entry ${fileName} cannot have ${uncompressedSize} bytes: it has ${compressedSize} compressed bytes`,
    );
  const whole = Buffer.allocUnsafe(uncompressedSize);
  let at = 0;
  for await (const chunk of (await archive.zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>)
    at += chunk.copy(whole, at);
  await checksumOf(entry, archive).follow(Promise.resolve(), whole, 0);
  return whole; // yauzl throws if an entry does not have the size that its directory says
}

/** A wrong checksum only adds a message to `faults`. It is not an error, because PyTorch can save without checksums. */
function checksumOf({ fileName, uncompressedSize: size, crc32 }: Entry, { faults }: Archive): RunningChecksum {
  return new RunningChecksum({ size, crc32 }, () => {
    faults.add(`Entry ${quote(fileName)} has a wrong checksum (CRC-32), so its values may be damaged.`);
  });
}

/** Fills `into` with the first bytes of an entry. The entry must have more bytes than `into`. */
async function inflateHead(entry: Entry, zip: ZipFile, into: Uint8Array): Promise<void> {
  let at = 0;
  for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
    at += chunk.copy(into, at);
    if (at === into.length) return; // this closes the stream
  }
}

/** Explains errors of yauzl and zlib in plain words. Returns other errors unchanged. */
function explained(error: unknown): unknown {
  const { message, code = '' } = error as NodeJS.ErrnoException;
  const [, sentence] = REPORTS.find(([report]) => report.test(message) || report.test(code)) ?? [];
  return sentence === undefined ? error : new Error(sentence, { cause: error });
}

const REPORTS: readonly [RegExp, string][] = [
  [/^end of central directory record signature not found/i, 'the directory at the end of the archive is missing'],
  [/size mismatch for stored file/, 'an entry of the archive has two different sizes'],
  [
    /^(too many|not enough) bytes in the stream/,
    'an entry of the archive does not have the size that its directory says',
  ],
  [
    /^(invalid relative path|absolute path|invalid characters in fileName)/,
    'an entry of the archive has a path outside of it',
  ],
  [/^Z_\w+_ERROR$/, 'an entry of the archive cannot be decompressed'],
];
