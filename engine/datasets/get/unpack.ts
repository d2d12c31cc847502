/** Unpacks the archives of datasets: .tar.gz and .zip. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { openPromise } from 'yauzl';
import { throwIfCancelled } from '../../children';
import { UserError } from '../../errors';
import type { CatalogueEntry } from '../../vocabulary/datasetCatalogue';

export interface UnpackOptions {
  target: string;
  place: NonNullable<CatalogueEntry['place']>;
  signal?: AbortSignal | undefined;
}

/** Unpacks an archive into a folder. Throws UserError that names the archive if it is corrupt. */
export async function unpack(archive: string, options: UnpackOptions): Promise<void> {
  try {
    await (archive.endsWith('.zip') ? unpackZip(archive, options) : unpackTar(archive, options));
  } catch (error) {
    throwIfCancelled(options.signal);
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw new UserError(
      `${archive} cannot be unpacked (${(error as Error).message}). Remove it and download it again.`,
      {
        cause: error,
      },
    );
  }
}

/** Returns the file for an entry. Throws an `Error` if it would be outside of the target. */
function fileFor(name: string, { target, place }: UnpackOptions): string | undefined {
  const below = place(name);
  if (below === undefined) return undefined;
  const file = path.join(target, below);
  if (!file.startsWith(path.join(target, path.sep))) throw new Error(`its entry ${name} leads out of the folder`);
  return file;
}

async function unpackZip(archive: string, options: UnpackOptions): Promise<void> {
  const zip = await openPromise(archive, { autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      throwIfCancelled(options.signal);
      const file = entry.fileName.endsWith('/') ? undefined : fileFor(entry.fileName, options);
      if (file === undefined) continue;
      await mkdir(path.dirname(file), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(file, { flush: true }));
    }
  } finally {
    zip.close();
  }
}

const BLOCK = 512;

/** Unpacks the ordinary files of an archive in the POSIX format (ustar), in which each file is a header and whole blocks of 512 bytes. */
async function unpackTar(archive: string, options: UnpackOptions): Promise<void> {
  const source = createReadStream(archive);
  const bytes = createGunzip();
  source.on('error', (error) => bytes.destroy(error)).pipe(bytes); // pipeline would report its own AbortError instead of ours
  try {
    await writeEntries(bytes, options);
  } finally {
    source.destroy();
    bytes.destroy();
  }
}

async function writeEntries(pieces: AsyncIterable<Buffer>, options: UnpackOptions): Promise<void> {
  let pending: Buffer = Buffer.alloc(0);
  let current: { file: FileHandle | undefined; left: number; padding: number } | undefined;
  try {
    for await (const piece of pieces) {
      throwIfCancelled(options.signal);
      pending = pending.length === 0 ? piece : Buffer.concat([pending, piece]);
      for (;;) {
        if (current) {
          const some = pending.subarray(0, current.left);
          if (some.length > 0) await current.file?.writeFile(some); // unlike write, it writes all bytes
          current.left -= some.length;
          pending = pending.subarray(some.length);
          if (current.left > 0 || pending.length < current.padding) break;
          pending = pending.subarray(current.padding);
          await current.file?.sync();
          await current.file?.close();
          current = undefined;
        }
        if (pending.length < BLOCK) break;
        const header = pending.subarray(0, BLOCK);
        pending = pending.subarray(BLOCK);
        if (header.every((byte) => byte === 0)) continue;
        current = await begin(header, options);
      }
    }
    if (current && current.left > 0) throw new Error('it is truncated');
  } finally {
    await current?.file?.close();
  }
}

async function begin(header: Buffer, options: UnpackOptions) {
  const text = (from: number, length: number) => {
    const field = header.subarray(from, from + length);
    const end = field.indexOf(0);
    return field.subarray(0, end < 0 ? length : end).toString();
  };
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (parseInt(text(148, 8), 8) !== sum) throw new Error('one of its headers is corrupt');
  const size = parseInt(text(124, 12), 8);
  const [prefix, kind] = [text(345, 155), text(156, 1)];
  const name = prefix ? `${prefix}/${text(0, 100)}` : text(0, 100);
  const file = kind === '' || kind === '0' ? fileFor(name, options) : undefined;
  if (file !== undefined) await mkdir(path.dirname(file), { recursive: true });
  return { file: file === undefined ? undefined : await open(file, 'w'), left: size, padding: -size & (BLOCK - 1) };
}
