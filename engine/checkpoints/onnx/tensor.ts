/** Reads a tensor of an ONNX model (`TensorProto` in onnx/onnx.proto): its header, and where its numbers are. */
import { appendAll } from '../../collections';
import { UserError } from '../../errors';
import { quote } from '../../json/strict';
import { MOST_DIMENSIONS, sizeOf } from '../../tensors';
import type { UncountedTensor } from '../../vocabulary/checkpoint';
import { bitsOfDtype, type Dtype } from '../dtypes';
import type { RangedFile } from '../file';
import { asInvalid, RefusedError } from '../invalid';
import { unpacked } from '../packed';
import type { ReadableTensor } from '../reader';
import { fillFromWhole, type FillStorage } from '../strided';
import type { ExternalFiles } from '../external';
import { decodeVarints, numbersOf, type Field, type Wire } from './wire';

/** Number formats by `TensorProto.DataType`. */
const DTYPES: Record<number, Dtype> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
  17: 'float8_e4m3fn',
  18: 'float8_e4m3fnuz',
  19: 'float8_e5m2',
  20: 'float8_e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4_e2m1fn',
  24: 'float8_e8m0fnu',
  25: 'uint2',
  26: 'int2',
  27: 'float6_e2m3fn',
  28: 'float6_e3m2fn',
};
const UNCOUNTED: Record<number, string> = { 8: 'string', 14: 'complex64', 15: 'complex128' };

/** Fields that may contain the numbers of a tensor. Numbers in other places are external data, or have a type that cannot be read. */
const FIELDS = {
  4: 'float_data',
  5: 'int32_data',
  7: 'int64_data',
  9: 'raw_data',
  10: 'double_data',
  11: 'uint64_data',
};
type DataField = keyof typeof FIELDS;

interface Parsed {
  name: string;
  type: number;
  shape: number[];
  data: { field: DataField; from: number; to: number; isRange: boolean }[];
  external: Map<string, string>;
  isExternal: boolean;
}

/** Greatest size, in bytes, of a tensor that must be decoded in memory. */
const LARGEST_DECODED = 2 ** 30;
/** Greatest number of elements, if a tensor stores each element in a separate field. */
const MOST_SINGLE = 1e6;

export interface TensorSource {
  wire: Wire;
  file: RangedFile;
  external: ExternalFiles;
}

/**
 * Reads the header of the tensor at bytes [from, to). `name` is used for a tensor without a name. Throws an `Error` if the tensor is not
 * valid.
 */
export async function readTensor(
  { from, to }: Pick<Field, 'from' | 'to'>,
  source: TensorSource,
  name?: string,
): Promise<ReadableTensor | UncountedTensor> {
  const parsed = await parseTensor(source.wire, from, to);
  const named = { name: name ?? parsed.name, shape: parsed.shape };
  const listed = UNCOUNTED[parsed.type];
  if (listed !== undefined) return { ...named, dtype: listed };
  const dtype = DTYPES[parsed.type];
  if (!dtype)
    throw new RefusedError(
      `tensor ${quote(named.name)} has the unknown data_type ${parsed.type}`,
      'Export the model again with a known type, such as float32.',
    );
  try {
    return { ...named, dtype, fill: await fillOfTensor({ ...parsed, dtype }, source) };
  } catch (error) {
    if (error instanceof UserError) throw error; // its message names the file
    throw new Error(`tensor ${quote(named.name)} ${(error as Error).message}`, { cause: error });
  }
}

async function parseTensor(wire: Wire, from: number, to: number): Promise<Parsed> {
  const parsed: Parsed = { name: '', type: 0, shape: [], data: [], external: new Map(), isExternal: false };
  await wire.walk(from, to, (field) => {
    switch (field.number) {
      case 1:
        return addDimensions(wire, field, parsed.shape);
      case 2:
        parsed.type = Number(field.value);
        return undefined;
      case 8:
        return wire.text(field).then((text) => void (parsed.name = text));
      case 13:
        return addEntry(wire, field, parsed.external);
      case 14:
        parsed.isExternal = field.value === 1;
        return undefined;
      default:
        if (field.number in FIELDS) addData(parsed, field);
        return undefined;
    }
  });
  checkDimensions(parsed);
  return parsed;
}

/** Adds the dimensions in a field, which may be one number or packed numbers. */
export function addDimensions(wire: Wire, field: Field, shape: number[]): Promise<void> | undefined {
  const add = (sizes: readonly number[]) => {
    appendAll(shape, sizes);
    if (shape.length > MOST_DIMENSIONS) throw new Error(`a tensor has more than ${MOST_DIMENSIONS} dimensions`);
  };
  if (field.isRange) return numbersOf(wire, field, 10 * MOST_DIMENSIONS).then(add);
  add([Number(field.value)]);
  return undefined;
}

export function checkDimensions({ name, shape }: { name: string; shape: readonly number[] }): void {
  const bad = shape.find((size) => size < 0 || !Number.isSafeInteger(size));
  if (bad !== undefined) throw new Error(`tensor ${quote(name)} has a dimension of ${bad}`);
}

