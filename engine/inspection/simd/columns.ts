/** Counts of the columns of a block, and their sums along runs of columns, by the vector kernels. */
import type { Exports, PairSide } from './workspace';

/** A part of a piece that fits the kernels. `first` is its first weight in the piece, and `stride` the number of weights from row to row. */
export interface Block {
  first: number;
  stride: number;
  rows: number;
  columns: number;
}

/** The largest block: the kernels count columns in bytes, and the memory has room for this many columns. */
export const MOST = { rows: 255, columns: 4096 };

const PLANES = 6;
/** Bytes from plane to plane. The kernels write up to 15 columns more. */
const PLANE = MOST.columns + 16;

/** Bytes of memory that the counters need. */
export const COUNTER_BYTES = 2 * 4 * MOST.columns + PLANES * PLANE;

export class ColumnCounter {
  readonly #kernels: Exports;
  readonly #ends: Uint32Array;
  readonly #sums: Uint32Array;
  readonly #counts: number;
  #runs = 0;

  /** `address` is the start of `COUNTER_BYTES` bytes of memory. */
  constructor(kernels: Exports, address: number) {
    const { buffer } = kernels.memory;
    this.#kernels = kernels;
    this.#ends = new Uint32Array(buffer, address, MOST.columns);
    this.#sums = new Uint32Array(buffer, this.#ends.byteOffset + this.#ends.byteLength, MOST.columns);
    this.#counts = this.#sums.byteOffset + this.#sums.byteLength;
  }

  /** Sets the columns at which the runs of a block end. */
  setRuns(ends: Uint32Array): void {
    this.#ends.set(ends);
    this.#runs = ends.length;
  }

  /**
   * Counts the columns of a block of one or two sides. Without a mask, zeros count as pruned. In a mask, every other value is kept. Returns
   * whether the masks have only the values 0 and 1. Up to 15 values after each row are checked too.
   */
  count(sides: readonly PairSide[], { first, stride, rows, columns }: Block): boolean {
    const pointers = sides.flatMap(({ slot: { weights, mask }, masked }) => [
      weights.address + 4 * first,
      masked ? mask.address + first : 0,
    ]);
    const count = sides.length === 1 ? this.#kernels.countOne : this.#kernels.countTwo;
    return count(...pointers, rows, columns, stride, this.#counts, PLANE) <= 1;
  }

  /** Returns the sum of each run in a plane of the last `count`. The next call reuses the memory. */
  sumsOf(plane: number): Uint32Array {
    this.#kernels.addRuns(this.#counts + plane * PLANE, this.#ends.byteOffset, this.#runs, this.#sums.byteOffset);
    return this.#sums.subarray(0, this.#runs);
  }
}
