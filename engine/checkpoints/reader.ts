/** The interface for reading tensors by name and by range from files of any format. Nothing in a file is ever executed. */
import type { MaskRule, TensorHeader, UncountedTensor } from '../vocabulary/checkpoint';
import { quote } from '../json/strict';
import { sizeOf } from '../tensors';
import { isOptimizerState } from './conventions';
import { decode, sizeOfDtype, type Dtype } from './dtypes';

export interface CheckpointReader {
  /** Path of the file as the caller gave it, for messages. */
  file: string;
  /** Name of an entry of `FORMATS`. */
  format: string;
  metadata: Record<string, string>;
  /** The tensors, in state-dict order if the file keeps this order. `dtype` is the PyTorch name. */
  tensors: readonly StoredTensor[];
  /** Tensors that are only listed, because their values cannot be read: complex, quantized and sparse tensors. `dtype` names the kind. */
  uncounted?: readonly UncountedTensor[];
  /** The rule that chooses prunable layers, by default `default`. */
  layerRule?: string;
  /** The path of the state dict that is shown as the model, if the file has such a path: `state_dict`. */
  state?: string;
  /** The paths of all state dicts in the file, if there are several. */
  states?: readonly string[];
  /** Path of the file with the masks, if the masks come from another file. */
  maskFile?: string;
  /** Sentences about masks that were found but cannot be used. */
  warnings?: readonly string[];
  /** Sentences about choices that were made for the user, such as which of two masks is used. */
  notes?: readonly string[];
  /** Sentences about damage that was noticed while values were read. More may be added later. */
  faults?: Iterable<string> | undefined;
  /** Reads everything that was not read before, and returns whether the checksum in the metadata is wrong. Only for files that have one. */
  isCorrupt?: (() => Promise<boolean>) | undefined;
  /** The checksums of the tensors that were read as a whole. Only for files that have a checksum of such checksums. */
  checksums?: TensorChecksums | undefined;
  /** Returns the number of bytes of the file, or of all files of the checkpoint. Without a mask file. */
  size?: () => number;
  /**
   * Returns a text for each open file of the checkpoint and of its masks, which differs for each version of the file. Absent if values are read
   * from files that another thread has opened.
   */
  versions?: (() => readonly string[]) | undefined;
  /** Returns a copy of the bytes of elements [from, to) of a tensor, by default all. They are little-endian and row-major. */
  bytes(name: string, from?: number, to?: number): Promise<Uint8Array>;
  /** Fills `into` with the bytes of a tensor, starting at element `from`. */
  read(name: string, from: number, into: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** The CRC-32 of tensors by name. A reader of the same file in another thread may have computed some of them. */
export interface TensorChecksums {
  of(name: string): number | undefined;
  add(name: string, crc: number): void;
}

export interface StoredTensor extends TensorHeader {
  dtype: Dtype;
  /** Role of the tensor, if the file has a graph: a weight whose outputs are on the first or on the last axis, or statistics. */
  role?: 'weight' | 'weight with outputs last' | 'statistics';
  /** Name of the format of the blocks that are read as float32, such as `Q4_K`. The format may have rounded small weights to 0. */
  quantization?: string;
  /** Number of bytes in the file, if it does not follow from dtype and shape. */
  storedBytes?: number;
  /** First part of the tensor's path in the file, such as `optimizer` or `ema`, if the tensor does not belong to the model. */
  collection?: string;
  /** Name of an earlier tensor of the model that shares its stored numbers with this tensor. */
  tiedTo?: string;
  /**
   * Set if this mask was converted and does not exist in this form in the file. Contains the name of its weight and the rule that found it.
   * Such masks are not listed.
   */
  masks?: { weight: string; rule: MaskRule };
  /**
   * The axes of a kernel by letters (`LayerHeader.layout`), if the format has them. A tensor with these axes is a kernel, whatever its
   * name.
   */
  layout?: string;
}

/** A tensor of a file, and the method that reads its bytes. */
export interface ReadableTensor extends StoredTensor {
  /** Fills `into` with the bytes of the tensor, starting at byte `from`. They are little-endian and row-major. */
  fill: (into: Uint8Array, from: number) => Promise<void>;
}

/**
 * Makes a reader from tensors that have a `fill` method. Throws an `Error` if two tensors have the same name. The reader throws a RangeError
 * for elements outside of a tensor.
 */
export function readerOf(
  tensors: readonly ReadableTensor[],
  {
    file,
    ...rest
  }: Pick<
    CheckpointReader,
    | 'file'
    | 'format'
    | 'metadata'
    | 'uncounted'
    | 'state'
    | 'close'
    | 'faults'
    | 'isCorrupt'
    | 'checksums'
    | 'size'
    | 'versions'
  >,
): CheckpointReader {
  checkNames([...tensors, ...(rest.uncounted ?? [])]);
  const named = byName(tensors);
  const rangeOf = (name: string, from: number, to?: number) => {
    const tensor = named.get(name);
    if (!tensor) throw new Error(`${file} has no tensor ${name}`);
    const count = sizeOf(tensor.shape);
    const last = to ?? count;
    if (from < 0 || from > last || last > count)
      throw new RangeError(`elements ${from} … ${last} are outside of tensor ${name}, which has ${count}`);
    const size = sizeOfDtype(tensor.dtype);
    return { tensor, begin: from * size, length: (last - from) * size };
  };
  return {
    ...rest,
    file,
    tensors: tensors.map(({ fill: _, ...tensor }) =>
      isOptimizerState(tensor.name) ? { ...tensor, collection: tensor.collection ?? 'optimizer' } : tensor,
    ),
    bytes: async (name, from = 0, to) => {
      const { tensor, begin, length } = rangeOf(name, from, to);
      const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer); // aligned to 8
      await tensor.fill(bytes, begin);
      return bytes;
    },
    read: async (name, from, into) => {
      const { tensor, begin, length } = rangeOf(name, from);
      if (into.length > length)
        throw new RangeError(`tensor ${name} has fewer than ${into.length} bytes after element ${from}`);
      await tensor.fill(into, begin);
    },
  };
}

/** Returns a reader of the same file with other tensors. A tensor replaces the tensor of the same name, or is added at the end. */
export function withTensors(
  reader: CheckpointReader,
  made: readonly (ReadableTensor & { replaces?: string })[],
): CheckpointReader {
  const others = readerOf(
    made.map(({ replaces: _, ...tensor }) => tensor),
    { ...reader, uncounted: [] },
  );
  const makers = byName(others.tensors);
  const replaced = new Map(made.map(({ name, replaces = name }) => [replaces, makers.get(name)!]));
  const known = new Set(reader.tensors.map(({ name }) => name));
  const readerFor = (name: string) => (makers.has(name) ? others : reader);
  return {
    ...reader,
    tensors: [
      ...reader.tensors.map((tensor) => replaced.get(tensor.name) ?? tensor),
      ...made.flatMap(({ name, replaces = name }) => (known.has(replaces) ? [] : makers.get(name)!)),
    ],
    bytes: (name, from, to) => readerFor(name).bytes(name, from, to),
    read: (name, from, into) => readerFor(name).read(name, from, into),
  };
}

function checkNames(tensors: readonly { name: string }[]): void {
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) throw new Error(`the file has two tensors named ${quote(name)}`);
    names.add(name);
  }
}

