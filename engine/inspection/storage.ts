/** Counts the bytes of a checkpoint by kind, and what its prunable weights would take in other formats. */
import { isBuffer, maskNameOf } from '../checkpoints/conventions';
import { bitsOfDtype } from '../checkpoints/dtypes';
import type { Layer } from '../checkpoints/layers';
import type { CheckpointReader, StoredTensor } from '../checkpoints/reader';
import { OPTIMIZER } from '../checkpoints/state';
import { sizeOf } from '../tensors';
import type { LayerStatistics } from '../vocabulary/inspection';
import type { LayerStructure, Storage, StorageForms } from '../vocabulary/overview';

/**
 * Returns the bytes that the weights of a layer would take. The formulas are in docs/json.md. In CSR, a row has the weights of one output.
 */
export function formsOf(
  { weight, count, rows: gridRows }: Layer,
  { kept, structure }: { kept: number; structure?: LayerStructure | undefined },
): StorageForms {
  const value =
    weight.quantization === undefined || count === 0 ? bitsOfDtype(weight.dtype) / 8 : bytesOf(weight) / count;
  const rows = structure?.outputs.count ?? gridRows;
  const columns = rows === 0 ? 0 : count / rows;
  const [, n, m] = /^(\d+):(\d+)$/.exec(structure?.pattern ?? '')?.map(Number) ?? [];
  return {
    dense: Math.ceil(count * value),
    bitmask: Math.ceil(count / 8) + Math.ceil(kept * value),
    csr: Math.ceil(kept * value) + kept * indexBytes(columns - 1) + (rows + 1) * indexBytes(kept),
    ...(n !== undefined && m !== undefined && { nm: Math.ceil(((count * n) / m) * (value + Math.log2(m) / 8)) }),
  };
}

/** Returns the size of the smallest unsigned integer type that has this number. */
function indexBytes(greatest: number): number {
  return [1, 2, 4].find((bytes) => greatest < 2 ** (8 * bytes)) ?? 8;
}

/** Counts the bytes of a checkpoint. Returns undefined if the size of the file is not known. */
export function storageOf(
  reader: CheckpointReader,
  layers: readonly Layer[],
  statistics: readonly Pick<LayerStatistics, 'storage'>[],
): Storage | undefined {
  const file = reader.size?.();
  if (file === undefined) return undefined;
  const kindOf = kindsOf(reader, layers);
  const bytes = { weights: 0, masks: 0, otherTensors: 0, outside: 0 };
  for (const tensor of reader.tensors) bytes[kindOf(tensor)] += bytesOf(tensor);
  return { file, ...bytes, forms: sumOfForms(statistics.flatMap(({ storage }) => storage ?? [])) };
}

function sumOfForms(forms: readonly StorageForms[]): StorageForms {
  const sum = (bytes: (form: StorageForms) => number) => forms.reduce((total, form) => total + bytes(form), 0);
  return {
    dense: sum(({ dense }) => dense),
    bitmask: sum(({ bitmask }) => bitmask),
    csr: sum(({ csr }) => csr),
    ...(forms.some(({ nm }) => nm !== undefined) && { nm: sum(({ dense, nm = dense }) => nm) }),
  };
}

function kindsOf(
  reader: CheckpointReader,
  layers: readonly Layer[],
): (tensor: StoredTensor) => 'weights' | 'masks' | 'otherTensors' | 'outside' {
  const weights = new Set(layers.map(({ weight }) => weight.name));
  const masks = new Set(layers.map(({ mask }) => mask?.name));
  const names = new Set(reader.tensors.map(({ name }) => name));
  const isMask = ({ name }: StoredTensor) =>
    isBuffer(name) && (maskNameOf(name)?.parameters ?? []).some((parameter) => names.has(parameter));
  return (tensor) => {
    if (tensor.masks || masks.has(tensor.name)) return 'masks';
    if (weights.has(tensor.name)) return 'weights';
    if (tensor.collection !== undefined || tensor.name.startsWith(OPTIMIZER)) return 'outside';
    return isMask(tensor) ? 'masks' : 'otherTensors';
  };
}

/** Returns the bytes of a tensor in the file, without compression. Tensors that share their numbers with another tensor have none. */
function bytesOf({ dtype, shape, storedBytes, tiedTo, masks }: StoredTensor): number {
  if (tiedTo !== undefined) return 0;
  return storedBytes ?? (masks ? 0 : Math.ceil((sizeOf(shape) * bitsOfDtype(dtype)) / 8));
}
