/** Exact counts and float64 sums of one tensor, piece by piece. */
import type { TensorStatistics } from '../protocol';
import { codesOf, decode, tableOf } from '../checkpoints/dtypes';
import type { StoredTensor } from '../checkpoints/reader';
import { sizeOf } from '../tensors';

/** Statistics of a tensor whose bytes are still coming. */
export interface Tally {
  /** The next elements, little-endian. */
  add(bytes: Uint8Array): void;
  /** Integers and booleans: the next elements when how many are 0 and 1 is known already. */
  addBinary?(zeros: number, ones: number): void;
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

/** A tally for a tensor: many values of a narrow format are counted by code, so that each code is looked at once. */
export function startTally(tensor: StoredTensor): Tally {
  const table = tableOf(tensor.dtype);
  return table && sizeOf(tensor.shape) >= table.length ? tallyOfCodes(tensor, table) : tallyOfValues(tensor);
}

function tallyOfCodes(tensor: StoredTensor, table: Float32Array): Tally {
  const counts = new Float64Array(table.length);
  const addBinary = (zeros: number, ones: number) => {
    counts[0]! += zeros;
    counts[1]! += ones;
  };
  return {
    addBinary: table[1] === 1 ? addBinary : undefined,
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

function tallyOfValues(tensor: StoredTensor): Tally {
  const sums = noSums();
  return {
    add(bytes) {
      const values = decode(tensor.dtype, bytes);
      if (values instanceof Float32Array && addFinite(sums, values)) return;
      for (const value of values) addValue(sums, value);
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

/**
 * Adds float32 values if all are finite, and says whether they were. Counts come from the bits, without branches: the signs of
 * weights are as good as random, and a mispredicted branch costs more than everything else here. At most 2³¹ values.
 */
function addFinite(sums: Sums, values: Float32Array): boolean {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  let { min, max } = sums;
  let zeros = 0;
  let negatives = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const b = bits[i]!;
    const zero = ((b & 0x7fffffff) - 1) >>> 31;
    zeros = (zeros + zero) | 0;
    negatives = (negatives + ((b >>> 31) & ~zero)) | 0;
    sum += value;
    squares += value * value; // below 10⁷⁷ times their number unless a value is not finite
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  if (!Number.isFinite(squares)) return false;
  sums.zeros += zeros;
  sums.negatives += negatives;
  sums.positives += values.length - zeros - negatives;
  sums.sum += sum;
  sums.squares += squares;
  sums.min = min;
  sums.max = max;
  return true;
}

function conclude({ name, dtype, shape }: StoredTensor, sums: Sums): TensorStatistics {
  const { zeros, negatives, positives, nans, infs, min, max, sum, squares } = sums;
  const finite = zeros + negatives + positives - infs;
  return {
    ...{ name, dtype, shape, count: sizeOf(shape), zeros, negatives, positives, nans, infs },
    min: finite ? min : NaN,
    max: finite ? max : NaN,
    mean: sum / finite,
    norm: Math.sqrt(squares),
  };
}
