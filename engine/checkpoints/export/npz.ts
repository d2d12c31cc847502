/** Writes `.npz` archives as `numpy.savez` does: one `.npy` array for each tensor. */
import { decode, type Dtype } from '../dtypes';
import { bytesOf, type ExportedTensor } from './plan';
import type { ArchiveEntry } from './zip';

/** Names of formats in NumPy. NumPy has no other format of ours. */
const DESCRIPTIONS: Partial<Record<Dtype, string>> = {
  float64: '<f8',
  float32: '<f4',
  float16: '<f2',
  int64: '<i8',
  int32: '<i4',
  int16: '<i2',
  int8: '|i1',
  uint64: '<u8',
  uint32: '<u4',
  uint16: '<u2',
  uint8: '|u1',
  bool: '|b1',
};

/** Returns the entries of an archive. Tensors in formats that NumPy lacks, such as bfloat16, are converted to float32, which is exact. */
export function npzEntries(tensors: readonly ExportedTensor[]): ArchiveEntry[] {
  return tensors.map((tensor) => {
    const known = DESCRIPTIONS[tensor.dtype];
    const head = headerOf(known ?? '<f4', tensor.shape);
    const size = head.length + bytesOf(known === undefined ? { ...tensor, dtype: 'float32' } : tensor);
    const load = async () => {
      const bytes = await tensor.load();
      return Buffer.concat([head, known === undefined ? asFloat32(tensor.dtype, bytes) : bytes]);
    };
    return { name: `${tensor.name}.npy`, size, load };
  });
}

function asFloat32(dtype: Dtype, bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = Float32Array.from(decode(dtype, bytes));
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Returns the header of version 1.0, padded so that the numbers begin at a multiple of 64. */
function headerOf(description: string, shape: readonly number[]): Buffer {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${description}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(length, 8);
  return Buffer.concat([head, Buffer.from(`${text.padEnd(length - 1)}\n`)]);
}
