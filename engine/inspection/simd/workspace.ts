/** Memory for pieces of tensors, and vector kernels that process them in place. */
import { COUNTER_BYTES, ColumnCounter } from './columns';
import { FormatKernels, type FormatExports } from './formats';
import { KERNELS } from './kernels';
import { MaskKernels, maskRooms, type KernelMagnitudes, type MaskExports } from './maskKernels';

/** Memory for the weights of a piece and the bytes of its mask. */
export interface Slot {
  weights: Room;
  mask: Room;
  /** Room for a mask of up to 64 bits per weight, which is converted to bytes. */
  wideMask: Room;
}

interface Room {
  address: number;
  bytes: Uint8Array;
}

/** Sums and counts of finite float32 weights. Without a mask the kept counts are 0. */
export interface FiniteSums {
  count: number;
  zeros: number;
  negatives: number;
  min: number;
  max: number;
  sum: number;
  squares: number;
  kept: number;
  keptZeros: number;
  keptNegatives: number;
}

/** One side of a comparison. Without a mask, zeros count as pruned. */
export interface PairSide {
  slot: Slot;
  masked: boolean;
}

/** The exports of the WebAssembly module: its memory and its kernels. */
export interface Exports extends MaskExports, FormatExports {
  memory: { readonly buffer: ArrayBuffer; grow: (pages: number) => number };
  tally: (weights: number, mask: number, count: number, result: number) => void;
  measure: (...args: number[]) => void;
  pairs: (...args: number[]) => void;
  moments: (...args: number[]) => void;
  countOne: (...args: number[]) => number;
  countTwo: (...args: number[]) => number;
  addRuns: (counts: number, ends: number, runs: number, sums: number) => void;
}

const PAGE = 2 ** 16;
const LANES = 16;
/** Bytes of a slot for each weight. Pages that are never used need no memory. */
const SLOT = 4 + 1 + 8;
const RESULTS = PAGE; // the module uses the first page itself
/** Places in the page for results: of the magnitudes, and from there of a tile. */
const FOUND = 4096;
const COUNTERS = 2 * PAGE;
const FIRST_SLOT = COUNTERS + PAGE * Math.ceil(COUNTER_BYTES / PAGE);

let compiled: WebAssembly.Module | undefined;

/** The workspace of one inspection or comparison. Slots are filled while other slots are processed. */
export class Workspace {
  readonly slots: readonly Slot[];
  readonly columns: ColumnCounter;
  readonly masks: MaskKernels;
  readonly formats: FormatKernels;
  private readonly exports: Exports;

  /** Makes slots for pieces of at most `elements` weights. */
  constructor(count: number, elements: number) {
    compiled ??= new WebAssembly.Module(Buffer.from(KERNELS, 'base64'));
    this.exports = new WebAssembly.Instance(compiled, {}).exports as Record<string, unknown> & Exports;
    const padded = LANES * Math.ceil(elements / LANES);
    const { memory } = this.exports;
    const rooms = maskRooms(FIRST_SLOT + SLOT * padded * count, padded);
    const needed = rooms.end - memory.buffer.byteLength; // the rooms are larger than what kernels read beyond the last row of a slot
    if (needed > 0) memory.grow(Math.ceil(needed / PAGE));
    const room = (address: number, size: number) => ({ address, bytes: new Uint8Array(memory.buffer, address, size) });
    this.slots = Array.from({ length: count }, (_, slot) => {
      const address = FIRST_SLOT + SLOT * padded * slot;
      return {
        weights: room(address, 4 * padded),
        mask: room(address + 4 * padded, padded),
        wideMask: room(address + 5 * padded, 8 * padded),
      };
    });
    this.columns = new ColumnCounter(this.exports, COUNTERS);
    this.formats = new FormatKernels(this.exports);
    this.masks = new MaskKernels(this.exports, rooms, RESULTS);
  }

  /** Measures the first `count` weights of a slot. Returns undefined if a weight is not finite or the mask is not binary. */
  sumFinite({ weights, mask }: Slot, count: number, masked: boolean): FiniteSums | undefined {
    const padding = pad(weights, mask, count);
    this.exports.tally(weights.address, masked ? mask.address : 0, count + padding, RESULTS);
    return this.sumsOf(weights, count, padding);
  }

