/** Parses the header of a safetensors file (huggingface/safetensors README, “Format”) as strictly as the reference implementation. */
import { sizeOf } from '../tensors';
import type { UncountedTensor } from '../vocabulary/checkpoint';
import { bitsOfDtype, isDtype, type Dtype } from './dtypes';
import { isObject, parseStrictly, quote } from '../json/strict';
import type { StoredTensor } from './reader';

/** A tensor and its bytes [begin, end), counted from the start of the data. */
export interface PlacedTensor extends StoredTensor {
  begin: number;
  end: number;
}

type Placed = Omit<PlacedTensor, 'dtype'> & { dtype: string };

export interface Header {
  metadata: Record<string, string>;
  /** The tensors in the order of the header. */
  tensors: PlacedTensor[];
  /** Tensors whose values cannot be read. */
  uncounted: UncountedTensor[];
}

/** Maps the dtype names of the format to ours. */
export const SAFETENSORS_DTYPES: Record<string, Dtype> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F8_E4M3: 'float8_e4m3fn',
  F8_E5M2: 'float8_e5m2',
  F8_E8M0: 'float8_e8m0fnu',
  F8_E4M3FNUZ: 'float8_e4m3fnuz',
  F8_E5M2FNUZ: 'float8_e5m2fnuz',
  F6_E2M3: 'float6_e2m3fn',
  F6_E3M2: 'float6_e3m2fn',
  F4: 'float4_e2m1fn',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U64: 'uint64',
  U32: 'uint32',
  U16: 'uint16',
  U8: 'uint8',
  BOOL: 'bool',
};

/** Formats whose values cannot be read, so their tensors are only listed. Each has our name and the number of bits of an element. */
const UNCOUNTED = new Map([['C64', { dtype: 'complex64', bits: 64 }]]);

/** Parses and checks a header; throws an `Error` whose message says what is wrong. `dataLength` is the number of bytes after the header. */
export function parseHeader(bytes: Uint8Array, dataLength: number): Header {
  const { __metadata__: metadata, ...entries } = parseObject(bytes);
  const placed = Object.entries(entries).map(([name, entry]) => parseTensor(name, entry));
  checkPlaces(placed, dataLength);
  const tensors = placed.filter((tensor): tensor is PlacedTensor => isDtype(tensor.dtype));
  const uncounted = placed.flatMap(({ name, dtype, shape }) => (isDtype(dtype) ? [] : [{ name, dtype, shape }]));
  return { metadata: parseMetadata(metadata), tensors, uncounted };
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  try {
    const header = parseStrictly(utf8(bytes), 3);
    if (isObject(header)) return header;
  } catch (error) {
    throw new Error(`the header ${(error as Error).message}`, { cause: error });
  }
  throw new Error('the header is not a JSON object');
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('is not UTF-8');
  }
}

function parseMetadata(metadata: unknown = {}): Record<string, string> {
  if (!isObject(metadata)) throw new Error('the value of __metadata__ is not an object');
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') throw new Error(`the value of __metadata__ ${quote(key)} is not a string`);
  }
  return metadata as Record<string, string>;
}

function parseTensor(name: string, entry: unknown): Placed {
  const tensor = `tensor ${quote(name)}`;
  if (!isObject(entry)) throw new Error(`the header entry of ${tensor} is not an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') throw new Error(`${tensor} has no dtype`);
  const known = elementOf(dtype);
  if (!known) {
    const names = [...Object.keys(SAFETENSORS_DTYPES), ...UNCOUNTED.keys()].join(', ');
    throw new Error(`${tensor} has the unknown dtype ${quote(dtype)}; supported are ${names}`);
  }
  if (!isSizes(shape)) throw new Error(`the shape of ${tensor} is not a list of non-negative integers`);
  if (!isSizes(offsets) || offsets.length !== 2)
    throw new Error(`the data_offsets of ${tensor} are not of the form [begin, end]`);
  const [begin, end] = offsets as [number, number];
  // A product above 2⁵³ is rounded, but it is still larger than any file.
  const size = (sizeOf(shape) * known.bits) / 8;
  if (end - begin !== size) {
    throw new Error(
      `${tensor} of shape [${shape.join(', ')}] needs ${size} bytes, but its data_offsets give it ${end - begin}`,
    );
  }
  return { name, dtype: known.dtype, shape, begin, end };
}

function elementOf(dtype: string): { dtype: string; bits: number } | undefined {
  if (!Object.hasOwn(SAFETENSORS_DTYPES, dtype)) return UNCOUNTED.get(dtype);
  const known = SAFETENSORS_DTYPES[dtype]!;
  return { dtype: known, bits: bitsOfDtype(known) };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Checks that the tensors cover the data without gaps and without overlaps. */
function checkPlaces(tensors: Placed[], dataLength: number): void {
  let covered = 0;
  for (const { name, begin, end } of [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (end > dataLength)
      throw new Error(`tensor ${quote(name)} ends ${end - dataLength} bytes after the end of the file`);
    if (begin < covered) throw new Error(`tensor ${quote(name)} overlaps the tensor before it`);
    if (begin > covered) throw new Error(`${begin - covered} bytes before tensor ${quote(name)} belong to no tensor`);
    covered = end;
  }
  if (covered < dataLength) throw new Error(`the last ${dataLength - covered} bytes of the file belong to no tensor`);
}
