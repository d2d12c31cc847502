/** Collects the magnitudes |w| of the kept and the pruned weights of a layer. */
import type { MagnitudeHistogram, Magnitudes } from '../vocabulary/overview';
import type { KernelMagnitudes } from './simd/maskKernels';

/** Number of bins, and the exponent of the first one: those of float32. */
const BINS = 255;
const FIRST = -127;

export interface PackedMagnitudes {
  counts: Float64Array;
  least: number;
  greatest: number;
}

/** Magnitudes of a layer that is being read, or of several layers. */
export class MagnitudeTally {
  readonly #counts = new Float64Array(BINS);
  #least = Infinity;
  #greatest = 0;

  /** Makes a tally from what `packed` returned. */
  static from({ counts, least, greatest }: PackedMagnitudes): MagnitudeTally {
    const tally = new MagnitudeTally();
    tally.#counts.set(counts);
    tally.#least = least;
    tally.#greatest = greatest;
    return tally;
  }

  /** Returns the tally in a form that can be sent to another thread. */
  packed(): PackedMagnitudes {
    return { counts: this.#counts, least: this.#least, greatest: this.#greatest };
  }

  /** Adds `times` weights of one value. Leaves out NaN and infinities. */
  add(value: number, isKept: boolean, times = 1): void {
    const magnitude = Math.abs(value);
    if (!Number.isFinite(magnitude)) return;
    if (!isKept) {
      if (magnitude > this.#greatest) this.#greatest = magnitude;
      return;
    }
    if (magnitude < this.#least) this.#least = magnitude;
    if (magnitude > 0) this.#counts[binOf(magnitude)]! += times;
  }

  addValues(weights: Float32Array | Float64Array, mask: Uint8Array): void {
    for (let i = 0; i < weights.length; i++) this.add(weights[i]!, mask[i] === 1);
  }

  /** Adds what the kernel found. `nonzero` is the number of kept weights that are not 0. */
  addFound({ least, greatest, bins }: KernelMagnitudes, nonzero: number): void {
    let others = 0;
    for (let bin = 1; bin < BINS; bin++) {
      this.#counts[bin]! += bins[bin]!;
      others += bins[bin]!;
    }
    this.#counts[0]! += nonzero - others;
    this.#least = Math.min(this.#least, least);
    this.#greatest = Math.max(this.#greatest, greatest);
  }

  addTally(other: MagnitudeTally): void {
    for (let bin = 0; bin < BINS; bin++) this.#counts[bin]! += other.#counts[bin]!;
    this.#least = Math.min(this.#least, other.#least);
    this.#greatest = Math.max(this.#greatest, other.#greatest);
  }

  magnitudes(): Magnitudes {
    return {
      histogram: histogramOf(this.#counts),
      smallestKept: this.#least === Infinity ? NaN : this.#least,
      ...(this.#greatest > 0 && { largestPruned: this.#greatest }),
    };
  }

  /** Whether no pruned weight is greater than a kept one. Undefined if the pruned weights are all 0. */
  get isMagnitudeMask(): boolean | undefined {
    return this.#greatest > 0 ? this.#greatest <= this.#least : undefined;
  }
}

function histogramOf(counts: Float64Array): MagnitudeHistogram {
  const first = counts.findIndex((count) => count > 0);
  if (first < 0) return { first: 0, counts: [] };
  const last = counts.findLastIndex((count) => count > 0);
  return { first: first + FIRST, counts: [...counts.subarray(first, last + 1)] };
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** Returns the bin of a finite magnitude above 0, from the exponent of its float64. */
function binOf(magnitude: number): number {
  double[0] = magnitude;
  const exponent = ((words[1]! >>> 20) & 0x7ff) - 1023;
  return Math.min(Math.max(exponent - FIRST, 0), BINS - 1);
}
