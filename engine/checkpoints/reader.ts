/** One way to read tensors by name and by range, whatever the file format; nothing of a file is ever executed. */
import type { TensorHeader } from '../vocabulary/checkpoint';
import { decode, type Dtype } from './dtypes';

export interface CheckpointReader {
  /** As it was asked for; messages name it. */
  file: string;
  /** `safetensors`, or `safetensors-sharded` for several files opened by their index. */
  format: string;
  metadata: Record<string, string>;
  /** In state-dict order where the file keeps it; `dtype` is PyTorch's name. */
  tensors: readonly StoredTensor[];
  /** Bytes of elements [from, to) of a tensor, little-endian row-major, in memory of their own; the whole of it by default. */
  bytes(name: string, from?: number, to?: number): Promise<Uint8Array>;
  /** Fills `into`, whole elements of it, with those of a tensor from element `from` on. */
  read(name: string, from: number, into: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface StoredTensor extends TensorHeader {
  dtype: Dtype;
}

/** Tensors, or layers, by their names. */
export function byName<Named extends { name: string }>(items: Iterable<Named>): Map<string, Named> {
  return new Map(Array.from(items, (item) => [item.name, item]));
}

/** The header of a named tensor, if the file has it. */
export function tensorOf(reader: CheckpointReader, name: string): StoredTensor | undefined {
  return reader.tensors.find((tensor) => tensor.name === name);
}

/** Elements [from, to) of a tensor as numbers: exact for every dtype but 64-bit integers beyond ±2⁵³, which are rounded. */
export async function readValues(
  reader: CheckpointReader,
  tensor: StoredTensor,
  range: { from?: number; to?: number } = {},
): Promise<Float32Array | Float64Array> {
  return decode(tensor.dtype, await reader.bytes(tensor.name, range.from, range.to));
}
