/** The number formats of storages in PyTorch. */
import { isDtype, type Dtype } from '../dtypes';

/** Formats by the class of a typed storage, such as `torch.FloatStorage`. */
const STORAGES = new Map<string, Dtype>([
  ['DoubleStorage', 'float64'],
  ['FloatStorage', 'float32'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['LongStorage', 'int64'],
  ['IntStorage', 'int32'],
  ['ShortStorage', 'int16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['BoolStorage', 'bool'],
]);

/** Returns the name of the class in `torch` for storages of a format. Returns undefined for newer formats, which have no such class. */
export function storageOf(dtype: Dtype): string | undefined {
  return [...STORAGES].find(([, known]) => known === dtype)?.[0];
}

/** Number of bytes of an element, for formats whose values cannot be read. Tensors in these formats are only listed. */
const UNCOUNTED = new Map<string, number>([
  ['ComplexDoubleStorage', 16],
  ['ComplexFloatStorage', 8],
  ['QInt8Storage', 1],
  ['QUInt8Storage', 1],
  ['QInt32Storage', 4],
  ['QUInt4x2Storage', 1],
  ['QUInt2x4Storage', 1],
  ['complex128', 16],
  ['complex64', 8],
  ['complex32', 4],
]);

/** Other names of dtypes in `torch`. */
const ALIASES = new Map<string, Dtype>([
  ['double', 'float64'],
  ['float', 'float32'],
  ['half', 'float16'],
  ['long', 'int64'],
  ['int', 'int32'],
  ['short', 'int16'],
]);

/** A number format. If its values cannot be read, only its name and the number of bytes of an element are known. */
export type Element = Dtype | { uncounted: string; size: number };

/** Returns the format of a storage class or dtype, given its name without `torch.`. Returns undefined for an unknown name. */
export function elementOf(name: string): Element | undefined {
  const dtype = STORAGES.get(name) ?? ALIASES.get(name) ?? name;
  if (isDtype(dtype)) return dtype;
  const size = UNCOUNTED.get(name);
  if (size === undefined) return undefined;
  const plain = name
    .replace(/Storage$/, '')
    .replace('ComplexDouble', 'complex128')
    .replace('ComplexFloat', 'complex64');
  return { uncounted: plain, size };
}
