/** Global unstructured magnitude pruning (method.md §1.5; official code: utils/prune.py). */
import { floats, type Masks, type NetworkState } from '../tensors';

export interface Pruned {
  masks: Masks;
  /** Survivors before and after; `kept` exceeds `asked` where weights tie at the threshold. */
  before: number;
  asked: number;
  kept: number;
  /** The smallest surviving |w|. */
  threshold: number;
}

/**
 * Prunes the given fraction of the surviving weights of all layers together, the smallest |w| first.
 * Every survivor whose |w| is at or above the k-th largest stays, k = ⌊(1 − fraction) · survivors⌋. Never revives a weight.
 * @param fraction of the survivors, in [0, 1]
 */
export function pruneByMagnitude(state: NetworkState, fraction: number): Pruned {
  const layers = [...state.masks].map(([name, mask]) => ({ name, mask, bits: magnitudeBits(state, name) }));
  const before = layers.reduce((sum, { mask }) => sum + countKept(mask), 0);
  const asked = keepCount(before, fraction);
  const threshold = kthLargestBits(layers, asked);
  const masks: Masks = new Map();
  let kept = 0;
  for (const { name, mask, bits } of layers) {
    const next = new Uint8Array(mask.length);
    for (let i = 0; i < next.length; i++) kept += next[i] = mask[i]! & Number(bits[i]! >= threshold);
    masks.set(name, next);
  }
  return { masks, before, asked, kept, threshold: bitsToFloat(threshold) };
}

/** ⌊(1 − fraction) · count⌋ in exact decimal arithmetic: 0.9 of 10 leaves 1, where floats would leave 0. */
export function keepCount(count: number, fraction: number): number {
  const [digits, exponent = '0'] = fraction.toString().split('e') as [string, string?];
  const [whole, decimals = ''] = digits.split('.') as [string, string?];
  const scale = 10n ** BigInt(decimals.length - Number(exponent));
  return Number((BigInt(count) * (scale - BigInt(whole + decimals))) / scale);
}

/** Number of ones of a mask. */
export function countKept(mask: Uint8Array): number {
  let kept = 0;
  for (const bit of mask) kept += bit;
  return kept;
}

interface Layer {
  mask: Uint8Array;
  /** The bits of |w|: for non-negative floats, the order of the bits is the order of the numbers. */
  bits: Uint32Array;
}

function magnitudeBits(state: NetworkState, layer: string): Uint32Array {
  const weights = floats(state.tensors, `${layer}.weight`);
  const bits = Uint32Array.from(new Uint32Array(weights.buffer, weights.byteOffset, weights.length));
  for (let i = 0; i < bits.length; i++) bits[i]! &= 0x7fffffff;
  return bits;
}

/** Radix selection: a histogram of the upper 16 bits finds the bucket, one of its lower 16 bits the number. */
function kthLargestBits(layers: Layer[], k: number): number {
  if (k === 0) return 0xffffffff;
  const upper = new Uint32Array(1 << 16);
  for (const { mask, bits } of layers) for (let i = 0; i < bits.length; i++) upper[bits[i]! >>> 16]! += mask[i]!;
  const [bucket, rank] = bucketOf(upper, k);
  const lower = new Uint32Array(1 << 16);
  for (const { mask, bits } of layers)
    for (let i = 0; i < bits.length; i++) if (bits[i]! >>> 16 === bucket) lower[bits[i]! & 0xffff]! += mask[i]!;
  return ((bucket << 16) | bucketOf(lower, rank)[0]) >>> 0;
}

/** The bucket holding the k-th largest, and its rank within that bucket. */
function bucketOf(histogram: Uint32Array, k: number): [bucket: number, rank: number] {
  let bucket = histogram.length - 1;
  for (let above = 0; ; bucket--) {
    above += histogram[bucket]!;
    if (above >= k) return [bucket, k - (above - histogram[bucket]!)];
  }
}

function bitsToFloat(bits: number): number {
  return bits === 0xffffffff ? Infinity : new Float32Array(Uint32Array.of(bits).buffer)[0]!;
}
