/** Prunes by magnitude: unstructured, over layers together, as in the official code (utils/prune.py). */
import { floats, type Masks, type NetworkState, weightNameOf } from '../tensors';

export interface Pruned {
  masks: Masks;
  /** Numbers of unpruned weights: before, requested, and kept. `kept` exceeds `requested` if several weights equal the threshold. */
  before: number;
  requested: number;
  kept: number;
}

/**
 * Prunes the given fraction of the unpruned weights of all layers together, the smallest |w| first. Keeps every unpruned weight whose
 * |w| is at least the k-th largest, where k = ⌊(1 − fraction) · number of unpruned weights⌋. A pruned weight stays pruned.
 * @param fraction fraction of the unpruned weights to prune, in [0, 1]
 */
export function pruneByMagnitude(state: NetworkState, fraction: number): PrunedByMagnitude {
  return keepLargest(state, [...state.masks.keys()], (before) => keepCount(before, fraction));
}

export interface PrunedByMagnitude extends Pruned {
  /** The smallest magnitude |w| of a kept weight w. */
  threshold: number;
}

/**
 * Keeps the largest unpruned weights of some layers, and prunes the rest. Weights that are as large as the smallest kept one are kept, too.
 * @param count returns how many weights to keep, from 0 to their number `before`
 */
export function keepLargest(
  state: NetworkState,
  names: readonly string[],
  count: (before: number) => number,
): PrunedByMagnitude {
  const layers = names.map((name) => ({ name, mask: state.masks.get(name)!, bits: bitsOf(state, name) }));
  const upper = upperHistogram(layers);
  const before = upper.reduce((sum, count) => sum + count, 0);
  const requested = count(before);
  const threshold = requested === 0 ? NONE : kthLargestBits(layers, upper, requested);
  const masks: Masks = new Map();
  let kept = 0;
  for (const layer of layers) {
    const next = keepFrom(layer, threshold);
    masks.set(layer.name, next.mask);
    kept += next.kept;
  }
  return { masks, before, requested, kept, threshold: bitsToFloat(threshold) };
}

/** Returns ⌊(1 − fraction) · count⌋, computed in exact decimals: pruning 0.9 of 10 keeps 1, but floating point would keep 0. */
export function keepCount(count: number, fraction: number): number {
  const [digits, exponent = '0'] = fraction.toString().split('e') as [string, string?];
  const [whole, decimals = ''] = digits.split('.') as [string, string?];
  const scale = 10n ** BigInt(decimals.length - Number(exponent));
  return Number((BigInt(count) * (scale - BigInt(whole + decimals))) / scale);
}

interface Layer {
  mask: Uint8Array;
  /** The bits of each weight as an integer. Without the sign bit, these integers have the same order as the magnitudes. */
  bits: Int32Array;
}

const MAGNITUDE = 0x7fffffff;

/** A threshold above the bits of every magnitude. With this threshold, no weight is kept. */
const NONE = 0x80000000;

function bitsOf({ tensors }: NetworkState, layer: string): Int32Array {
  const weights = floats(tensors, weightNameOf(layer));
  return new Int32Array(weights.buffer, weights.byteOffset, weights.length);
}

const BUCKETS = 1 << 15;

/**
 * Counts unpruned weights by the upper 15 bits of |w|. Many magnitudes are similar, and incrementing the same counter twice in a row
 * makes the processor wait. So four tables are filled in turn and added at the end, which takes two thirds of the time.
 */
function upperHistogram(layers: readonly Layer[]): Uint32Array {
  const tables = new Uint32Array(4 * BUCKETS);
  for (const { mask, bits } of layers) {
    const fours = bits.length & ~3;
    for (let i = 0; i < fours; i += 4) {
      tables[(bits[i]! & MAGNITUDE) >>> 16]! += mask[i]!;
      tables[BUCKETS + ((bits[i + 1]! & MAGNITUDE) >>> 16)]! += mask[i + 1]!;
      tables[2 * BUCKETS + ((bits[i + 2]! & MAGNITUDE) >>> 16)]! += mask[i + 2]!;
      tables[3 * BUCKETS + ((bits[i + 3]! & MAGNITUDE) >>> 16)]! += mask[i + 3]!;
    }
    for (let i = fours; i < bits.length; i++) tables[(bits[i]! & MAGNITUDE) >>> 16]! += mask[i]!;
  }
  return tables.subarray(0, BUCKETS).map((_, bucket) => {
    return tables[bucket]! + tables[BUCKETS + bucket]! + tables[2 * BUCKETS + bucket]! + tables[3 * BUCKETS + bucket]!;
  });
}

/**
 * Finds the k-th largest magnitude by radix selection: first the upper 15 bits, then the lower 16 bits among the weights with these
 * upper bits.
 */
function kthLargestBits(layers: readonly Layer[], upper: Uint32Array, k: number): number {
  const [bucket, rank] = bucketOf(upper, k);
  const lower = new Uint32Array(1 << 16);
  for (const { mask, bits } of layers) {
    for (let i = 0; i < bits.length; i++) {
      const magnitude = bits[i]! & MAGNITUDE;
      if (magnitude >>> 16 === bucket) lower[magnitude & 0xffff]! += mask[i]!;
    }
  }
  return (bucket << 16) | bucketOf(lower, rank)[0];
}

/** Returns the mask of the weights at or above the threshold. Processes four bytes of the mask at a time. */
function keepFrom({ mask, bits }: Layer, threshold: number): { mask: Uint8Array; kept: number } {
  const next = new Uint8Array(mask.length);
  const words = new Uint32Array(next.buffer, 0, mask.length >>> 2);
  const before = mask.byteOffset % 4 === 0 ? mask : mask.slice();
  const wordsBefore = new Uint32Array(before.buffer, before.byteOffset, words.length);
  const last = (threshold - 1) | 0; // the greatest magnitude that is pruned: `last − magnitude` is negative for kept weights
  let kept = 0;
  for (let word = 0, i = 0; word < words.length; word++, i += 4) {
    const stay =
      ((last - (bits[i]! & MAGNITUDE)) >>> 31) |
      (((last - (bits[i + 1]! & MAGNITUDE)) >>> 31) << 8) |
      (((last - (bits[i + 2]! & MAGNITUDE)) >>> 31) << 16) |
      (((last - (bits[i + 3]! & MAGNITUDE)) >>> 31) << 24);
    const four = wordsBefore[word]! & stay;
    words[word] = four;
    kept = (kept + (Math.imul(four, 0x01010101) >>> 24)) | 0; // adds the sum of the four bytes
  }
  for (let i = 4 * words.length; i < next.length; i++)
    kept += next[i] = mask[i]! & ((last - (bits[i]! & MAGNITUDE)) >>> 31);
  return { mask: next, kept };
}

/** Returns the bucket that contains the k-th largest magnitude, and the rank of this magnitude within the bucket. */
function bucketOf(histogram: Uint32Array, k: number): [bucket: number, rank: number] {
  let bucket = histogram.length - 1;
  for (let above = 0; ; bucket--) {
    above += histogram[bucket]!;
    if (above >= k) return [bucket, k - (above - histogram[bucket]!)];
  }
}

function bitsToFloat(bits: number): number {
  return bits === NONE ? Infinity : new Float32Array(Uint32Array.of(bits).buffer)[0]!;
}
