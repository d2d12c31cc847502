/** Accumulates exact counts and float64 sums of one tensor, piece by piece. */
import type { TensorStatistics } from '../vocabulary/inspection';
import { codesOf, decode, tableOf, type Dtype } from '../checkpoints/dtypes';
import type { StoredTensor } from '../checkpoints/reader';
import { sizeOf } from '../tensors';
import type { FiniteSums } from './simd/workspace';

/** Statistics of a tensor that is being read. */
export interface Tally {
  /** Adds the next elements, given as little-endian bytes. */
  add(bytes: Uint8Array): void;
  /** Adds counts of zeros and ones. The format must have them. */
  addBinary(zeros: number, ones: number): void;
  /** Adds sums of finite float32 elements. */
  addFinite?(sums: FiniteSums): void;
  /** Number of elements for each code, if the elements are counted by code. */
  codes?: Float64Array;
  statistics(): TensorStatistics;
}

interface Sums {
  zeros: number;
  negatives: number;
  positives: number;
  nans: number;
  infs: number;
  min: number;
  max: number;
  sum: number;
  squares: number;
}

/**
 * Returns a tally for a tensor whose bytes are given in the format `dtype`. A format of up to 16 bits is counted by code (bit pattern), and each code
 * is decoded only once.
 */
export function startTally(tensor: StoredTensor, dtype = tensor.dtype): Tally {
  const table = tableOf(dtype);
  return table && sizeOf(tensor.shape) >= table.length ? tallyOfCodes(tensor, table) : tallyOfValues(tensor, dtype);
}

function tallyOfCodes(tensor: StoredTensor, table: Float32Array): Tally {
  const counts = new Float64Array(table.length);
  return {
    codes: counts,
    addBinary(zeros, ones) {
      counts[0]! += zeros;
      counts[table.indexOf(1)]! += ones;
    },
    add(bytes) {
      const codes = codesOf(tensor.dtype, bytes);
      // eslint-disable-next-line @typescript-eslint/prefer-for-of -- takes a third of the time
      for (let i = 0; i < codes.length; i++) counts[codes[i]!]!++;
    },
    statistics() {
      const sums = noSums();
      for (let code = 0; code < counts.length; code++) {
        if (counts[code]! > 0) addValue(sums, table[code]!, counts[code]);
      }
      return conclude(tensor, sums);
    },
  };
}

function tallyOfValues(tensor: StoredTensor, dtype: Dtype): Tally {
  const sums = noSums();
  return {
    addFinite: (part) => {
      addSums(sums, part);
    },
    addBinary(zeros, ones) {
      if (zeros > 0) addValue(sums, 0, zeros);
      if (ones > 0) addValue(sums, 1, ones);
    },
    add(bytes) {
      for (const value of decode(dtype, bytes)) addValue(sums, value);
    },
    statistics: () => conclude(tensor, sums),
  };
}

function noSums(): Sums {
  return { zeros: 0, negatives: 0, positives: 0, nans: 0, infs: 0, min: Infinity, max: -Infinity, sum: 0, squares: 0 };
}

function addValue(sums: Sums, value: number, times = 1): void {
  if (value > 0) sums.positives += times;
  else if (value < 0) sums.negatives += times;
  else if (value === 0) sums.zeros += times;
  else sums.nans += times;
  if (value === Infinity || value === -Infinity) sums.infs += times;
  if (!Number.isFinite(value)) return;
  if (value < sums.min) sums.min = value;
  if (value > sums.max) sums.max = value;
  sums.sum += times * value;
  sums.squares += times * value * value;
}

function addSums(sums: Sums, { count, zeros, negatives, min, max, sum, squares }: FiniteSums): void {
  sums.zeros += zeros;
  sums.negatives += negatives;
  sums.positives += count - zeros - negatives;
  sums.sum += sum;
  sums.squares += squares;
  sums.min = Math.min(sums.min, min);
  sums.max = Math.max(sums.max, max);
}

function conclude({ name, dtype, shape, quantization }: StoredTensor, sums: Sums): TensorStatistics {
  const { zeros, negatives, positives, nans, infs, min, max, sum, squares } = sums;
  const finite = zeros + negatives + positives - infs;
  return {
    ...{ name, dtype, ...(quantization !== undefined && { quantization }) },
    ...{ shape, count: sizeOf(shape), zeros, negatives, positives, nans, infs },
    min: finite ? min + 0 : NaN, // turns −0 into 0
    max: finite ? max + 0 : NaN,
    mean: sum / finite,
    norm: Math.sqrt(squares),
  };
}
