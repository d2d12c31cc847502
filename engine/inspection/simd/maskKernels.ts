/** Memory for the structure of one layer at a time, and the kernels that use it. */
import { GROUPS, groupSizes, unitOf, type MaskAxes } from '../maskAxes';
import type { FoundParts } from '../maskTally';

/** Magnitudes of a piece. */
export interface KernelMagnitudes {
  /** The least kept magnitude; Infinity if nothing is kept. */
  least: number;
  greatest: number;
  /** Number of kept weights for each exponent of float32. The first bin, of exponent 0, is not counted. */
  bins: Uint32Array;
}

/** The kernels in structure.as, which describes their arguments. */
export interface MaskExports {
  memory: { readonly buffer: ArrayBuffer };
  magnitudes: (...args: number[]) => void;
  squeeze: (flags: number, count: number, run: number, into: number) => number;
  ones: (flags: number, count: number) => number;
  matrix: (...args: number[]) => number;
  groups: (...args: number[]) => void;
  merge: (flags: number, count: number, into: number) => void;
}

/** Greatest number of columns, and of kernels in a matrix of kernels. Memory that is never used takes no space. */
export const MOST_COLUMNS = 2 ** 25;
export const MOST_KERNELS = 2 ** 24;

const LANES = 16;
const HISTOGRAM = 256;
/** Places in the page for results. */
const OPEN_ROW = 2048;
const TILE = 4096;

/** Addresses of the parts of the memory, in bytes. */
export interface MaskRooms {
  kept: number;
  squeezed: number;
  columns: number;
  kernels: number;
  end: number;
}

/** Divides the memory from `address` on, for pieces of at most `elements` weights. */
export function maskRooms(address: number, elements: number): MaskRooms {
  const size = LANES * (Math.ceil(elements / LANES) + 1);
  const kept = address;
  const squeezed = kept + size;
  const columns = squeezed + size;
  const kernels = columns + MOST_COLUMNS + LANES;
  return { kept, squeezed, columns, kernels, end: kernels + MOST_KERNELS + LANES };
}

const bits = new Uint32Array(1);
const asFloat = new Float32Array(bits.buffer);

function floatOf(code: number): number {
  bits[0] = code;
  return asFloat[0]!;
}

/** A piece in the memory of the kernels: an address, and the number of weights. */
interface Place {
  address: number;
  count: number;
}

export class MaskKernels {
  readonly #exports: MaskExports;
  readonly #rooms: MaskRooms;
  readonly #result: number;

  /** `result` is the address of a page for results. */
  constructor(exports: MaskExports, rooms: MaskRooms, result: number) {
    this.#exports = exports;
    this.#rooms = rooms;
    this.#result = result;
  }

  /** Copies the mask of a piece into the memory, and returns its place. */
  keep(mask: Uint8Array): Place {
    const { kept } = this.#rooms;
    this.#bytes(kept, mask.length).set(mask);
    this.#bytes(kept + mask.length, LANES).fill(0);
    return { address: kept, count: mask.length };
  }

  /** Returns whether a layer fits in the memory. If it does, its pieces must contain whole units (`unitOf`). */
  fits(axes: MaskAxes, elements: number): boolean {
    const { rows, columns } = axes;
    return unitOf(axes) <= elements && columns <= MOST_COLUMNS && (!usesMatrix(axes) || rows * columns <= MOST_KERNELS);
  }

  /**
   * Returns the magnitudes of a piece of finite weights, which is padded with pruned zeros to a multiple of 16. Without a mask, it writes the
   * mask of the weights other than 0 to `mask`.
   */
  magnitudes(weights: number, mask: number, { count, masked }: { count: number; masked: boolean }): KernelMagnitudes {
    const result = this.#result;
    const padded = LANES * Math.ceil(count / LANES);
    this.#exports.magnitudes(weights, masked ? mask : 0, mask, padded, result, result + TILE);
    return this.magnitudesAt(result);
  }

