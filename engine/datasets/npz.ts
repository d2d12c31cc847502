/** Reads named arrays of an .npz file: a ZIP archive of .npy files. */
import { buffer } from 'node:stream/consumers';
import type { Entry, ZipFile } from 'yauzl';
import { openZip } from '../checkpoints/archive';
import { openFile } from '../checkpoints/file';
import { parseNpy, type StoredArray } from './npy';

const LARGEST_ARRAY = 2 ** 31; // CIFAR's training images have 154 MB

/** The arrays in an .npz file, by name. Each is read when it is requested. Error messages do not name the file. */
export interface NpzFile {
  names: string[];
  read(name: string): Promise<StoredArray>;
  close(): Promise<void>;
}

/** Opens an .npz file and reads its directory. */
export async function openNpz(file: string): Promise<NpzFile> {
  const opened = await openFile(file);
  const zip = await openZip(opened).catch(async (error: unknown) => {
    await opened.close();
    throw new Error('the file is not an .npz archive, or it is truncated', { cause: error });
  });
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('.npy')) entries.set(entry.fileName.slice(0, -'.npy'.length), entry);
  }
  return {
    names: [...entries.keys()],
    read: (name) => readEntry(zip, entries.get(name)!),
    close: async () => {
      zip.close();
      await opened.close();
    },
  };
}

async function readEntry(zip: ZipFile, entry: Entry): Promise<StoredArray> {
  if (entry.uncompressedSize > LARGEST_ARRAY) throw new Error('the array has more than 2 GB, which is not supported');
  return parseNpy(await buffer(await zip.openReadStreamPromise(entry)));
}