/** Returns a map from names to tensors or layers. */
export function byName<Named extends { name: string }>(items: Iterable<Named>): Map<string, Named> {
  return new Map(Array.from(items, (item) => [item.name, item]));
}

/** Returns the tensors of the model. Leaves out the tensors of an optimizer, of averaged weights, and so on. */
export function modelTensors(reader: CheckpointReader): readonly StoredTensor[] {
  return reader.tensors.filter(({ collection, masks }) => collection === undefined && !masks);
}

/** Returns the tensor with this name, or undefined if the file does not have it. */
export function tensorOf(reader: CheckpointReader, name: string): StoredTensor | undefined {
  return reader.tensors.find((tensor) => tensor.name === name);
}

/** Returns the rule that chooses the prunable layers of a checkpoint. */
export function ruleOf({ layerRule = 'default' }: CheckpointReader): string {
  return layerRule;
}

/** Reads elements [from, to) of a tensor as numbers. The numbers are exact, but 64-bit integers beyond ±2⁵³ are rounded. */
export async function readValues(
  reader: CheckpointReader,
  tensor: StoredTensor,
  range: { from?: number; to?: number } = {},
): Promise<Float32Array | Float64Array> {
  return decode(tensor.dtype, await reader.bytes(tensor.name, range.from, range.to));
}
