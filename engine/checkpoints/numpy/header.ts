/** Parses the header of an .npy file (numpy.lib.format, versions 1 to 3) as text. Never evaluates it. */
import { cutMiddle, oneLine } from '../../vocabulary/text';
import { MOST_DIMENSIONS, sizeOf } from '../../tensors';
import { sizeOfDtype, type Dtype } from '../dtypes';
import { RefusedError } from '../invalid';

export interface NpyHeader {
  dtype: Dtype;
  shape: number[];
  /** Whether the array is in Fortran order, in which the first axis varies fastest. */
  fortran: boolean;
  /** Whether the numbers are big-endian. */
  big: boolean;
  /** Byte offset of the numbers. */
  end: number;
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

/** Thrown for an array that does not contain numbers. */
export class NotNumbersError extends RefusedError {
  readonly type: string;
  constructor(type: string) {
    const shown = oneLine(cutMiddle(type, 80));
    super(`the elements of the array have type ${shown}, which is not a number type`, 'Save arrays of numbers.');
    this.type = shown;
  }
}

/** The header must end within this number of bytes. */
export const LARGEST_NPY_HEADER = 2 ** 16;

/**
 * Parses a header. `head` has the first `LARGEST_NPY_HEADER` bytes of the file, and `size` is the size of the file. Throws an `Error` that
 * says what is wrong. Refuses records. Refuses Python objects, because reading them can execute code.
 */
export function parseNpyHeader(head: Uint8Array, size: number): NpyHeader {
  const { text, end } = textOf(head);
  const [, order, code] = /'descr':\s*'([<>|=])([a-z]\d+)'/.exec(text) ?? [];
  const dtype = DTYPES[code ?? ''];
  if (!dtype) throw new NotNumbersError(typeIn(text));
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  if (fortran === undefined) throw new Error('the header of the array has no fortran_order');
  const listed = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (listed === undefined) throw new Error('the header of the array has no shape');
  const shape = listed.split(',').flatMap((length) => (length.trim() === '' ? [] : [Number(length)]));
  if (shape.length > MOST_DIMENSIONS)
    throw new Error(`the array has ${shape.length} dimensions, more than the limit of ${MOST_DIMENSIONS}`);
  const needed = sizeOf(shape) * sizeOfDtype(dtype);
  if (needed !== size - end)
    throw new Error(`the array needs ${needed} bytes for its shape and type, but has ${size - end}`);
  return { dtype, shape, fortran: fortran === 'True', big: order === '>', end };
}

function typeIn(header: string): string {
  const code = /'descr':\s*('[^']*')/.exec(header)?.[1];
  return code ?? 'record';
}

function textOf(head: Uint8Array): { text: string; end: number } {
  const latin1 = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, LARGEST_NPY_HEADER)).toString(
    'latin1',
  );
  if (!latin1.startsWith('\x93NUMPY')) throw new Error('the data does not begin like a NumPy array');
  const version = head[6]!;
  const start = version === 1 ? 10 : 12;
  if (version < 1 || version > 3 || head.length < start)
    throw new Error('the array has an unknown version of the format');
  const view = new DataView(head.buffer, head.byteOffset);
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > latin1.length) throw new Error('the header of the array is truncated');
  return { text: latin1.slice(start, end), end };
}
