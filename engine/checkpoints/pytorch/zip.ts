/** Reads a checkpoint in the format of `torch.save` since PyTorch 1.6: a ZIP archive with `data.pkl` and one entry for each storage. */
import { UserError } from '../../errors';
import { quote } from '../../json/strict';
import { fillOfEntry, inflated, withArchive, type Archive } from '../archive';
import type { RangedFile } from '../file';
import { readPickle } from '../pickle/machine';
import type { CheckpointReader } from '../reader';
import type { FillStorage } from '../strided';
import { assemble } from './assemble';
import { bytesOf, type Storage } from './views';

const LARGEST_PICKLE = 2 ** 27;

/** Reads the directory and `data.pkl`. Tensors are read later. Closing the reader closes the file. */
export function readPyTorchZip(file: RangedFile): Promise<CheckpointReader> {
  return withArchive(file, 'PyTorch checkpoint', read);
}

async function read(archive: Archive): Promise<CheckpointReader> {
  const { file, entries, close, faults } = archive;
  const names = [...entries.keys()];
  const pickle = names.find((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickle === undefined)
    throw new UserError(`${file.name} is a ZIP archive without data.pkl, so it is not a PyTorch checkpoint.`);
  const folder = pickle.slice(0, -'data.pkl'.length);
  const isScript = names.some((name) => name === `${folder}constants.pkl` || name.startsWith(`${folder}code/`));
  // a frozen TorchScript module has its weights among the constants of its code, which is not run
  const isFrozen = isScript && !names.some((name) => name.startsWith(`${folder}data/`));
  const part = isFrozen && entries.has(`${folder}constants.pkl`) ? 'constants' : 'data';
  const { value } = readPickle(await inflated(entries.get(`${folder}${part}.pkl`)!, archive, LARGEST_PICKLE));
  const order = entries.get(`${folder}byteorder`);
  const big = order !== undefined && isBig((await inflated(order, archive, 64)).toString());
  const fillStorage = (storage: Storage) => fillOfStorage(storage, `${folder}${part}/${storage.key}`, archive);
  return assemble({
    ...{ file: file.name, format: isScript ? 'torchscript' : 'pytorch', value, big, close, faults },
    fillStorage,
  });
}

function isBig(order: string): boolean {
  if (order !== 'big' && order !== 'little') throw new Error(`the byte order ${quote(order)} is unknown`);
  return order === 'big';
}

function fillOfStorage({ key, count, element }: Storage, name: string, archive: Archive): FillStorage {
  const entry = archive.entries.get(name);
  if (!entry) throw new Error(`storage ${key} is missing`);
  const needed = count * (element === undefined ? 1 : bytesOf(element));
  if (entry.uncompressedSize < needed)
    throw new Error(`storage ${key} needs ${needed} bytes, but has ${entry.uncompressedSize}`);
  return fillOfEntry(entry, archive);
}