  /**
   * Measures the first `count` weights of a slot, and their magnitudes. Without a mask, it writes the mask of the weights other than 0. Returns
   * undefined like `sumFinite`. The extremes may be those of all pieces that were measured with the same `key`, one after another.
   */
  measure(
    key: object,
    { slot: { weights, mask }, masked }: PairSide,
    count: number,
  ): { sums: FiniteSums; magnitudes: KernelMagnitudes } | undefined {
    const padding = pad(weights, mask, count);
    const fresh = Number(key !== this.measured);
    const [kept, found] = [mask.address, RESULTS + FOUND];
    this.exports.measure(weights.address, masked ? kept : 0, kept, count + padding, RESULTS, found, found + FOUND, fresh); // prettier-ignore
    const sums = this.sumsOf(weights, count, padding);
    const isExact = sums && (padding === 0 || isInside(0, sums)); // otherwise an extreme that the kernel keeps may be the padding
    this.measured = isExact ? key : undefined;
    return sums && { sums, magnitudes: this.masks.magnitudesAt(found) };
  }

  private measured: object | undefined;

  private sumsOf(weights: Room, count: number, padding: number): FiniteSums | undefined {
    const results = new Float64Array(this.exports.memory.buffer, RESULTS, 10);
    const at = (place: number) => results[place]!; // faster than to take all apart
    const [zeros, negatives, kept, keptZeros, keptNegatives] = [at(0), at(1), at(2), at(3), at(4)];
    const [ored, least, greatest, sum, squares] = [at(5), at(6), at(7), at(8), at(9)];
    if (!Number.isFinite(squares) || ored > 1) return undefined;
    const all = { min: least, max: greatest };
    const outside = padding === 0 || isInside(0, all) ? all : extremes(weights, count); // padding is 0
    return { count, zeros: zeros - padding, negatives, ...outside, sum, squares, kept, keptZeros, keptNegatives };
  }

  /**
   * Counts how the first `count` weights of two slots overlap. Returns 16 counts: kept, positive and negative in A, the same in B, then
   * the nine pairs of these states in A and B. Returns undefined if a mask has values other than 0 and 1.
   */
  meet(a: PairSide, b: PairSide, count: number): Uint32Array | undefined {
    const [argsA, argsB] = [this.padded(a, count), this.padded(b, count)];
    this.exports.pairs(...argsA, ...argsB, padded(count), RESULTS);
    const counts = new Uint32Array(this.exports.memory.buffer, RESULTS, 16);
    return counts[15]! > 1 ? undefined : counts;
  }

  /**
   * Sums the magnitudes of the first `count` weights of two slots where both keep the weight: |a|, |b|, a², b², |a·b|. The masks must be
   * binary. Returns undefined if a kept weight is not finite.
   */
  moments(a: PairSide, b: PairSide, count: number): Float64Array | undefined {
    this.exports.moments(...this.padded(a, count), ...this.padded(b, count), padded(count), RESULTS);
    const sums = new Float64Array(this.exports.memory.buffer, RESULTS, 5);
    return sums.every(Number.isFinite) ? sums : undefined;
  }

  private padded({ slot: { weights, mask }, masked }: PairSide, count: number): [weights: number, mask: number] {
    pad(weights, mask, count);
    return [weights.address, masked ? mask.address : 0];
  }
}

function isInside(value: number, { min, max }: Pick<FiniteSums, 'min' | 'max'>): boolean {
  return min < value && value < max;
}

function padded(count: number): number {
  return LANES * Math.ceil(count / LANES);
}

/** Pads a piece with pruned zeros, and returns the number of zeros. */
function pad(weights: Room, mask: Room, count: number): number {
  const padding = (LANES - (count % LANES)) % LANES;
  weights.bytes.fill(0, 4 * count, 4 * (count + padding));
  mask.bytes.fill(0, count, count + padding);
  return padding;
}

/** Returns minimum and maximum of a piece whose length is not a multiple of 16, without its padding. */
function extremes({ bytes }: Room, count: number): { min: number; max: number } {
  let min = Infinity;
  let max = -Infinity;
  for (const value of new Float32Array(bytes.buffer, bytes.byteOffset, count)) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { min, max };
}
