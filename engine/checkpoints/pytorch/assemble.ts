/** Makes a reader of what a PyTorch pickle describes. */
import { UserError } from '../../errors';
import { collect } from '../pickle/collect';
import { arrayOf, type PickledArray } from '../pickle/numpy';
import type { Value } from '../pickle/values';
import { fillOf, stridesOf, type FillStorage } from '../strided';
import { readerOf, type CheckpointReader, type ReadableTensor } from '../reader';
import { isBeside, modelRoot } from './dictionaries';
import { tensorOf, type Listed, type Storage, type View } from './views';

export interface Container {
  file: string;
  format: string;
  value: Value;
  /** Checks that a storage is there whole, and returns how its bytes are read. Throws an `Error` if it is not. */
  fillStorage: (storage: Storage) => FillStorage;
  /** Whether storages are big-endian. */
  big: boolean;
  close: () => Promise<void>;
}

/** Throws UserError if there is no tensor, or one that is not sound. */
export function assemble({ file, format, value, fillStorage, big, close }: Container): CheckpointReader {
  const found = collect<View | Listed | PickledArray>(value, (inner) => tensorOf(inner) ?? arrayOf(inner));
  if (found.length === 0) throw new UserError(`${file} holds no tensors.`);
  const model = modelRoot(found.map(({ root }) => root));
  const tensors: ReadableTensor[] = [];
  const uncounted = [];
  for (const { name: path, root, tensor } of found) {
    const beside = isBeside(root, model);
    const name = !beside && model !== undefined ? path.slice(model.length + 1) : path;
    const header = { name, shape: tensor.shape, ...(beside && { beside: root ?? '' }) };
    if ('storage' in tensor)
      tensors.push({
        ...header,
        dtype: tensor.dtype,
        fill: fillOf(tensor, fillStorage(tensor.storage), { big, file }),
      });
    else if ('bytes' in tensor) tensors.push({ ...header, dtype: tensor.dtype, fill: fillOfArray(tensor, file) });
    else uncounted.push({ name, shape: tensor.shape, dtype: tensor.dtype });
  }
  return readerOf(tensors, { file, format, metadata: {}, uncounted, close });
}

/** An array of NumPy is in the pickle itself. */
function fillOfArray({ dtype, shape, bytes, big, fortran }: PickledArray, file: string): FillStorage {
  const inMemory: FillStorage = (into, from) => {
    into.set(bytes.subarray(from, from + into.length));
    return Promise.resolve();
  };
  const view = { dtype, offset: 0, shape, strides: stridesOf(shape, fortran) };
  return fillOf(view, inMemory, { big, file });
}
