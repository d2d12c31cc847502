/** Makes files of NumPy. */
import { zip } from './zip';

/** Returns an .npy file with this header. */
export function npy(header: string, data: NodeJS.ArrayBufferView, version = 1): Buffer {
  const text = Buffer.from(`${header}\n`);
  const length = version === 1 ? Buffer.of(text.length, 0) : Buffer.of(text.length, 0, 0, 0);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.of(version, 0), length, text, bytes]);
}

/** Returns an .npy file of an array in row-major or Fortran order. `descr` is for example `<f4`. */
export function npyArray(
  descr: string,
  shape: number[],
  data: NodeJS.ArrayBufferView,
  { version, fortran = false }: { version?: number; fortran?: boolean } = {},
): Buffer {
  const order = fortran ? 'True' : 'False';
  return npy(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape.join(', ')},), }`, data, version);
}

/** Returns an .npz archive of .npy files. Every second one is compressed. */
export function npz(arrays: Record<string, Buffer>): Buffer {
  return zip(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])));
}
