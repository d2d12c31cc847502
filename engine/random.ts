/**
 * Provides random numbers as pure functions of (seed, purpose, position). For example, the order of epoch 3 or the interpolation factor of
 * step 812 does not depend on whether the process was restarted before. So a resumed run needs no generator state.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** Returns a number with 53 random bits, uniform in [0, 1). */
  uniform(): number;
  /** Returns an integer, uniform in {0 … n − 1}. */
  below(n: number): number;
  /** Returns a standard normal number (Box–Muller). */
  normal(): number;
}

/** Returns the random stream for one seed, purpose and position, for example `random(seed, 'order', round, epoch)`. */
export function random(seed: number, purpose: string, ...position: number[]): Random {
  const generator = xoroshiro128plus(fnv1a([seed, purpose, ...position].join('/')));
  const uniform = () => uniformFloat64(generator);
  return {
    uniform,
    below: (n) => uniformInt(generator, 0, n - 1),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** Returns the numbers 0 … n − 1 in random order (Fisher–Yates). */
export function permutation(n: number, source: Random): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = source.below(i + 1);
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
  return order;
}

/** Returns the 32-bit FNV-1a hash of the UTF-8 bytes of a string. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
