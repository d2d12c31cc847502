/** Reads NumPy arrays in a pickle. They are calls of `numpy.core.multiarray._reconstruct` with the state from `ndarray.__reduce__`. */
import { MOST_DIMENSIONS, sizeOf } from '../../tensors';
import { isDtype, sizeOfDtype, type Dtype } from '../dtypes';
import { List, Made, type Value } from './values';

/** An array. `bytes` are in the byte order and axis order of the file. */
export interface PickledArray {
  dtype: Dtype;
  shape: number[];
  bytes: Uint8Array;
  big: boolean;
  fortran: boolean;
}

/** Converts an object of the pickle to an array. Returns undefined for other objects and for arrays that do not contain numbers. */
export function arrayOf(value: Value): PickledArray | undefined {
  if (!(value instanceof Made)) return undefined;
  const fields = fieldsOf(value);
  if (!fields) return undefined;
  const { size, type, fortran, data } = fields;
  const dtype = dtypeOf(type);
  const bytes = bytesOf(data);
  if (!dtype || !bytes || !(size instanceof List)) return undefined;
  if (size.items.length > MOST_DIMENSIONS)
    throw new Error(`an array has ${size.items.length} dimensions, more than the limit of ${MOST_DIMENSIONS}`);
  const shape = size.items.filter((length): length is number => typeof length === 'number' && length >= 0);
  if (shape.length < size.items.length || bytes.length !== sizeOf(shape) * sizeOfDtype(dtype.name))
    throw new Error(`an array of shape [${shape.join(', ')}] and type ${dtype.name} has ${bytes.length} bytes`);
  return { dtype: dtype.name, shape, bytes, big: dtype.big, fortran: fortran === true || fortran === 'F' };
}

function fieldsOf({ name, state, args }: Made) {
  if (/^numpy\.(_core|core)\.multiarray\._reconstruct$/.test(name) && state instanceof List) {
    const [, size, type, fortran, data] = state.items;
    return { size, type, fortran, data };
  }
  if (!/^numpy\.(_core|core)\.numeric\._frombuffer$/.test(name)) return undefined;
  const [data, type, size, fortran] = args; // protocol 5
  return { size, type, fortran, data };
}

/** Reads a call such as `numpy.dtype('f4')` and its state. The second item of the state is the byte order. */
function dtypeOf(value: Value | undefined): { name: Dtype; big: boolean } | undefined {
  if (!(value instanceof Made) || value.name !== 'numpy.dtype') return undefined;
  const [code] = value.args;
  const [, order] = value.state instanceof List ? value.state.items : [];
  const [, given, kind, size] = (typeof code === 'string' ? /^([<>|=]?)([biuf])(\d+)$/.exec(code) : undefined) ?? [];
  const name = `${KINDS[kind ?? ''] ?? ''}${Number(size) * 8}`;
  const dtype = kind === 'b' ? 'bool' : name;
  return isDtype(dtype) ? { name: dtype, big: order === '>' || given === '>' } : undefined;
}

const KINDS: Record<string, string> = { i: 'int', u: 'uint', f: 'float', b: 'bool' };

/** Returns bytes, or undefined if the value is no bytes. Protocols before 3 store bytes as Latin-1 text: `_codecs.encode(text, 'latin1')`. */
export function bytesOf(value: Value | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return Buffer.from(value, 'latin1');
  if (!(value instanceof Made)) return undefined;
  if (value.name === '_codecs.encode') return bytesOf(value.args[0]);
  return /^(builtins|__builtin__)\.bytearray$/.test(value.name) ? bytesOf(value.args[0]) : undefined;
}
