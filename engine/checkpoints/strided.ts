/** Reads a tensor that is a view of a storage as contiguous, row-major, little-endian bytes. */
import { UserError } from '../errors';
import { sizeOf } from '../tensors';
import { sizeOfDtype, type Dtype } from './dtypes';

/** A tensor as a view of a storage. Offset and strides are in elements. */
export interface Strided {
  dtype: Dtype;
  offset: number;
  shape: readonly number[];
  strides: readonly number[];
}

/** Fills `into` with bytes of a storage, starting at byte `from`. */
export type FillStorage = (into: Uint8Array, from: number) => Promise<void>;

/** Greatest size of a copy. A view that is not contiguous is copied completely, also one that repeats its numbers. */
const LARGEST_COPY = 2 ** 31;
const MOST_REPEATS = 4;
const SMALL_COPY = 2 ** 26;

/** Returns the `fill` of a tensor. `big` says that the storage is big-endian. Throws UserError if a copy would be too large. */
export function fillOf(view: Strided, fill: FillStorage, { big, file }: { big: boolean; file: string }): FillStorage {
  const size = sizeOfDtype(view.dtype);
  if (isContiguous(view)) return ordered((into, from) => fill(into, view.offset * size + from), { big, size });
  const bytes = sizeOf(view.shape) * size;
  if (bytes > Math.max(SMALL_COPY, Math.min(LARGEST_COPY, MOST_REPEATS * spanOf(view) * size)))
    throw new UserError(
      `${file} holds a view of shape [${view.shape.join(', ')}] that repeats a few numbers, ${bytes} bytes in all. Save it with .contiguous(), or without it.`,
    );
  return fillFromWhole(() => gathered(view, ordered(fill, { big, size })));
}

/** Reads from bytes that can only be had whole. They are kept while memory allows, since they are asked for in pieces. */
export function fillFromWhole(load: () => Promise<Uint8Array>): FillStorage {
  let kept: WeakRef<Uint8Array> | undefined;
  return async (into, from) => {
    const whole = kept?.deref() ?? (await load());
    kept = new WeakRef(whole);
    into.set(whole.subarray(from, from + into.length));
  };
}

function isContiguous({ shape, strides }: Strided): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 0) return true;
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Returns the number of elements of the storage from the first to the last of a view. */
function spanOf({ shape, strides }: Pick<Strided, 'shape' | 'strides'>): number {
  return shape.reduce((last, length, axis) => last + (length - 1) * strides[axis]!, 0) + 1;
}

async function gathered({ dtype, offset, shape, strides }: Strided, fill: FillStorage): Promise<Uint8Array> {
  const size = sizeOfDtype(dtype);
  if (sizeOf(shape) === 0) return new Uint8Array(0);
  const source = new Uint8Array(spanOf({ shape, strides }) * size);
  await fill(source, offset * size);
  const count = sizeOf(shape);
  const result = new Uint8Array(count * size);
  const index = shape.map(() => 0);
  let at = 0;
  for (let element = 0; element < count; element++) {
    for (let byte = 0; byte < size; byte++) result[element * size + byte] = source[at * size + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** Reads little-endian bytes from a storage of any byte order. Ranges begin at whole elements. */
function ordered(fill: FillStorage, { big, size }: { big: boolean; size: number }): FillStorage {
  if (!big || size === 1) return fill;
  return async (into, from) => {
    await fill(into, from);
    for (let begin = 0; begin < into.length; begin += size) into.subarray(begin, begin + size).reverse();
  };
}

/** Returns the strides of an array in Fortran or row-major order, in elements. */
export function stridesOf(shape: readonly number[], fortran: boolean): number[] {
  if (!fortran) return stridesOf([...shape].reverse(), true).reverse();
  return shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
}
