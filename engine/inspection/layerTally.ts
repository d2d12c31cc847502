/** Collects the signs, the magnitudes and the structure of one layer, piece by piece. */
import { codesOf, decode, tableOf, type Dtype } from '../checkpoints/dtypes';
import type { Layer } from '../checkpoints/layers';
import { binaryMask, impliedMask } from '../checkpoints/masks';
import { HeadTally, type HeadAxis } from './headTally';
import { MagnitudeTally } from './magnitudeTally';
import { maskAxesOf, type MaskAxes } from './maskAxes';
import { maskTallyByValue, type FoundParts, type MaskTally } from './maskTally';
import { PIECE, type Room } from './pieces';
import type { KernelMagnitudes, KernelTally } from './simd/maskKernels';
import type { FiniteSums, Slot, Workspace } from './simd/workspace';
import { countSigns, type SignCount } from './states';

/** What was found in all pieces of a layer. */
export interface LayerFound {
  /** Absent if the layer has no mask. */
  signs?: SignCount;
  magnitudes: MagnitudeTally;
  /** Absent if `maskAxesOf` does not know the layout of the layer. */
  structure?: { axes: MaskAxes; parts: FoundParts };
  /** Absent if the number of heads is not known. */
  heads?: ReturnType<HeadTally['found']>;
}

/** A piece of a layer. `from` is the index of its first weight. */
export interface LayerPiece {
  file: string;
  bytes: Uint8Array;
  /** Format of `bytes`. */
  dtype: Dtype;
  maskBytes?: Uint8Array | undefined;
  from: number;
}

/** What the kernels have found in a piece. */
interface Measured {
  sums: FiniteSums;
  magnitudes: KernelMagnitudes;
}

/** A layer that is being read. Its pieces are added in order, each with one of three methods. */
export class LayerTally {
  readonly #layer: Layer;
  readonly #workspace: Workspace | undefined;
  readonly #magnitudes = new MagnitudeTally();
  readonly #axes: MaskAxes | undefined;
  readonly #byKernel: KernelTally | undefined;
  readonly #byValue: MaskTally | undefined;
  readonly #heads: HeadTally | undefined;
  /** Number of kept weights for each code, if the layer has a mask. */
  #keptCodes: Float64Array | undefined;
  #signs: SignCount = { kept: 0, positive: 0, negative: 0, nans: 0 };

