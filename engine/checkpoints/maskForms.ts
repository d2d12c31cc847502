/** Converts masks of other forms to the shape of their weights: bits, one value per filter or channel, and masks in a separate file. */
import { appendAll } from '../collections';
import { UserError } from '../errors';
import { quote } from '../json/strict';
import { sizeOf } from '../tensors';
import { layoutOf } from './layout';
import { maskNameOf } from './conventions';
import { sizeOfDtype } from './dtypes';
import {
  byName,
  modelTensors,
  withTensors,
  type CheckpointReader,
  type ReadableTensor,
  type StoredTensor,
} from './reader';
import { fillFromWhole } from './strided';

/** If a mask has one value for each output or each input, adds a mask with the shape of the weight. */
export function withBroadcastMasks(reader: CheckpointReader): CheckpointReader {
  const tensors = byName(modelTensors(reader));
  const made = [...tensors.values()].flatMap((mask): ReadableTensor[] => {
    const naming = maskNameOf(mask.name);
    const weight = naming?.parameters.map((name) => tensors.get(name)).find((tensor) => tensor !== undefined);
    if (!naming || !weight || mask.shape.join() === weight.shape.join()) return [];
    const fill = broadcast(reader, mask, weight);
    if (!fill) return [];
    const masks = { weight: weight.name, rule: naming.maskRule };
    return [{ name: `${mask.name} (for each weight)`, dtype: mask.dtype, shape: weight.shape, masks, fill }];
  });
  return made.length === 0 ? reader : withTensors(reader, made);
}

/**
 * Returns the function that reads a mask in the shape of its weight. The mask may have this shape already, a further last axis of length 1,
 * or one value for each output or each input. Returns undefined for other masks.
 */
export function broadcast(
  reader: CheckpointReader,
  mask: StoredTensor,
  weight: StoredTensor,
): ReadableTensor['fill'] | undefined {
  const size = sizeOfDtype(mask.dtype);
  if (hasSameAxes(mask.shape, weight.shape)) return (into, from) => reader.read(mask.name, from / size, into);
  const axis = axisOf(mask, weight);
  if (axis === undefined) return undefined;
  const stride = sizeOf(weight.shape.slice(axis + 1));
  const length = weight.shape[axis]!;
  const values = fillFromWhole(() => reader.bytes(mask.name));
  return async (into, from) => {
    const whole = new Uint8Array(length * size);
    await values(whole, 0);
    for (let element = from / size, at = 0; at < into.length; element++, at += size) {
      const index = Math.floor(element / stride) % length;
      for (let byte = 0; byte < size; byte++) into[at + byte] = whole[index * size + byte]!;
    }
  };
}

/** Whether two shapes are equal without their last axes of length 1, such as [8, 4] and [8, 4, 1]. */
export function hasSameAxes(a: readonly number[], b: readonly number[]): boolean {
  const trimmed = (shape: readonly number[]) =>
    shape.slice(0, shape.findLastIndex((length) => length !== 1) + 1).join();
  return trimmed(a) === trimmed(b);
}

/**
 * Returns the axis of the weight that the values of a mask belong to. It is the only axis of the mask that is longer than 1. A vector
 * belongs to the outputs if its length fits them, otherwise to the inputs. Returns undefined if the mask does not fit.
 */
function axisOf({ shape }: StoredTensor, weight: StoredTensor): number | undefined {
  if (weight.shape.length < 2) return undefined;
  const layout = layoutOf(weight);
  const outputs = layout.search(/[OM]/);
  const inputs = layout.startsWith('O') ? 1 : layout.lastIndexOf('I');
  const axes = shape.flatMap((length, axis) => (length === 1 ? [] : [axis]));
  if (shape.length === weight.shape.length && axes.length === 1) {
    const axis = axes[0]!;
    return shape[axis] === weight.shape[axis] && (axis === outputs || axis === inputs) ? axis : undefined;
  }
  if (shape.length !== 1) return undefined;
  return [outputs, inputs].find((axis) => weight.shape[axis] === shape[0]);
}

