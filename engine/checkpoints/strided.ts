/** Reads a tensor that is a view of a storage. The bytes are contiguous, row-major and little-endian. */
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

/**
 * Limits for copying a view that is not contiguous. The copy has every element of the view, even if the view repeats the same few numbers.
 */
const LARGEST_COPY = 2 ** 31;
const MOST_REPEATS = 4;
const SMALL_COPY = 2 ** 26;

/** Returns the function that reads a tensor. `big` says whether the storage is big-endian. Throws UserError if a copy would be too large. */
export function fillOf(view: Strided, fill: FillStorage, { big, file }: { big: boolean; file: string }): FillStorage {
  const size = sizeOfDtype(view.dtype);
  if (isContiguous(view)) return ordered((into, from) => fill(into, view.offset * size + from), { big, size });
  checkCopy(view, file);
  return fillFromWhole(() => gathered(view, ordered(fill, { big, size })));
}

function checkCopy(view: Strided, file: string): void {
  const size = sizeOfDtype(view.dtype);
  const bytes = sizeOf(view.shape) * size;
  const what = `${file} has a tensor of shape [${view.shape.join(', ')}]`;
  if (bytes > Math.max(SMALL_COPY, MOST_REPEATS * spanOf(view) * size))
    throw new UserError(
      `${what} that repeats a few numbers up to ${bytes} bytes, too many to read. Save the tensor with .contiguous(), or leave it out.`,
    );
  if (bytes > LARGEST_COPY)
    throw new UserError(`${what} that is not contiguous and has more than 2 GiB. Save the tensor with .contiguous().`);
}

/**
 * Reads pieces of bytes that can only be loaded as a whole. One pass over the pieces loads the bytes once: they stay in memory until the
 * last byte was read, or until no piece was read for `idle` milliseconds. After that, the garbage collector may free them.
 */
export function fillFromWhole(load: () => Promise<Uint8Array>, idle = 10_000): FillStorage {
  let kept: WeakRef<Uint8Array> | undefined;
  let held: Promise<Uint8Array> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const release = () => {
    held = undefined;
    clearTimeout(timer);
  };
  const loaded = async () => {
    const whole = kept?.deref() ?? (await load());
    kept = new WeakRef(whole);
    return whole;
  };
  return async (into, from) => {
    clearTimeout(timer);
    held ??= loaded();
    held.catch(release); // the next read tries again
    const whole = await held;
    into.set(whole.subarray(from, from + into.length));
    if (from + into.length >= whole.length) release();
    else timer = setTimeout(release, idle).unref();
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

/** Counts the elements of the storage from the first to the last element of a view. */
function spanOf({ shape, strides }: Pick<Strided, 'shape' | 'strides'>): number {
  return shape.reduce((last, length, axis) => last + (length - 1) * strides[axis]!, 0) + 1;
}

/** Greatest number of bytes of one read of the storage. The second limit is for sparse blocks. */
const MOST_READ = 2 ** 26;
const MOST_SPARSE = 2 ** 16;
/** A block is sparse if the view has fewer than 1/256 of its elements. */
const SPARSE = 256;

/** Returns the elements of a view in row-major order. Reads the storage in blocks, because the elements of a view may be far apart. */
async function gathered({ dtype, offset, shape, strides }: Strided, fill: FillStorage): Promise<Uint8Array> {
  const size = sizeOfDtype(dtype);
  const result = new Uint8Array(sizeOf(shape) * size);
  const places = stridesOf(shape, false);
  for (const { at, to, lengths } of blocksOf({ offset, shape, strides }, places, size)) {
    const source = new Uint8Array(spanOf({ shape: lengths, strides }) * size);
    await fill(source, at * size);
    copy({ source, strides }, { result, to, strides: places }, { lengths, size });
  }
  return result;
}

/** A part of a view: the index of its first element in the storage (`at`) and in the result (`to`), and its shape (`lengths`). */
interface Block {
  at: number;
  to: number;
  lengths: readonly number[];
}

/** Divides a view into blocks that are small enough for one read. Halves a block along the axis that spans the most storage. */
function* blocksOf(
  { offset, shape, strides }: Pick<Strided, 'offset' | 'shape' | 'strides'>,
  places: readonly number[],
  size: number,
): Iterable<Block> {
  const waiting: Block[] = sizeOf(shape) === 0 ? [] : [{ at: offset, to: 0, lengths: shape }];
  for (let block = waiting.pop(); block; block = waiting.pop()) {
    const { at, to, lengths } = block;
    const span = spanOf({ shape: lengths, strides });
    const isSparse = span > SPARSE * sizeOf(lengths);
    if (span * size <= (isSparse ? MOST_SPARSE : MOST_READ)) {
      yield block;
      continue;
    }
    const reach = lengths.map((length, axis) => (length - 1) * strides[axis]!);
    const axis = reach.indexOf(Math.max(...reach));
    const half = Math.ceil(lengths[axis]! / 2);
    const first = lengths.with(axis, half);
    const second = lengths.with(axis, lengths[axis]! - half);
    waiting.push({ at: at + half * strides[axis]!, to: to + half * places[axis]!, lengths: second });
    waiting.push({ at, to, lengths: first });
  }
}

/** Copies a block from `source`, which begins with the first element of the block, to the result. */
function copy(
  from: { source: Uint8Array; strides: readonly number[] },
  into: { result: Uint8Array; to: number; strides: readonly number[] },
  { lengths, size }: { lengths: readonly number[]; size: number },
): void {
  const { source } = from;
  const { result } = into;
  const index = lengths.map(() => 0);
  const count = sizeOf(lengths);
  let [at, { to }] = [0, into];
  for (let element = 0; element < count; element++) {
    for (let byte = 0; byte < size; byte++) result[to * size + byte] = source[at * size + byte]!;
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
      at += from.strides[axis]!;
      to += into.strides[axis]!;
      if (++index[axis]! < lengths[axis]!) break;
      at -= lengths[axis]! * from.strides[axis]!;
      to -= lengths[axis]! * into.strides[axis]!;
      index[axis] = 0;
    }
  }
}

/** Returns a function that reads a storage of any byte order as little-endian. It must be called with ranges of whole elements. */
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
