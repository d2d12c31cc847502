/** Reads a checkpoint from before PyTorch 1.6: five pickles, then the storages in sequence (`torch/serialization.py`, `_legacy_save`). */
import type { RangedFile } from '../file';
import { asInvalid } from '../invalid';
import { readPickle } from '../pickle/machine';
import { List, type Persistent, type Value } from '../pickle/values';
import type { CheckpointReader } from '../reader';
import { assemble } from './assemble';
import { bytesOf, storageOf, type Storage } from './views';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
/** Greatest size of the five pickles in bytes. A network with a hundred thousand tensors needs 40 MB. */
const LARGEST_PICKLES = 2 ** 26;

/** Opens a legacy checkpoint, or a plain pickle with NumPy arrays. Tensors are read later. Closing the reader closes the file. */
export async function readPickled(file: RangedFile): Promise<CheckpointReader> {
  const bytes = await file.read(0, Math.min(file.size, LARGEST_PICKLES));
  try {
    const first = readPickle(bytes);
    return first.value === MAGIC ? await legacy(file, bytes, first.end) : plain(file, first.value);
  } catch (error) {
    throw asInvalid(file.name, 'pickle', error);
  }
}

function plain(file: RangedFile, value: Value): CheckpointReader {
  const fillStorage = () => {
    throw new Error('the pickle has a storage, but it is not a PyTorch checkpoint');
  };
  return assemble({
    ...{ file: file.name, format: 'pickle', value, big: false, fillStorage },
    close: () => file.close(),
  });
}

async function legacy(file: RangedFile, bytes: Uint8Array, from: number): Promise<CheckpointReader> {
  const version = readPickle(bytes, from);
  if (version.value !== VERSION) throw new Error('the version of the format is unknown');
  const system = readPickle(bytes, version.end);
  const object = readPickle(bytes, system.end);
  const keys = readPickle(bytes, object.end);
  if (!(keys.value instanceof List)) throw new Error('the list of storages is missing');
  const sizes = elementSizes(object.persistent);
  const places = await placesOf(file, { keys: keys.value.items, sizes, from: keys.end });
  const fillStorage = ({ key, count }: Storage) => {
    const place = places.get(key);
    if (!place) throw new Error(`storage ${key} is missing`);
    if (place.count < count) throw new Error(`storage ${key} needs ${count} elements, but has ${place.count}`);
    return (into: Uint8Array, at: number) => file.fill(into, place.begin + at);
  };
  return assemble({
    ...{ file: file.name, format: 'pytorch-legacy', value: object.value, big: false, fillStorage },
    close: () => file.close(),
  });
}

interface Place {
  begin: number;
  count: number;
}

/** Finds the storages. A storage has eight bytes for the number of its elements, followed by the elements. */
async function placesOf(
  file: RangedFile,
  { keys, sizes, from }: { keys: readonly Value[]; sizes: ReadonlyMap<string, number>; from: number },
): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  let at = from;
  for (const key of keys) {
    if (typeof key !== 'string') throw new Error('a storage has no name');
    const size = sizes.get(key);
    if (size === undefined) throw new Error(`storage ${key} belongs to no tensor`);
    if (at + 8 > file.size) throw new Error('the file ends before its last storage');
    const count = Number(new DataView((await file.read(at, at + 8)).buffer).getBigInt64(0, true));
    const begin = at + 8;
    at = begin + count * size;
    if (count < 0 || at > file.size) throw new Error(`storage ${key} needs ${count} elements, more than the file has`);
    places.set(key, { begin, count });
  }
  return places;
}

/** Returns the number of bytes of an element, for every storage. */
function elementSizes(persistent: readonly Persistent[]): Map<string, number> {
  const storages = persistent.map((one) => storageOf(one));
  return new Map(storages.map(({ key, element }) => [key, element === undefined ? 1 : bytesOf(element)]));
}
