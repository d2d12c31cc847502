/** Represents each weight of a signed mask by one of four states. */
import type { LayerPart } from '../checkpoints/masks';

/** The states of a weight. A kept weight that is exactly 0 or NaN has the state `ZERO`. */
export const PRUNED = 0;
export const ZERO = 1;
export const POSITIVE = 2;
export const NEGATIVE = 3;
export const STATES = 4;

/**
 * Returns the state of each weight under its mask. Float32 states are computed from the bits without branches, because signs are random
 * and mispredicted branches would take most of the time.
 */
export function statesOf({ weights, mask }: LayerPart): Uint8Array {
  const states = new Uint8Array(weights.length);
  if (weights instanceof Float32Array) {
    const bits = new Int32Array(weights.buffer, weights.byteOffset, weights.length);
    for (let i = 0; i < states.length; i++) {
      const b = bits[i]!;
      states[i] = mask[i]! * (ZERO + isSigned(b) * (1 + (b >>> 31)));
    }
  } else {
    for (let i = 0; i < states.length; i++) {
      const weight = weights[i]!;
      states[i] = mask[i]! * (weight > 0 ? POSITIVE : weight < 0 ? NEGATIVE : ZERO);
    }
  }
  return states;
}

/** Number of kept weights, of kept weights with each sign, and of those that are NaN. The others are 0. */
export interface SignCount {
  kept: number;
  positive: number;
  negative: number;
  nans: number;
}

/** Counts kept weights and their signs, for at most 2³¹ weights. */
export function countSigns({ weights, mask }: LayerPart): SignCount {
  let kept = 0;
  let nonzero = 0;
  let negative = 0;
  if (weights instanceof Float32Array) {
    const bits = new Int32Array(weights.buffer, weights.byteOffset, weights.length);
    for (let i = 0; i < bits.length; i++) {
      const keep = mask[i]!;
      const signed = keep & isSigned(bits[i]!);
      kept = (kept + keep) | 0;
      nonzero = (nonzero + signed) | 0;
      negative = (negative + (signed & (bits[i]! >>> 31))) | 0;
    }
    return { kept, positive: nonzero - negative, negative, nans: kept === nonzero ? 0 : countNaNs({ weights, mask }) };
  }
  const counts = new Uint32Array(STATES);
  for (const state of statesOf({ weights, mask })) counts[state]!++;
  const nans = counts[ZERO] === 0 ? 0 : countNaNs({ weights, mask });
  return { kept: weights.length - counts[PRUNED]!, positive: counts[POSITIVE]!, negative: counts[NEGATIVE]!, nans };
}

function countNaNs({ weights, mask }: LayerPart): number {
  let nans = 0;
  for (let i = 0; i < weights.length; i++) if (mask[i] !== 0 && Number.isNaN(weights[i])) nans++;
  return nans;
}

/** Returns 1 if a float32 with these bits has a sign, 0 for ±0 and NaN. Infinities have a sign. */
export function isSigned(bits: number): number {
  const magnitude = (bits & 0x7fffffff) - 1; // −1 for zero, at least 0x7f800000 for NaN
  return ((magnitude - 0x7f800000) & ~magnitude) >>> 31;
}
