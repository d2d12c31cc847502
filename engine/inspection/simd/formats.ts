/** Converts weights of 16 bits to float32, and masks of any format to bytes, in the memory of the kernels. */
import { sizeOfDtype, type Dtype } from '../../checkpoints/dtypes';
import type { Slot } from './workspace';

/** The kernels in formats.as, which describes their arguments. */
export interface FormatExports {
  widen16: (codes: number, count: number, isHalf: number, into: number) => void;
  truths16: (...args: number[]) => void;
  truths32: (...args: number[]) => void;
  truths64: (...args: number[]) => void;
}

/** The bits of 1, and those that are 0 in every zero. Of 64 bits, these are the high ones, and `low` are the low bits of 1. */
const MASKS: Partial<Record<Dtype, { one: number; size: number; low?: number }>> = {
  float16: { one: 0x3c00, size: 0x7fff },
  bfloat16: { one: 0x3f80, size: 0x7fff },
  int16: { one: 1, size: -1 },
  uint16: { one: 1, size: -1 },
  float32: { one: 0x3f800000, size: 0x7fffffff },
  int32: { one: 1, size: -1 },
  uint32: { one: 1, size: -1 },
  float64: { one: 0x3ff00000, size: 0x7fffffff, low: 0 },
  int64: { one: 0, size: -1, low: 1 },
  uint64: { one: 0, size: -1, low: 1 },
};

/** Bytes of a mask, without a conversion. */
const BYTES: readonly Dtype[] = ['uint8', 'int8', 'bool'];

/** Whether the kernels can process weights of this format. */
export function areWeights(dtype: Dtype): boolean {
  return dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16';
}

/** Whether the kernels can process masks of this format. */
export function areMasks(dtype: Dtype): boolean {
  return BYTES.includes(dtype) || dtype in MASKS;
}

export class FormatKernels {
  readonly #exports: FormatExports;

  constructor(exports: FormatExports) {
    this.#exports = exports;
  }

  /** Returns the memory into which the stored weights of a piece are read. `convertWeights` makes them float32. */
  weightsRoom({ weights }: Slot, dtype: Dtype, count: number): Uint8Array {
    const from = dtype === 'float32' ? 0 : weights.bytes.length / 2; // in the second half, so that they can be converted in place
    return weights.bytes.subarray(from, from + sizeOfDtype(dtype) * count);
  }

  /** Converts the first `count` weights of a slot. Returns the bytes of float32 weights. */
  convertWeights({ weights }: Slot, dtype: Dtype, count: number): Uint8Array {
    const codes = weights.address + weights.bytes.length / 2;
    if (dtype !== 'float32') this.#exports.widen16(codes, padded(count), Number(dtype === 'float16'), weights.address);
    return weights.bytes.subarray(0, 4 * count);
  }

  /** Returns the memory into which the stored mask of a piece is read. `convertMask` makes it a mask of bytes. */
  maskRoom({ mask, wideMask }: Slot, dtype: Dtype, count: number): Uint8Array {
    return (BYTES.includes(dtype) ? mask : wideMask).bytes.subarray(0, sizeOfDtype(dtype) * count);
  }

  /** Converts the first `count` values of the mask of a slot to 0 and 1. Other values become 2. */
  convertMask({ mask, wideMask }: Slot, dtype: Dtype, count: number): void {
    const bits = MASKS[dtype];
    if (!bits) return;
    const { one, size, low = 0 } = bits;
    const from = wideMask.address;
    if (sizeOfDtype(dtype) === 2) this.#exports.truths16(from, padded(count), one, size, mask.address);
    else if (sizeOfDtype(dtype) === 4) this.#exports.truths32(from, padded(count), one, size, mask.address);
    else this.#exports.truths64(from, count, one, size, low, mask.address);
  }
}

function padded(count: number): number {
  return 16 * Math.ceil(count / 16);
}