  constructor(layer: Layer, workspace: Workspace | undefined, heads?: HeadAxis) {
    this.#layer = layer;
    this.#workspace = workspace;
    this.#axes = maskAxesOf(layer);
    this.#heads = heads && new HeadTally(heads);
    if (this.#axes && workspace?.masks.fits(this.#axes, PIECE)) this.#byKernel = workspace.masks.start(this.#axes);
    else this.#byValue = this.#axes && maskTallyByValue(this.#axes);
  }

  /**
   * Adds a piece by the kernels. Returns its sums, which contain the number of weights that its mask keeps. Returns undefined and adds nothing if a
   * weight is not finite or the mask is not binary.
   */
  addByKernels({ workspace, slot }: Room, count: number, from: number): FiniteSums | undefined {
    if (this.#layer.maskRule === 'quantized') return this.#addQuantized({ workspace, slot }, count, from);
    const measured = workspace.measure(this, { slot, masked: this.#layer.mask !== undefined }, count);
    if (measured) this.#addFound(slot, measured, from);
    return measured?.sums;
  }

  /** Adds a piece whose zeros may be kept weights. */
  #addQuantized({ workspace, slot }: Room, count: number, from: number): FiniteSums | undefined {
    const sums = workspace.sumFinite(slot, count, this.#layer.mask !== undefined);
    if (!sums) return undefined;
    slot.mask.bytes.fill(1, 0, count);
    const magnitudes = workspace.masks.magnitudes(slot.weights.address, slot.mask.address, { count, masked: true });
    this.#addFound(slot, { sums, magnitudes }, from);
    return sums;
  }

  #addFound(slot: Slot, { sums, magnitudes: found }: Measured, from: number): void {
    const { count, zeros, kept, keptZeros, keptNegatives } = sums;
    this.#magnitudes.addFound(found, this.#layer.mask ? kept - keptZeros : count - zeros);
    this.#addSigns({ kept, positive: kept - keptZeros - keptNegatives, negative: keptNegatives, nans: 0 });
    if (this.#byKernel) this.#byKernel.add({ address: slot.mask.address, count }, from);
    else this.#byValue?.add(slot.mask.bytes.subarray(0, count), from);
    this.#heads?.add(slot.mask.bytes.subarray(0, count), from);
  }

  /** Adds a piece by value. Returns the number of weights that its mask keeps. */
  addValues({ file, bytes, dtype, maskBytes, from }: LayerPiece): number {
    const weights = decode(dtype, bytes);
    const mask = maskBytes ? binaryMask(file, this.#layer, maskBytes) : impliedMask(this.#layer, weights);
    this.#magnitudes.addValues(weights, mask);
    this.#addMask(mask, from);
    if (!maskBytes) return 0;
    const signs = countSigns({ weights, mask });
    this.#addSigns(signs);
    return signs.kept;
  }

  /** Adds a piece by code, if the statistics of the weights are counted by code. Returns the number of weights that its mask keeps. */
  addCodes({ file, bytes, dtype, maskBytes, from }: LayerPiece): number {
    const codes = codesOf(dtype, bytes);
    const table = tableOf(dtype)!;
    if (!maskBytes) {
      this.#addMask(nonzeroCodes(codes, table), from);
      return 0;
    }
    const mask = binaryMask(file, this.#layer, maskBytes);
    this.#addMask(mask, from);
    return countKept((this.#keptCodes ??= new Float64Array(table.length)), codes, mask);
  }

  /** Returns what was found. `codes` has the number of weights for each code, if they are counted by code. */
  found(codes: Float64Array | undefined): LayerFound {
    if (codes) this.#addCounts(codes);
    const parts = (this.#byKernel ?? this.#byValue)?.found();
    return {
      ...(this.#layer.mask && { signs: this.#signs }),
      magnitudes: this.#magnitudes,
      ...(this.#axes && parts && { structure: { axes: this.#axes, parts } }),
      ...(this.#heads && { heads: this.#heads.found() }),
    };
  }

  #addMask(mask: Uint8Array, from: number): void {
    if (this.#byKernel) this.#byKernel.add(this.#workspace!.masks.keep(mask), from);
    else this.#byValue?.add(mask, from);
    this.#heads?.add(mask, from);
  }

  #addSigns({ kept, positive, negative, nans }: SignCount): void {
    this.#signs.kept += kept;
    this.#signs.positive += positive;
    this.#signs.negative += negative;
    this.#signs.nans += nans;
  }

  #addCounts(codes: Float64Array): void {
    const table = tableOf(this.#layer.weight.dtype)!;
    for (const [code, count] of codes.entries()) {
      if (count === 0) continue;
      const value = table[code]!;
      const kept = this.#layer.mask ? (this.#keptCodes?.[code] ?? 0) : value === 0 ? 0 : count;
      if (kept > 0) this.#magnitudes.add(value, true, kept);
      if (kept < count) this.#magnitudes.add(value, false, count - kept);
      const among = (holds: boolean) => (holds ? kept : 0);
      const [positive, negative, nans] = [among(value > 0), among(value < 0), among(Number.isNaN(value))];
      this.#addSigns({ kept, positive, negative, nans });
    }
  }
}

function nonzeroCodes(codes: Uint8Array | Uint16Array, table: Float32Array): Uint8Array {
  const mask = new Uint8Array(codes.length);
  for (let i = 0; i < mask.length; i++) mask[i] = table[codes[i]!] === 0 ? 0 : 1;
  return mask;
}

/** Adds the kept weights to their codes, and returns their number. */
function countKept(into: Float64Array, codes: Uint8Array | Uint16Array, mask: Uint8Array): number {
  let kept = 0;
  for (let i = 0; i < mask.length; i++) {
    into[codes[i]!]! += mask[i]!;
    kept += mask[i]!;
  }
  return kept;
}
