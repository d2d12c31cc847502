/** Reads the weights and the mask of a layer. */
import { UserError } from '../errors';
import { decode } from './dtypes';
import { leaveOut, notBinary, type Layer } from './layers';
import { readValues, type CheckpointReader } from './reader';

/** Consecutive weights of a layer as they are stored, and the mask of each weight (0 or 1). */
export interface LayerPart {
  weights: Float32Array | Float64Array;
  mask: Uint8Array;
}

/** Reads the weights [from, to) of a layer and their mask, by default all. Throws UserError if the mask has values other than 0 and 1. */
export async function readLayer(
  reader: CheckpointReader,
  layer: Layer,
  range: { from?: number; to?: number } = {},
): Promise<LayerPart> {
  const [weights, mask] = await Promise.all([
    readValues(reader, layer.weight, range),
    layer.mask && reader.bytes(layer.mask.name, range.from, range.to),
  ]);
  if (mask) return { weights, mask: binaryMask(reader.file, layer, mask) };
  return { weights, mask: impliedMask(layer, weights) };
}

/** Converts the stored mask of a layer to 0 and 1. In a boolean mask, every non-zero byte is 1. Throws UserError for other values. */
export function binaryMask(file: string, layer: Layer, bytes: Uint8Array): Uint8Array {
  const dtype = layer.mask?.dtype ?? 'uint8';
  if (dtype === 'uint8' && isBinary(bytes)) return bytes;
  const values = decode(dtype, bytes);
  const other = values.find((value) => value !== 0 && value !== 1);
  if (other === undefined) return Uint8Array.from(values);
  throw new SoftMaskError(file, layer, other);
}

/** Thrown if a mask has a value other than 0 and 1. */
export class SoftMaskError extends UserError {
  readonly problem: string;
  readonly layer: string;

  constructor(
    readonly file: string,
    { name, mask }: Layer,
    value: number,
  ) {
    const problem = notBinary(mask?.name ?? name, value);
    super(`${file}: ${problem}. Round its values to 0 and 1.`);
    this.problem = problem;
    this.layer = name;
  }
}

/** Calls `read`. If `read` finds a mask that is not binary, excludes the layer of this mask from its reader and calls `read` again. */
export async function withoutSoftMasks<T>(readers: readonly CheckpointReader[], read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const concerned = readers.filter(({ file }) => error instanceof SoftMaskError && error.file === file);
    if (!(error instanceof SoftMaskError) || concerned.length === 0) throw error;
    for (const reader of concerned) await leaveOut(reader, error.layer, error.problem);
    return withoutSoftMasks(readers, read);
  }
}

function isBinary(bytes: Uint8Array): boolean {
  let bits = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- takes a third of the time, and masks are long
  for (let i = 0; i < bytes.length; i++) bits |= bytes[i]!;
  return bits <= 1;
}

/** Returns the mask of weights without a stored mask: their exact zeros are pruned, unless they were quantized. */
export function impliedMask({ maskRule }: Layer, weights: Float32Array | Float64Array): Uint8Array {
  return maskRule === 'quantized' ? new Uint8Array(weights.length).fill(1) : nonzero(weights);
}

function nonzero(weights: Float32Array | Float64Array): Uint8Array {
  const mask = new Uint8Array(weights.length);
  for (let i = 0; i < mask.length; i++) mask[i] = weights[i] === 0 ? 0 : 1;
  return mask;
}
