/** Signs of weights as −1, 0 and +1: of zero and of NaN 0. */

/** Writes the sign of each weight times its mask; without branches for float32, like `statistics.ts`. */
export function signsOf(weights: Float32Array | Float64Array, mask: Uint8Array): Int8Array {
  const signs = new Int8Array(weights.length);
  if (weights instanceof Float32Array) {
    const bits = new Int32Array(weights.buffer, weights.byteOffset, weights.length);
    for (let i = 0; i < signs.length; i++) {
      const b = bits[i]!;
      const magnitude = (b & 0x7fffffff) - 1; // −1 of zero, from 0x7f800000 of NaN
      const signed = ((magnitude - 0x7f800000) & ~magnitude) >>> 31;
      signs[i] = (signed & mask[i]!) * (1 + 2 * (b >> 31));
    }
  } else {
    for (let i = 0; i < signs.length; i++) signs[i] = mask[i]! * (Math.sign(weights[i]!) || 0);
  }
  return signs;
}

/** Kept weights, and the signs among them. */
export interface SignCount {
  kept: number;
  positive: number;
  negative: number;
}

/** Counts kept weights and their signs. */
export function countSigns(weights: Float32Array | Float64Array, mask: Uint8Array): SignCount {
  const signs = signsOf(weights, mask);
  let kept = 0;
  let positive = 0;
  let nonzero = 0;
  for (let i = 0; i < signs.length; i++) {
    const sign = signs[i]!;
    kept += mask[i]!;
    positive += (sign + 1) >> 1;
    nonzero += sign & 1;
  }
  return { kept, positive, negative: nonzero - positive };
}
