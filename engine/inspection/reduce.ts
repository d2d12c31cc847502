/** Adds pieces of a layer to the cells of a picture. This is the inner loop of every picture, so it works on bits and runs of columns. */
import type { LayerPart } from '../checkpoints/masks';
import type { Region } from '../vocabulary/inspection';
import type { Grid } from './grid';
import { isSigned, PRUNED, STATES, statesOf, ZERO } from './states';

/** Planes of one checkpoint. `nonfinite` counts NaN and ±∞, including those of pruned weights. */
export type PlaneOfOne = 'kept' | 'positive' | 'negative' | 'nonfinite' | 'weight' | 'magnitude';
/**
 * Planes of two checkpoints. `unsigned` counts weights kept in both that are 0 or NaN in one of them. `nonfinite` counts weights that are
 * NaN or ±∞ in either.
 */
export type PlaneOfTwo = 'same' | 'flipped' | 'unsigned' | 'onlyA' | 'onlyB' | 'nonfinite' | 'weightA' | 'weightB';

type Two<T> = readonly [T, T];

/** A part of the region. `x` and `y` count from the corner of the region. `from`, `to` and `stride` (a row) count elements of the layer. */
export interface Piece extends Region {
  stride: number;
  from: number;
  to: number;
}

/** Counts a piece of one checkpoint. */
export function countOne(grid: Grid<PlaneOfOne>, piece: Piece, [{ weights, mask }]: readonly [LayerPart]): void {
  const { kept, positive, negative, nonfinite } = grid.sums;
  const bits = bitsOf(weights);
  forEachRun(grid, piece, (cell, start, end) => {
    let keeps = 0;
    let signs = 0;
    let minus = 0;
    let odd = 0;
    for (let i = start; i < end; i++) {
      const b = bits[i]!;
      const keep = mask[i]!;
      const signed = keep & isSigned(b);
      keeps = (keeps + keep) | 0;
      signs = (signs + signed) | 0;
      minus = (minus + (signed & (b >>> 31))) | 0;
      odd = (odd + isEndless(b)) | 0;
    }
    kept[cell]! += keeps;
    positive[cell]! += signs - minus;
    negative[cell]! += minus;
    nonfinite[cell]! += odd;
  });
}

/** Counts a piece of two checkpoints. */
export function countTwo(grid: Grid<PlaneOfTwo>, piece: Piece, [a, b]: Two<LayerPart>): void {
  const { sums } = grid;
  const [statesA, statesB] = [statesOf(a), statesOf(b)];
  const [bitsA, bitsB] = [bitsOf(a.weights), bitsOf(b.weights)];
  const counts = new Uint32Array(STATES * STATES);
  forEachRun(grid, piece, (cell, start, end) => {
    counts.fill(0);
    let odd = 0;
    for (let i = start; i < end; i++) {
      counts[STATES * statesA[i]! + statesB[i]!]!++;
      odd = (odd + (isEndless(bitsA[i]!) | isEndless(bitsB[i]!))) | 0;
    }
    for (let pair = 0; pair < counts.length; pair++) {
      const plane = MEETINGS[pair];
      if (plane) sums[plane][cell]! += counts[pair]!;
    }
    sums.nonfinite[cell]! += odd;
  });
}

/** Adds the weights of a piece of one checkpoint, for their means. */
export function addOne(grid: Grid<PlaneOfOne>, piece: Piece, [{ weights }]: readonly [LayerPart]): void {
  const { weight, magnitude } = grid.sums;
  const bits = bitsOf(weights);
  const single = isSingle(grid);
  forEachRun(grid, piece, (cell, start, end) => {
    let sum = 0;
    let size = 0;
    for (let i = start; i < end; i++) {
      if (isEndless(bits[i]!) && !single) continue;
      const value = weights[i]!;
      sum += value;
      size += Math.abs(value);
    }
    weight[cell]! += sum;
    magnitude[cell]! += size;
  });
}

/** Adds the weights of a piece of two checkpoints, for their means. */
export function addTwo(grid: Grid<PlaneOfTwo>, piece: Piece, [a, b]: Two<LayerPart>): void {
  const { weightA, weightB } = grid.sums;
  const [bitsA, bitsB] = [bitsOf(a.weights), bitsOf(b.weights)];
  const single = isSingle(grid);
  forEachRun(grid, piece, (cell, start, end) => {
    let left = 0;
    let right = 0;
    for (let i = start; i < end; i++) {
      if ((isEndless(bitsA[i]!) | isEndless(bitsB[i]!)) === 1 && !single) continue;
      left += a.weights[i]!;
      right += b.weights[i]!;
    }
    weightA[cell]! += left;
    weightB[cell]! += right;
  });
}

/** Returns 1 for the bits of NaN and ±∞ as float32, and 0 for all other bits. */
function isEndless(bits: number): number {
  return (0x7f7fffff - (bits & 0x7fffffff)) >>> 31;
}

/** Returns the bits of the weights as float32. A weight keeps its sign, and stays zero, finite, NaN or ±∞. */
function bitsOf(weights: LayerPart['weights']): Int32Array {
  if (weights instanceof Float32Array) return new Int32Array(weights.buffer, weights.byteOffset, weights.length);
  return new Int32Array(Float32Array.from(weights, inRange).buffer);
}

/** Limits a finite float64, so that it does not become 0 or ∞ as float32. Keeps its sign. */
function inRange(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  return Math.sign(value) * Math.min(Math.max(Math.abs(value), 1e-30), 1e30);
}

/** Whether each cell is one weight. Only then are NaN and ±∞ part of the means. */
function isSingle({ region, width, height }: Grid<string>): boolean {
  return width === region.width && height === region.height;
}

/** Calls `add` for each run: consecutive weights of a row that belong to the same cell. `start` and `end` are indexes in the piece. */
function forEachRun(grid: Grid<string>, piece: Piece, add: (cell: number, start: number, end: number) => void): void {
  const ends = runEnds(grid, piece.x, piece.width);
  for (let row = 0; row < piece.height; row++) {
    const firstCell = grid.cellOfRow(piece.y + row) + grid.cellOfColumn(piece.x);
    const first = row * piece.stride;
    let start = first;
    for (let run = 0; run < ends.length; run++) {
      const end = first + ends[run]!;
      add(firstCell + run, start, end);
      start = end;
    }
  }
}

/** Returns where the runs end among `width` columns from column `x` of the region. The ends are counted from `x`. */
export function runEnds({ cellOfColumn, firstColumn }: Grid<string>, x: number, width: number): Uint32Array {
  const first = cellOfColumn(x);
  const runs = cellOfColumn(x + width - 1) - first + 1;
  return Uint32Array.from({ length: runs }, (_, run) => Math.min(width, firstColumn(first + run + 1) - x));
}

/** The plane in which a weight with this pair of states counts. A weight that is pruned in both files counts in none. */
const MEETINGS = Array.from({ length: STATES * STATES }, (_, pair) =>
  meeting(Math.floor(pair / STATES), pair % STATES),
);

function meeting(a: number, b: number): 'same' | 'flipped' | 'unsigned' | 'onlyA' | 'onlyB' | undefined {
  if (a === b) return a === PRUNED ? undefined : 'same';
  if (a === PRUNED) return 'onlyB';
  if (b === PRUNED) return 'onlyA';
  return a === ZERO || b === ZERO ? 'unsigned' : 'flipped';
}