async function addEntry(wire: Wire, { from, to }: Field, entries: Map<string, string>): Promise<void> {
  let [key, value] = ['', ''];
  await wire.walk(from, to, (field) =>
    wire.text(field).then((text) => {
      if (field.number === 1) key = text;
      else if (field.number === 2) value = text;
    }),
  );
  entries.set(key, value);
}

function addData({ data, name }: Parsed, { number, from, to, isRange }: Field): void {
  if (data.length >= MOST_SINGLE)
    throw new Error(`tensor ${quote(name)} has more than ${MOST_SINGLE} numbers in separate fields`);
  data.push({ field: number as DataField, from, to, isRange });
}

type Placed = Parsed & { dtype: Dtype };

/** Returns the function that reads the numbers. Throws an `Error` if their count does not match the shape. */
async function fillOfTensor(tensor: Placed, source: TensorSource): Promise<FillStorage> {
  const bytes = Math.ceil((sizeOf(tensor.shape) * bitsOfDtype(tensor.dtype)) / 8);
  if (tensor.isExternal) return unpacked(tensor.dtype, await fillExternal(tensor.external, bytes, source.external));
  const fields = new Set(tensor.data.filter(({ from, to }) => to > from).map(({ field }) => field));
  if (fields.size > 1) throw new Error('has its numbers in two different fields');
  const [field] = fields;
  if (field === undefined && bytes > 0) throw new Error(`has no numbers, but its shape needs ${bytes} bytes`);
  if (field === 9 || field === 4 || field === 10) return unpacked(tensor.dtype, fillPlain(tensor, source.file, bytes));
  return fillDecoded(tensor, source.file);
}

async function fillExternal(
  entries: ReadonlyMap<string, string>,
  bytes: number,
  files: ExternalFiles,
): Promise<FillStorage> {
  const location = entries.get('location') ?? '';
  const [offset, length] = [entries.get('offset') ?? '0', entries.get('length') ?? String(bytes)].map(wholeNumber);
  if (length !== bytes) throw new Error(`needs ${bytes} bytes, but its external data has ${length}`);
  const file = await files.at(location);
  if (offset! + bytes > file.size)
    throw new Error(`ends at byte ${offset! + bytes} of ${quote(location)}, which has only ${file.size}`);
  return (into, from) => file.fill(into, offset! + from);
}

function wholeNumber(text: string): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(number))
    throw new Error(`has external data at ${quote(text)}, which is not a whole number ≥ 0`);
  return number;
}

/** Reads numbers that are stored as little-endian bytes: in `raw_data`, `float_data` and `double_data`. */
function fillPlain({ data, dtype }: Placed, file: RangedFile, bytes: number): FillStorage {
  const held = data.reduce((sum, { from, to }) => sum + to - from, 0);
  if (held !== bytes) throw new Error(`needs ${bytes} bytes, but has ${held}`);
  const { field } = data[0]!;
  if (field !== 9 && FIELDS[field] !== (dtype === 'float32' ? 'float_data' : 'double_data'))
    throw new Error(`has type ${dtype}, but has its numbers in ${FIELDS[field]}`);
  if (data.length === 1) return (into, from) => file.fill(into, data[0]!.from + from);
  return fillFromWhole(() => joined(data, file));
}

/** Reads numbers that are stored as varints, whose lengths differ. */
function fillDecoded({ data, dtype, shape, type }: Placed, file: RangedFile): FillStorage {
  const count = sizeOf(shape);
  const stored = data.reduce((sum, { from, to }) => sum + to - from, 0);
  const bits = bitsOfDtype(dtype);
  // a varint has one 6-bit number, or a whole byte of 2-bit or 4-bit numbers
  const [size, numbers] = bits === 6 ? [1, count] : [Math.max(1, bits / 8), Math.ceil((count * Math.min(bits, 8)) / 8)];
  if (stored < numbers || stored > 10 * numbers)
    throw new Error(`needs ${numbers} numbers, which do not fit its ${stored} bytes`);
  if (stored > LARGEST_DECODED || numbers * size > LARGEST_DECODED)
    throw new Error('has too many numbers to read outside of raw_data');
  if (data[0] && data[0].field !== fieldOf(type))
    throw new Error(`has type ${dtype}, but has its numbers in ${FIELDS[data[0].field]}`);
  const decoded = fillFromWhole(async () => {
    try {
      return decodeVarints(await joined(data, file), size, numbers);
    } catch (error) {
      throw asInvalid(file.name, 'ONNX model', error);
    }
  });
  return bits === 6 ? decoded : unpacked(dtype, decoded);
}

function fieldOf(type: number): DataField {
  if (type === 7) return 7;
  return type === 12 || type === 13 ? 11 : 5;
}

async function joined(data: Parsed['data'], file: RangedFile): Promise<Uint8Array> {
  const result = new Uint8Array(data.reduce((sum, { from, to }) => sum + to - from, 0));
  let at = 0;
  for (const { from, to } of data) {
    await file.fill(result.subarray(at, at + to - from), from);
    at += to - from;
  }
  return result;
}
