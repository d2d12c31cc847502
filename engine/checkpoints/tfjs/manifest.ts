/** Parses the weights manifest of a TensorFlow.js model. It lists the weights and the files that contain them, in order. */
import { isObject, quote } from '../../json/strict';
import { sizeOf } from '../../tensors';
import { sizeOfDtype, type Dtype } from '../dtypes';
import { RefusedError } from '../invalid';

/** Numbers that are stored with fewer bits. An integer q means `min + scale · q`. */
export type Quantization = { stored: 'float16' } | { stored: 'uint8' | 'uint16'; scale: number; min: number };

export interface ManifestWeight {
  name: string;
  shape: number[];
  /** The type of the numbers after dequantization; undefined for complex numbers. */
  dtype?: Dtype;
  quantization?: Quantization;
  /** Offset of the first byte, if the files of the group are read as one file. */
  begin: number;
  /** Number of bytes in the files. */
  length: number;
}

export interface WeightGroup {
  paths: string[];
  weights: ManifestWeight[];
}

const DTYPES: Partial<Record<string, Dtype>> = {
  float32: 'float32',
  float16: 'float16',
  int32: 'int32',
  uint16: 'uint16',
  uint8: 'uint8',
  bool: 'bool',
};
const COMPLEX_BYTES = 8;

/** Checks a manifest. Throws an `Error` that says what is wrong. */
export function parseManifest(manifest: unknown): WeightGroup[] {
  if (!Array.isArray(manifest)) throw new Error('its weightsManifest is not a list');
  return manifest.map((group: unknown) => {
    const { paths, weights } = isObject(group) ? group : {};
    if (!isListOf(paths, (path) => typeof path === 'string') || !Array.isArray(weights))
      throw new Error('a group of its weightsManifest has no lists of paths and weights');
    let begin = 0;
    const placed = weights.map((weight: unknown) => {
      const parsed = parseWeight(weight, begin);
      begin += parsed.length;
      return parsed;
    });
    return { paths: paths as string[], weights: placed };
  });
}

function parseWeight(weight: unknown, begin: number): ManifestWeight {
  const { name, shape, dtype: type, quantization } = isObject(weight) ? weight : {};
  if (typeof name !== 'string') throw new Error('a weight in its weightsManifest has no name');
  const isShape = isListOf(shape, (length) => Number.isSafeInteger(length) && (length as number) >= 0);
  if (!isShape || !Number.isSafeInteger(sizeOf(shape as number[])))
    throw new Error(`the shape of weight ${quote(name)} is not a list of lengths`);
  const dtype = DTYPES[String(type)];
  if (!dtype && type !== 'complex64')
    throw new RefusedError(
      `weight ${quote(name)} has the dtype ${quote(String(type))}, which cannot be read`,
      'Convert the model again with float32 weights.',
    );
  const packed = quantization === undefined ? undefined : parseQuantization(name, quantization);
  const bytes = packed ? sizeOfDtype(packed.stored) : dtype ? sizeOfDtype(dtype) : COMPLEX_BYTES;
  return {
    ...{ name, shape: shape as number[], begin, length: sizeOf(shape as number[]) * bytes },
    ...(dtype && { dtype: packed ? 'float32' : dtype }),
    ...(packed && { quantization: packed }),
  };
}

function parseQuantization(name: string, quantization: unknown): Quantization {
  const { dtype, scale, min } = isObject(quantization) ? quantization : {};
  if (dtype === 'float16') return { stored: dtype };
  if (dtype !== 'uint8' && dtype !== 'uint16')
    throw new RefusedError(
      `weight ${quote(name)} is quantized as ${quote(String(dtype))}, which is unknown`,
      'Convert the model again without quantization.',
    );
  if (typeof scale !== 'number' || typeof min !== 'number')
    throw new Error(`the quantization of weight ${quote(name)} has no numbers "scale" and "min"`);
  return { stored: dtype, scale, min };
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}
