/** Compares the kernel that measures weights with a loop over them, for distributions that take its different paths. */
import assert from 'node:assert/strict';
import { Workspace } from '../../../engine/inspection/simd/workspace';
import { random, type Random } from '../../../engine/random';

const TILE = 16 * 240;

/** Weights and what decides their masks. The exponents of `wide` are more than are counted together. */
const KINDS: Record<string, (source: Random) => { weight: number; kept: boolean }> = {
  normal: (source) => ({ weight: source.normal(), kept: source.below(2) === 1 }),
  uniform: (source) => ({ weight: source.uniform() - 0.5, kept: source.below(2) === 1 }),
  positive: (source) => ({ weight: source.uniform() + 0.1, kept: source.below(3) === 1 }),
  negative: (source) => ({ weight: -1 - source.uniform(), kept: source.below(3) === 1 }),
  constant: () => ({ weight: 0.75, kept: true }),
  wide: (source) => ({ weight: source.normal() * 2 ** (source.below(240) - 120), kept: source.below(4) > 0 }),
  subnormal: (source) => ({ weight: source.below(9) * 2 ** -149, kept: source.below(2) === 1 }),
  ['rarely zero']: (source) => {
    const weight = source.below(TILE) > 0 ? source.normal() : [0, -0, 2 ** -140][source.below(3)]!;
    return { weight, kept: source.below(2) === 1 };
  },
  ['pruned by magnitude']: (source) => {
    const weight = source.normal();
    return { weight, kept: Math.abs(weight) > 1 };
  },
  ['pruned to signed zeros']: (source) => {
    const weight = source.normal();
    return Math.abs(weight) > 1 ? { weight, kept: true } : { weight: 0 * weight, kept: false };
  },
  ['pruned at the top']: (source) => {
    const weight = source.normal();
    return { weight: Math.abs(weight) > 1 ? weight * 1e30 : weight, kept: Math.abs(weight) <= 1 };
  },
  ['all pruned']: (source) => ({ weight: source.normal(), kept: false }),
};

interface Piece {
  weights: Float32Array;
  mask: Uint8Array;
}

function drawPiece(kind: string, count: number): Piece {
  const source = random(count, kind);
  const drawn = Array.from({ length: count }, () => KINDS[kind]!(source));
  return {
    weights: Float32Array.from(drawn, ({ weight }) => weight),
    mask: Uint8Array.from(drawn, ({ kept }) => Number(kept)),
  };
}

/** Returns the exponent of float32, which is 0 for zeros and subnormal numbers. */
function exponentOf(weight: number): number {
  return (new Uint32Array(Float32Array.of(weight).buffer)[0]! >>> 23) & 0xff;
}

function countsOf({ weights, mask }: Piece, masked: boolean) {
  const isKept = (_: number, i: number) => (masked ? mask[i] === 1 : weights[i] !== 0);
  const bins = new Uint32Array(256);
  for (const weight of weights.filter(isKept)) if (exponentOf(weight) > 0) bins[exponentOf(weight)]!++;
  const among = (chosen: Float32Array) => ({
    zeros: chosen.filter((weight) => weight === 0).length,
    negatives: chosen.filter((weight) => weight < 0).length,
  });
  const kept = masked ? weights.filter(isKept) : new Float32Array();
  const { zeros: keptZeros, negatives: keptNegatives } = among(kept);
  return { count: weights.length, ...among(weights), kept: kept.length, keptZeros, keptNegatives, bins };
}

function extremesOf(pieces: readonly Piece[], masked: boolean) {
  const weights = pieces.flatMap((piece) => [...piece.weights]);
  const flags = pieces.flatMap(({ weights, mask }) =>
    [...mask].map((flag, i) => (masked ? flag === 1 : weights[i] !== 0)),
  );
  const least = (numbers: number[]) => numbers.reduce((a, b) => Math.min(a, b), Infinity);
  return {
    min: least(weights) + 0,
    max: -least(weights.map((weight) => -weight)) + 0,
    least: least(weights.filter((_, i) => flags[i]).map(Math.abs)),
    greatest: -least(weights.filter((_, i) => !flags[i]).map((weight) => -Math.abs(weight))) + 0,
  };
}

describe('the kernel that measures weights', function () {
  this.timeout(30_000);
  const workspace = new Workspace(1, 5 * TILE);
  const slot = workspace.slots[0]!;

  for (const kind of Object.keys(KINDS))
    for (const masked of [true, false])
      it(`counts ${kind} weights ${masked ? 'with' : 'without'} a mask`, () => {
        const key = {};
        const seen: Piece[] = [];
        for (const count of [5 * TILE, TILE - 16, 16, 3 * TILE + 160]) {
          const piece = drawPiece(kind, count);
          seen.push(piece);
          new Float32Array(slot.weights.bytes.buffer, slot.weights.address, count).set(piece.weights);
          slot.mask.bytes.set(piece.mask);
          const { sums, magnitudes } = workspace.measure(key, { slot, masked }, count)!;
          const { min, max, sum: _, squares: __, ...counts } = sums;
          const { least, greatest, bins } = magnitudes;
          assert.deepEqual({ ...counts, bins: bins.slice() }, countsOf(piece, masked), `${count} weights`);
          const extremes = { min: min + 0, max: max + 0, least, greatest: Math.max(0, greatest) };
          const expected = extremesOf(seen, masked);
          assert.deepEqual(extremes, { ...expected, greatest: Math.max(0, expected.greatest) }, `${count} weights`);
          if (masked) continue;
          assert.deepEqual(slot.mask.bytes.slice(0, count), Uint8Array.from(piece.weights, (weight) => Number(weight !== 0))); // prettier-ignore
        }
      });
});
