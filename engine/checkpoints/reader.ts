/** The interface for reading tensors by name and by range from files of any format. Nothing in a file is ever executed. */
import type { TensorHeader } from '../vocabulary/checkpoint';
import { sizeOf } from '../tensors';
import { decode, sizeOfDtype, type Dtype } from './dtypes';

export interface CheckpointReader {
  /** The path that the caller gave. Messages name it. */
  file: string;
  /** Name of an entry of `FORMATS`. */
  format: string;
  metadata: Record<string, string>;
  /** The tensors, in state-dict order if the file keeps it. `dtype` is PyTorch's name. */
  tensors: readonly StoredTensor[];
  /** Tensors that are listed and not counted, such as complex, quantized or sparse ones. `dtype` says which. */
  uncounted?: readonly TensorHeader[];
  /** Returns a copy of the bytes of elements [from, to) of a tensor, by default all; little-endian and row-major. */
  bytes(name: string, from?: number, to?: number): Promise<Uint8Array>;
  /** Fills `into` with elements of a tensor, starting at element `from`. */
  read(name: string, from: number, into: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface StoredTensor extends TensorHeader {
  dtype: Dtype;
  /** What the tensor is, if the file has a graph that says so: a weight with its outputs on the first or last axis, or statistics. */
  role?: 'weight' | 'weight with outputs last' | 'statistics';
  /** Root of what the tensor belongs to if that is not the model: `optimizer`, `ema`. */
  beside?: string;
}

/** A tensor of a file, with the one method that reads it. */
export interface ReadableTensor extends StoredTensor {
  /** Fills `into` with bytes of the tensor, starting at byte `from`; little-endian and row-major. */
  fill: (into: Uint8Array, from: number) => Promise<void>;
}

/** Makes a reader from tensors that have their own read method. Checks ranges. */
export function readerOf(
  tensors: readonly ReadableTensor[],
  { file, ...rest }: Pick<CheckpointReader, 'file' | 'format' | 'metadata' | 'uncounted' | 'close'>,
): CheckpointReader {
  const named = byName(tensors);
  const rangeOf = (name: string, from: number, to?: number) => {
    const tensor = named.get(name);
    if (!tensor) throw new Error(`no tensor ${name} in ${file}`);
    const count = sizeOf(tensor.shape);
    const last = to ?? count;
    if (from < 0 || from > last || last > count) throw new RangeError(`elements ${from} … ${last} of ${count}`);
    const size = sizeOfDtype(tensor.dtype);
    return { tensor, begin: from * size, length: (last - from) * size };
  };
  return {
    ...rest,
    file,
    tensors: tensors.map(({ fill: _, ...tensor }) => tensor),
    bytes: async (name, from = 0, to) => {
      const { tensor, begin, length } = rangeOf(name, from, to);
      const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer); // aligned to 8
      await tensor.fill(bytes, begin);
      return bytes;
    },
    read: async (name, from, into) => {
      const { tensor, begin, length } = rangeOf(name, from);
      if (into.length > length) throw new RangeError(`${into.length} bytes from element ${from} of ${name}`);
      await tensor.fill(into, begin);
    },
  };
}

/** Returns a reader of the same file in which tensors replace those of the same name, or come after the others. */
export function withTensors(reader: CheckpointReader, made: readonly ReadableTensor[]): CheckpointReader {
  const others = readerOf(made, reader);
  const replaced = byName(others.tensors);
  const known = new Set(reader.tensors.map(({ name }) => name));
  const readerFor = (name: string) => (replaced.has(name) ? others : reader);
  return {
    ...reader,
    tensors: [
      ...reader.tensors.map((tensor) => replaced.get(tensor.name) ?? tensor),
      ...others.tensors.filter(({ name }) => !known.has(name)),
    ],
    bytes: (name, from, to) => readerFor(name).bytes(name, from, to),
    read: (name, from, into) => readerFor(name).read(name, from, into),
  };
}

/** Returns a map from names to tensors or layers. */
export function byName<Named extends { name: string }>(items: Iterable<Named>): Map<string, Named> {
  return new Map(Array.from(items, (item) => [item.name, item]));
}

/** Returns the tensors of the model: all but those of an optimizer, an average of the weights, and the like. */
export function modelTensors(reader: CheckpointReader): readonly StoredTensor[] {
  return reader.tensors.filter(({ beside }) => beside === undefined);
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
