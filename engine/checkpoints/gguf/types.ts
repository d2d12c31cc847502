/** The number formats of ggml (ggml/include/ggml.h): plain ones, blocks that are dequantized, and blocks that are only listed. */
import { tableOf, type Dtype } from '../dtypes';

/** Formats whose numbers are stored as they are. */
export const PLAIN: Record<number, Dtype> = {
  0: 'float32',
  1: 'float16',
  24: 'int8',
  25: 'int16',
  26: 'int32',
  27: 'int64',
  28: 'float64',
  30: 'bfloat16',
};

export interface Blocks {
  name: string;
  /** Number of elements in a block. */
  count: number;
  /** Number of bytes of a block. */
  bytes: number;
  /** Fills `into` with the numbers of the block at byte `at`. */
  dequantize: (block: DataView, at: number, into: Float32Array) => void;
}

/** Formats whose blocks are dequantized as in `ggml-quants.c`, in float32. */
export const BLOCKS: Record<number, Blocks> = {
  2: { name: 'Q4_0', count: 32, bytes: 18, dequantize: dequantizeQ40 },
  8: { name: 'Q8_0', count: 32, bytes: 34, dequantize: dequantizeQ80 },
  12: { name: 'Q4_K', count: 256, bytes: 144, dequantize: dequantizeQ4K },
};

/** Other formats, which are only listed: name, number of elements in a block, and number of bytes of a block. */
export const LISTED: Record<number, [name: string, count: number, bytes: number]> = {
  3: ['Q4_1', 32, 20],
  6: ['Q5_0', 32, 22],
  7: ['Q5_1', 32, 24],
  9: ['Q8_1', 32, 40],
  10: ['Q2_K', 256, 84],
  11: ['Q3_K', 256, 110],
  13: ['Q5_K', 256, 176],
  14: ['Q6_K', 256, 210],
  15: ['Q8_K', 256, 292],
  16: ['IQ2_XXS', 256, 66],
  17: ['IQ2_XS', 256, 74],
  18: ['IQ3_XXS', 256, 98],
  19: ['IQ1_S', 256, 50],
  20: ['IQ4_NL', 32, 18],
  21: ['IQ3_S', 256, 110],
  22: ['IQ2_S', 256, 82],
  23: ['IQ4_XS', 256, 136],
  29: ['IQ1_M', 256, 56],
  34: ['TQ1_0', 256, 54],
  35: ['TQ2_0', 256, 66],
  39: ['MXFP4', 32, 17],
  40: ['NVFP4', 64, 36],
  41: ['Q1_0', 128, 18],
};

/** A block has a scale, then 8-bit numbers. */
function dequantizeQ80(block: DataView, at: number, into: Float32Array): void {
  const scale = half(block, at);
  for (let i = 0; i < 32; i++) into[i] = scale * block.getInt8(at + 2 + i);
}

/** A block has a scale, then 4-bit numbers. The low bits of its bytes have the first half of the numbers. */
function dequantizeQ40(block: DataView, at: number, into: Float32Array): void {
  const scale = half(block, at);
  for (let i = 0; i < 16; i++) {
    const byte = block.getUint8(at + 2 + i);
    into[i] = scale * ((byte & 15) - 8);
    into[i + 16] = scale * ((byte >> 4) - 8);
  }
}

/**
 * A block has a scale and a minimum. Then it has two 6-bit factors for each eighth of the block, one for the scale and one for the minimum.
 * Then it has 4-bit numbers.
 */
function dequantizeQ4K(block: DataView, at: number, into: Float32Array): void {
  const [scale, minimum] = [half(block, at), half(block, at + 2)];
  for (let part = 0; part < 8; part++) {
    const [scales, minimums] = multiplesQ4K(block, at + 4, part);
    const [step, offset] = [Math.fround(scale * scales), Math.fround(minimum * minimums)];
    const codes = at + 16 + 32 * (part >> 1);
    const shift = 4 * (part & 1);
    for (let i = 0; i < 32; i++) {
      const code = (block.getUint8(codes + i) >> shift) & 15;
      into[32 * part + i] = Math.fround(step * code) - offset;
    }
  }
}

/**
 * Returns the factors of one eighth of a block, for the scale and for the minimum. All sixteen factors of a block are packed into twelve
 * bytes.
 */
function multiplesQ4K(block: DataView, at: number, part: number): [number, number] {
  const byte = (index: number) => block.getUint8(at + index);
  if (part < 4) return [byte(part) & 63, byte(part + 4) & 63];
  return [(byte(part + 4) & 15) | ((byte(part - 4) >> 6) << 4), (byte(part + 4) >> 4) | ((byte(part) >> 6) << 4)];
}

/** Reads a 16-bit float. */
function half(view: DataView, at: number): number {
  return tableOf('float16')![view.getUint16(at, true)]!;
}
