/** Makes a reader from the values of a PyTorch pickle. */
import { noTensors } from '../invalid';
import { collect } from '../pickle/collect';
import { arrayOf, type PickledArray } from '../pickle/numpy';
import type { Value } from '../pickle/values';
import { fillFromWhole, fillOf, stridesOf, type FillStorage } from '../strided';
import { readerOf, type CheckpointReader, type ReadableTensor } from '../reader';
import { isOutsideModel, modelRoot } from './dictionaries';
import { tensorOf, type Listed, type Storage, type View } from './views';

export interface Container {
  file: string;
  format: string;
  value: Value;
  /** Returns a function that reads the bytes of a storage. Throws an `Error` if the storage is not complete. */
  fillStorage: (storage: Storage) => FillStorage;
  /** Whether storages are big-endian. */
  big: boolean;
  close: () => Promise<void>;
  faults?: ReadonlySet<string>;
}

/** Makes the reader. Throws UserError if the file has no tensor, and an `Error` if a tensor is not valid. */
export function assemble({ file, format, value, fillStorage, big, close, faults }: Container): CheckpointReader {
  const found = collect<View | Listed | PickledArray>(value, (inner) => tensorOf(inner) ?? arrayOf(inner));
  if (found.length === 0)
    throw noTensors(file, 'Save the state dict of the network: torch.save(model.state_dict(), FILE).');
  const model = modelRoot(found.map(({ root }) => root));
  const tensors: ReadableTensor[] = [];
  const uncounted = [];
  const first = new Map<string, string>(); // the first name of each view of a storage
  const shortOf = (path: string) => (model === undefined ? path : path.slice(model.length + 1));
  const inModel = new Set(found.flatMap(({ name, root }) => (isOutsideModel(root, model) ? [] : shortOf(name))));
  for (const { name: path, root, tensor } of found) {
    const isOther = isOutsideModel(root, model);
    const name = !isOther ? shortOf(path) : inModel.has(path) ? `./${path}` : path;
    const header = { name, shape: tensor.shape, ...(isOther && { collection: root ?? '' }) };
    if ('storage' in tensor) {
      const { storage, dtype, offset, shape, strides } = tensor;
      const view = JSON.stringify([storage.key, dtype, offset, shape, strides]);
      const tiedTo = isOther || shape.includes(0) ? undefined : first.get(view);
      if (!isOther && tiedTo === undefined) first.set(view, name);
      tensors.push({
        ...header,
        ...(tiedTo !== undefined && { tiedTo }),
        dtype: tensor.dtype,
        fill: fillOf(tensor, fillStorage(tensor.storage), { big, file }),
      });
    } else if ('bytes' in tensor) tensors.push({ ...header, dtype: tensor.dtype, fill: fillOfArray(tensor, file) });
    else uncounted.push({ name, shape: tensor.shape, dtype: tensor.dtype });
  }
  const state = model === undefined ? {} : { state: model };
  return readerOf(tensors, { file, format, metadata: {}, uncounted, ...state, close, faults });
}

/** Returns the function that reads a NumPy array. The bytes of such an array are in the pickle itself. */
function fillOfArray({ dtype, shape, bytes, big, fortran }: PickledArray, file: string): FillStorage {
  const inMemory = fillFromWhole(() => Promise.resolve(bytes));
  const view = { dtype, offset: 0, shape, strides: stridesOf(shape, fortran) };
  return fillOf(view, inMemory, { big, file });
}
