/** Changes the bytes of a file in a way that a seed decides. */
import type { Random } from '../../engine/random';

type Mutation = (bytes: Buffer, source: Random) => Buffer;

/** Numbers that break readers which trust a file: limits of 8, 16, 32 and 64 bits, and sizes that overflow when multiplied. */
const INTERESTING = [0n, 1n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn].concat([
  0x100000000n,
  0x1fffffffffffffn,
  0x20000000000000n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0xffffffffffffffffn,
]);

/** Mutations that keep the size of the file, so that readers do not refuse it at once. */
const IN_PLACE: readonly Mutation[] = [
  (bytes, source) => changed(bytes, source, (byte) => byte ^ (1 << source.below(8))),
  (bytes, source) => changed(bytes, source, () => source.below(256)),
  (bytes, source) => {
    const number = Buffer.alloc(8);
    const value = INTERESTING[source.below(INTERESTING.length)]!;
    if (source.below(2) === 0) number.writeBigUInt64LE(value);
    else number.writeBigUInt64BE(value);
    const size = [1, 2, 4, 8][source.below(4)]!;
    const part = source.below(2) === 0 ? number.subarray(0, size) : number.subarray(8 - size);
    const at = source.below(bytes.length);
    part.copy(bytes, at, 0, Math.min(size, bytes.length - at));
    return bytes;
  },
  (bytes, source) => {
    const [from, to] = rangeIn(bytes, source);
    const at = source.below(bytes.length);
    bytes.copy(bytes, at, from, Math.min(to, from + bytes.length - at));
    return bytes;
  },
];

const RESIZING: readonly Mutation[] = [
  (bytes, source) => bytes.subarray(0, source.below(bytes.length)),
  (bytes, source) => {
    const [from, to] = rangeIn(bytes, source);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, source) => {
    const [from, to] = rangeIn(bytes, source);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, to), bytes.subarray(to)]);
  },
  (bytes, source) => {
    const random = Buffer.from(Array.from({ length: 1 + source.below(16) }, () => source.below(256)));
    const at = source.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), random, bytes.subarray(at)]);
  },
];

/** Returns a copy of a file with one to three mutations. Half of them are in its first or last bytes, where headers are. */
export function mutate(whole: Uint8Array, source: Random): Buffer {
  let bytes: Buffer = Buffer.from(whole);
  for (let left = 1 + source.below(3); left > 0 && bytes.length > 0; left--) {
    const among = source.below(4) > 0 ? IN_PLACE : RESIZING;
    const mutation = among[source.below(among.length)]!;
    const near = source.below(4);
    const length = Math.min(bytes.length, NEAR);
    if (near === 0)
      bytes = Buffer.concat([mutation(Buffer.from(bytes.subarray(0, length)), source), bytes.subarray(length)]);
    else if (near === 1)
      bytes = Buffer.concat([
        bytes.subarray(0, bytes.length - length),
        mutation(Buffer.from(bytes.subarray(-length)), source),
      ]);
    else bytes = mutation(bytes, source);
  }
  return bytes;
}

const NEAR = 512;
const LONGEST_RANGE = 64;

function changed(bytes: Buffer, source: Random, change: (byte: number) => number): Buffer {
  for (let count = 1 + source.below(4); count > 0; count--) {
    const at = source.below(bytes.length);
    bytes[at] = change(bytes[at]!);
  }
  return bytes;
}

function rangeIn({ length }: Buffer, source: Random): [number, number] {
  const from = source.below(length);
  return [from, Math.min(length, from + 1 + source.below(LONGEST_RANGE))];
}
