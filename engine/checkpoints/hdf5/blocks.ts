/** Reads any range of a dataset. The library reads only blocks, so a range is split into whole rows and parts of rows. */
import { sizeOf } from '../../tensors';
import { sizeOfDtype, type Dtype } from '../dtypes';
import type { FillStorage } from '../strided';
import type { BlockAsked, DatasetFound } from './messages';

export interface Slab {
  offset: number[];
  count: number[];
}

/** Splits elements [from, to) of a row-major array into blocks, in order. */
export function* slabsOf(shape: readonly number[], from: number, to: number): Iterable<Slab> {
  if (from >= to) return;
  const [, ...rest] = shape;
  if (rest.length === 0) {
    yield shape.length === 0 ? { offset: [], count: [] } : { offset: [from], count: [to - from] };
    return;
  }
  const length = sizeOf(rest);
  const inRow = function* (row: number, begin: number, end: number): Iterable<Slab> {
    for (const { offset, count } of slabsOf(rest, begin, end)) yield { offset: [row, ...offset], count: [1, ...count] };
  };
  const first = Math.ceil(from / length);
  const last = Math.floor(to / length);
  if (first > last) {
    yield* inRow(last, from - last * length, to - last * length);
    return;
  }
  yield* inRow(first - 1, from - (first - 1) * length, length * Number(from < first * length));
  if (last > first) yield { offset: [first, ...rest.map(() => 0)], count: [last - first, ...rest] };
  yield* inRow(last, 0, to - last * length);
}

/** Number of bytes that are requested at once. */
const PIECE = 2 ** 23;
const LARGEST_ROW = 2 ** 26;
const KEPT = 2;

/** Keeps the blocks that were read last, because the library unpacks a whole chunk even if only some of its numbers are requested. */
export class BlockReader {
  private readonly kept = new Map<string, Promise<Uint8Array>>();

  constructor(private readonly read: (asked: BlockAsked) => Promise<Uint8Array>) {}

  /** Returns the function that reads a dataset. */
  fillOf({ path, shape, chunks }: DatasetFound, dtype: Dtype): FillStorage {
    const size = sizeOfDtype(dtype);
    const readRange = (from: number, to: number) => this.range({ path, shape, size }, from, to);
    const rows = chunks ? rowsTogether(shape, chunks[0]!, size) : undefined;
    const step = rows ? rows * sizeOf(shape.slice(1)) : PIECE / size;
    const count = sizeOf(shape);
    return async (into, begin) => {
      const end = (begin + into.length) / size;
      for (let from = begin / size; from < end;) {
        const start = rows ? from - (from % step) : from;
        const to = Math.min(start + step, rows ? count : end);
        const block = await (rows ? this.keep(`${start} ${path}`, () => readRange(start, to)) : readRange(start, to));
        const last = Math.min(to, end);
        into.set(block.subarray((from - start) * size, (last - start) * size), from * size - begin);
        from = last;
      }
    };
  }

  private async range(
    { path, shape, size }: { path: string; shape: readonly number[]; size: number },
    from: number,
    to: number,
  ) {
    const slabs = [...slabsOf(shape, from, to)];
    const blocks = await Promise.all(
      slabs.map(({ offset, count }) => this.read({ path, offset, count, bytes: size * sizeOf(count) })),
    );
    return blocks.length === 1 ? blocks[0]! : new Uint8Array(Buffer.concat(blocks));
  }

  private keep(key: string, load: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const block = this.kept.get(key) ?? load();
    block.catch(() => {
      if (this.kept.get(key) === block) this.kept.delete(key); // it is read again
    });
    this.kept.delete(key);
    this.kept.set(key, block);
    for (const oldest of [...this.kept.keys()].slice(0, -KEPT)) this.kept.delete(oldest);
    return block;
  }
}

/**
 * Returns how many rows of the first axis are read together, so that they are whole chunks. Returns `undefined` if these rows are too large
 * or empty. Then no block is kept.
 */
function rowsTogether(shape: readonly number[], rowsInChunk: number, size: number): number | undefined {
  const bytes = Math.min(rowsInChunk, shape[0]!) * sizeOf(shape.slice(1)) * size;
  if (bytes > LARGEST_ROW || bytes === 0) return undefined;
  return rowsInChunk * Math.max(1, Math.floor(PIECE / bytes));
}
