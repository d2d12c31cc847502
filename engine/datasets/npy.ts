/** Parses .npy files into whole arrays. */
import type { Dtype } from '../checkpoints/dtypes';
import { sizeOfDtype } from '../checkpoints/dtypes';
import { parseNpyHeader } from '../checkpoints/numpy/header';

/** An array as stored: little-endian and row-major. */
export interface StoredArray {
  dtype: Dtype;
  shape: number[];
  bytes: Uint8Array;
}

/** Parses the bytes of an .npy file. Throws an `Error` with a message such as “the array is in Fortran order”. */
export function parseNpy(bytes: Uint8Array): StoredArray {
  const { dtype, shape, fortran, big, end } = parseNpyHeader(bytes, bytes.length);
  if (fortran) throw new Error('the array is in Fortran order. Save it with numpy.ascontiguousarray');
  const data = bytes.slice(end);
  if (big) swap(data, sizeOfDtype(dtype));
  return { dtype, shape, bytes: data };
}

function swap(bytes: Uint8Array, size: number): void {
  for (let begin = 0; begin < bytes.length; begin += size) bytes.subarray(begin, begin + size).reverse();
}