const COMPRESSED = '.compressed';
const LARGEST_COPY = 2 ** 31;

/**
 * Decompresses tensors `X.compressed` with `X.bitmask` (compressed-tensors): `X` has the shape in `X.shape`. Its mask has the bits of each
 * row, the lowest bit of a byte first. `X.compressed` has the values of the bits that are 1.
 */
export async function withBitmasks(reader: CheckpointReader): Promise<CheckpointReader> {
  const tensors = byName(reader.tensors);
  const made: (ReadableTensor & { replaces: string })[] = [];
  for (const compressed of reader.tensors) {
    if (!compressed.name.endsWith(COMPRESSED)) continue;
    const name = compressed.name.slice(0, -COMPRESSED.length);
    const [bitmask, shape] = [tensors.get(`${name}.bitmask`), tensors.get(`${name}.shape`)];
    if (!bitmask || !shape || tensors.has(name)) continue;
    appendAll(made, await decompressed(reader, { name, compressed, bitmask, shape }));
  }
  return made.length === 0 ? reader : withTensors(reader, made);
}

async function decompressed(
  reader: CheckpointReader,
  { name, compressed, bitmask, shape }: Record<'compressed' | 'bitmask' | 'shape', StoredTensor> & { name: string },
) {
  const [rows = 0, columns = 0, ...more] = Array.from(await numbersOf(reader, shape));
  const size = sizeOfDtype(compressed.dtype);
  const rowBytes = Math.ceil(columns / 8);
  const isValid = more.length === 0 && [rows, columns].every((length) => Number.isSafeInteger(length) && length >= 0);
  if (!isValid || bitmask.dtype !== 'uint8' || sizeOf(bitmask.shape) !== rows * rowBytes)
    throw new UserError(
      `${reader.file}: ${quote(bitmask.name)} does not fit ${quote(shape.name)}. Save the model again.`,
    );
  if (rows * columns * size > LARGEST_COPY)
    throw new UserError(`${reader.file}: ${quote(name)} has more than 2 GiB when decompressed. Save it uncompressed.`);
  const bits = async () => {
    const bytes = await reader.bytes(bitmask.name);
    return Uint8Array.from({ length: rows * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      return (bytes[row * rowBytes + (column >> 3)]! >> (column & 7)) & 1;
    });
  };
  const dense = async () => {
    const [mask, values] = [await bits(), await reader.bytes(compressed.name)];
    const whole = new Uint8Array(mask.length * size);
    let from = 0;
    for (let i = 0; i < mask.length; i++) {
      if (mask[i] === 0) continue;
      whole.set(values.subarray(from, from + size), i * size);
      from += size;
    }
    if (from === values.length) return whole;
    throw new UserError(
      `${reader.file}: ${quote(bitmask.name)} keeps ${from / size} values, but ${quote(compressed.name)} has ${values.length / size}. Copy the file again.`,
    );
  };
  const masks = { weight: name, rule: 'bitmask' as const };
  return [
    {
      name,
      dtype: compressed.dtype,
      shape: [rows, columns],
      storedBytes: sizeOf(compressed.shape) * size,
      fill: fillFromWhole(dense),
      replaces: compressed.name,
    },
    {
      name: bitmask.name,
      dtype: 'uint8' as const,
      shape: [rows, columns],
      masks,
      storedBytes: rows * rowBytes,
      fill: fillFromWhole(bits),
      replaces: bitmask.name,
    },
  ];
}

/** Reads a short tensor of 64-bit or other integers. */
async function numbersOf(reader: CheckpointReader, tensor: StoredTensor): Promise<Iterable<number>> {
  if (sizeOf(tensor.shape) > 8) return [];
  const bytes = await reader.bytes(tensor.name);
  if (tensor.dtype === 'int64') return Array.from(new BigInt64Array(bytes.buffer), Number);
  return tensor.dtype === 'int32' ? Array.from(new Int32Array(bytes.buffer)) : [];
}
