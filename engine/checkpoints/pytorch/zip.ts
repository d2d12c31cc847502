/** A PyTorch checkpoint as `torch.save` has written it since 1.6: a ZIP archive with `data.pkl` and one record for each storage. */
import { buffer } from 'node:stream/consumers';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { UserError } from '../../errors';
import type { RangedFile } from '../file';
import { readPickle } from '../pickle/machine';
import type { CheckpointReader } from '../reader';
import { assemble } from './assemble';
import type { FillStorage } from './gather';
import { bytesOf, type Storage } from './views';

const LARGEST_PICKLE = 2 ** 27;
/** Records of a checkpoint are stored; one that was compressed afterwards is inflated into memory. */
const LARGEST_INFLATED = 2 ** 30;

/** Reads the directory and `data.pkl`, and no tensor. The reader then owns the file. */
export async function readPyTorchZip(file: RangedFile): Promise<CheckpointReader> {
  const zip = await openPromise(file.name, { autoClose: false, lazyEntries: true }).catch((error: unknown) => {
    throw damaged(file, (error as Error).message);
  });
  const close = async () => {
    zip.close();
    await file.close();
  };
  try {
    return await read(file, zip, close);
  } catch (error) {
    zip.close();
    throw error instanceof UserError && error.message.startsWith(file.name)
      ? error
      : damaged(file, (error as Error).message);
  }
}

async function read(file: RangedFile, zip: ZipFile, close: () => Promise<void>): Promise<CheckpointReader> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    if (entries.has(entry.fileName)) throw new Error(`it has two entries named ${entry.fileName}`);
    entries.set(entry.fileName, entry);
  }
  const pickle = [...entries.keys()].find((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickle === undefined)
    throw new UserError(`${file.name} is a ZIP archive without data.pkl, so it is no PyTorch checkpoint.`);
  const folder = pickle.slice(0, -'data.pkl'.length);
  if (entries.has(`${folder}constants.pkl`) || [...entries.keys()].some((name) => name.startsWith(`${folder}code/`)))
    throw new UserError(
      `${file.name} is a TorchScript archive, which is a program. Save its tensors: torch.save(torch.jit.load(FILE).state_dict(), NEW).`,
    );
  const { value } = readPickle(await inflated(zip, entries.get(pickle)!, LARGEST_PICKLE));
  const order = entries.get(`${folder}byteorder`);
  const big = order !== undefined && isBig((await inflated(zip, order, 64)).toString());
  const fillStorage = (storage: Storage) => {
    const entry = entries.get(`${folder}data/${storage.key}`);
    if (!entry) throw new Error(`storage ${storage.key} is not in it`);
    return fillOfEntry(file, zip, { entry, storage });
  };
  return assemble({ ...{ file: file.name, format: 'pytorch', value, big, close }, fillStorage });
}

function isBig(order: string): boolean {
  if (order !== 'big' && order !== 'little') throw new Error(`its byte order is "${order}"`);
  return order === 'big';
}

function fillOfEntry(
  file: RangedFile,
  zip: ZipFile,
  { entry, storage }: { entry: Entry; storage: Storage },
): FillStorage {
  const needed = storage.count * (storage.element === undefined ? 1 : bytesOf(storage.element));
  if (entry.isEncrypted()) throw new Error(`storage ${storage.key} is encrypted`);
  if (entry.uncompressedSize < needed)
    throw new Error(`storage ${storage.key} has ${entry.uncompressedSize} of its ${needed} bytes`);
  if (entry.compressionMethod === 0) return stored(file, zip, entry);
  if (entry.compressionMethod !== 8) throw new Error(`storage ${storage.key} is compressed by an unsupported method`);
  let whole: Promise<Buffer> | undefined;
  return async (into, from) => {
    whole ??= inflated(zip, entry, LARGEST_INFLATED).catch((error: unknown) => {
      throw damaged(file, (error as Error).message);
    });
    into.set((await whole).subarray(from, from + into.length));
  };
}

function stored(file: RangedFile, zip: ZipFile, entry: Entry): FillStorage {
  if (
    entry.compressedSize !== entry.uncompressedSize ||
    entry.relativeOffsetOfLocalHeader + entry.compressedSize > file.size
  )
    throw new Error(`entry ${entry.fileName} reaches beyond the file`);
  let start: Promise<number> | undefined;
  return async (into, from) => {
    start ??= zip.readLocalFileHeaderPromise(entry, { minimal: true }).then(({ fileDataStart }) => fileDataStart);
    await file.fill(into, (await start) + from);
  };
}

async function inflated(zip: ZipFile, entry: Entry, most: number): Promise<Buffer> {
  if (entry.uncompressedSize > most)
    throw new Error(
      `entry ${entry.fileName} has ${entry.uncompressedSize} bytes; at most ${most} are read into memory`,
    );
  return buffer(await zip.openReadStreamPromise(entry));
}

function damaged({ name }: RangedFile, reason: string): UserError {
  return new UserError(`${name} is not a sound PyTorch checkpoint: ${reason}.`);
}
