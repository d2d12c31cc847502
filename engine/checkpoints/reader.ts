/** The interface that every file format is read through: tensors by name and by range. Nothing in a file is ever executed. */
import type { TensorHeader } from '../vocabulary/checkpoint';
import { decode, type Dtype } from './dtypes';

export interface CheckpointReader {
  /** The path as the caller gave it, which messages name. */
  file: string;
  /** `safetensors`, or `safetensors-sharded` for several files opened by their index. */
  format: string;
  metadata: Record<string, string>;
  /** In state-dict order if the file keeps it. `dtype` is PyTorch's name. */
  tensors: readonly StoredTensor[];
  /** Returns the bytes of elements [from, to) of a tensor, by default all: a copy, little-endian, row-major. */
  bytes(name: string, from?: number, to?: number): Promise<Uint8Array>;
  /** Fills `into` with whole elements of a tensor, from element `from` on. */
  read(name: string, from: number, into: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface StoredTensor extends TensorHeader {
  dtype: Dtype;
}

/** Returns a map from names to tensors or layers. */
export function byName<Named extends { name: string }>(items: Iterable<Named>): Map<string, Named> {
  return new Map(Array.from(items, (item) => [item.name, item]));
}

/** Returns the header of a named tensor, if the file has it. */
export function tensorOf(reader: CheckpointReader, name: string): StoredTensor | undefined {
  return reader.tensors.find((tensor) => tensor.name === name);
}

/** Reads elements [from, to) of a tensor as numbers. They are exact, except 64-bit integers beyond ±2⁵³, which are rounded. */
export async function readValues(
  reader: CheckpointReader,
  tensor: StoredTensor,
  range: { from?: number; to?: number } = {},
): Promise<Float32Array | Float64Array> {
  return decode(tensor.dtype, await reader.bytes(tensor.name, range.from, range.to));
}