  /** Reads the magnitudes that a kernel has left at an address. */
  magnitudesAt(result: number): KernelMagnitudes {
    const [least = 0, greatest = 0] = new Uint32Array(this.#exports.memory.buffer, result, 2);
    const bins = new Uint32Array(this.#exports.memory.buffer, result + 8, HISTOGRAM);
    return { least: least === NONE ? Infinity : floatOf(least), greatest: floatOf(greatest), bins };
  }

  /** Begins the structure of a layer, whose pieces are added one after another. Only one layer can be in the memory at a time. */
  start(axes: MaskAxes): KernelTally {
    const { columns, kernels } = this.#rooms;
    const isRow = !usesMatrix(axes) && axes.rows === 1; // no column is then found twice, so that the columns are only counted
    if (!isRow) this.#bytes(columns, axes.columns).fill(0);
    this.#bytes(this.#result + OPEN_ROW, 1).fill(0);
    if (usesMatrix(axes)) this.#bytes(kernels, axes.rows * axes.columns).fill(0);
    const sizes = groupSizes(axes);
    const most = new Map(sizes.map((size) => [size, 0]));
    const alive = { rows: 0, columns: 0, kernels: 0 };
    return {
      add: (place, from) => {
        if (place.count === 0) return;
        const flags = axes.trail > 1 ? this.#squeezed(place, axes.trail) : { ...place, alive: 0 };
        alive.kernels += flags.alive;
        if (isRow) alive.columns += this.#exports.ones(flags.address, flags.count);
        else if (usesMatrix(axes)) this.#merge(flags, from / axes.trail, axes);
        else alive.rows += this.#addRows(flags, from / axes.trail, axes);
        if (sizes.some((size) => most.get(size)! <= size / 2)) this.#addGroups(place, axes, most);
      },
      found: () => {
        if (usesMatrix(axes)) {
          const all = { address: kernels, count: axes.rows * axes.columns };
          alive.rows = this.#addRows(all, 0, axes);
          alive.kernels = this.#exports.ones(all.address, all.count);
        }
        if (isRow) alive.rows = Number(alive.columns > 0);
        else alive.columns = this.#exports.ones(columns, axes.columns);
        return { alive, most };
      },
    };
  }

  #squeezed({ address, count }: Place, run: number): Place & { alive: number } {
    const { squeezed } = this.#rooms;
    return { alive: this.#exports.squeeze(address, count, run, squeezed), address: squeezed, count: count / run };
  }

  #merge({ address, count }: Place, from: number, { rows, columns }: MaskAxes): void {
    const size = rows * columns;
    for (let done = 0; done < count;) {
      const begin = (from + done) % size;
      const length = Math.min(count - done, size - begin);
      this.#exports.merge(address + done, length, this.#rooms.kernels + begin);
      done += length;
    }
  }

  /** Returns the number of rows in which the first kept weight was found. */
  #addRows({ address, count }: Place, from: number, { columns }: MaskAxes): number {
    return this.#exports.matrix(address, count, from % columns, columns, this.#rooms.columns, this.#result + OPEN_ROW);
  }

  #addGroups({ address, count }: Place, axes: MaskAxes, most: Map<number, number>): void {
    const { stride } = axes.input!;
    this.#exports.groups(address, count, stride, Math.max(...most.keys()), this.#result);
    const counts = new Int32Array(this.#exports.memory.buffer, this.#result, GROUPS.length);
    for (const [size, before] of most) most.set(size, Math.max(before, counts[GROUPS.indexOf(size)]!));
  }

  #bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer, address, length);
  }
}

/** The bits of the least magnitude if nothing is kept. */
const NONE = 2 ** 32 - 1;

/** Collects the structure of a layer from places in the memory. */
export interface KernelTally {
  add(place: Place, from: number): void;
  found(): FoundParts;
}

/** Whether the flags of all kernels are kept in memory, because the weights of a kernel are not next to each other. */
function usesMatrix({ lead, rowsAre }: MaskAxes): boolean {
  return lead > 1 || rowsAre === 'depthwise';
}
