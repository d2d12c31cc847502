/** Reads NumPy arrays (numpy.lib.format, versions 1 to 3). Object arrays, which would execute code, are refused. */
import type { Dtype } from '../checkpoints/dtypes';
import { sizeOfDtype } from '../checkpoints/dtypes';
import { sizeOf } from '../tensors';

/** An array as it is stored, little-endian row-major. */
export interface StoredArray {
  dtype: Dtype;
  shape: number[];
  bytes: Uint8Array;
}

const DTYPES: Record<string, Dtype> = {
  b1: 'bool',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

const LARGEST_HEADER = 2 ** 16;

/** Parses the bytes of an .npy file; throws an `Error` whose message says what is wrong. */
export function parseNpy(bytes: Uint8Array): StoredArray {
  const { text, end } = headerOf(bytes);
  const [, order, code] = /'descr':\s*'([<>|=])([a-z]\d+)'/.exec(text) ?? [];
  const dtype = DTYPES[code ?? ''];
  if (!dtype)
    throw new Error(`is of type ${/'descr':\s*([^,}]*)/.exec(text)?.[1] ?? 'unknown'}, which is not a number type`);
  if (!/'fortran_order':\s*False/.test(text)) {
    throw new Error('is in Fortran order; save it with numpy.ascontiguousarray');
  }
  const listed = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (listed === undefined) throw new Error('has no shape in its header');
  const shape = listed
    .split(',')
    .map((size) => size.trim())
    .filter(Boolean)
    .map(Number);
  const size = sizeOf(shape) * sizeOfDtype(dtype);
  if (size !== bytes.length - end)
    throw new Error(`should hold ${size} bytes of numbers, but holds ${bytes.length - end}`);
  const data = bytes.slice(end);
  if (order === '>') swap(data, sizeOfDtype(dtype));
  return { dtype, shape, bytes: data };
}

function headerOf(bytes: Uint8Array): { text: string; end: number } {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LARGEST_HEADER)).toString('latin1');
  if (!latin1.startsWith('\x93NUMPY')) throw new Error('is not a NumPy array');
  const version = bytes[6]!;
  const start = version === 1 ? 10 : 12;
  if (version < 1 || version > 3 || bytes.length < start) throw new Error('is a NumPy array of an unknown version');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > latin1.length) throw new Error('ends within its header');
  return { text: latin1.slice(start, end), end };
}

function swap(bytes: Uint8Array, size: number): void {
  for (let begin = 0; begin < bytes.length; begin += size) bytes.subarray(begin, begin + size).reverse();
}
