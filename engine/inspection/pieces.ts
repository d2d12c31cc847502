/** Decides which tensors the vector kernels process, and provides the memory for their pieces. */
import { decode, isFloat } from '../checkpoints/dtypes';
import type { Layer } from '../checkpoints/layers';
import { binaryMask, impliedMask, type LayerPart } from '../checkpoints/masks';
import type { CheckpointReader, StoredTensor } from '../checkpoints/reader';
import { sizeOf } from '../tensors';
import { AHEAD, readsAhead } from './chunks';
import { areMasks, areWeights } from './simd/formats';
import { Workspace, type Slot } from './simd/workspace';

/** Number of weights in a piece, small enough for the cache of the processor. */
export const PIECE = 2 ** 18;

/** Number of elements from which a tensor is large enough for the kernels. Smaller ones do not need a workspace. */
const WORTHWHILE = 2 ** 15;

export interface Room {
  workspace: Workspace;
  slot: Slot;
}

/** Calls `use` with a workspace. If no tensor is large enough, passes undefined instead. */
export async function withWorkspace<T>(
  tensors: readonly StoredTensor[],
  use: (workspace: Workspace | undefined) => Promise<T>,
): Promise<T> {
  if (!tensors.some((tensor) => isFloat(tensor.dtype) && isLarge(tensor))) return use(undefined);
  const workspace = idle.pop() ?? new Workspace(SIDES * (AHEAD + 1), PIECE);
  const result = await use(workspace); // if this throws, reads may still be running, so the workspace is not reused
  if (idle.length === 0) idle.push(workspace);
  return result;
}

/** Number of files that a comparison reads at once. */
const SIDES = 2;

/** At most one workspace, kept for the next call because allocation is slow. Pages that were never used need no memory. */
const idle: Workspace[] = [];

function isLarge({ shape }: StoredTensor): boolean {
  return sizeOf(shape) >= WORTHWHILE;
}

/**
 * Whether the kernels read a tensor: it is large, its weights are floats of 16 or 32 bits, and its mask (if it has one) has no format of 4 to 8
 * bits. This depends on the tensor alone, because the kernels add in another order: so its sums are the same with any threads, in any file.
 */
export function isVectorial(weight: StoredTensor, mask?: StoredTensor): boolean {
  return isLarge(weight) && areWeights(weight.dtype) && (!mask || areMasks(mask.dtype));
}

/** Whether the kernels can read a layer. They count every 0 as pruned, but a quantized 0 may be a kept weight. */
export function isLayerVectorial({ weight, mask, maskRule }: Layer): boolean {
  return maskRule !== 'quantized' && isVectorial(weight, mask);
}

/**
 * Reads a piece of a tensor and of its mask into a slot, for the kernels. Returns the weights as bytes of float32, and the bytes of the mask in
 * its own format.
 */
export async function readSlot(
  { workspace: { formats }, slot }: Room,
  reader: CheckpointReader,
  { tensor, mask, from, to }: { tensor: StoredTensor; mask?: StoredTensor | undefined; from: number; to: number },
): Promise<{ bytes: Uint8Array; maskBytes: Uint8Array | undefined }> {
  const count = to - from;
  const maskBytes = mask && formats.maskRoom(slot, mask.dtype, count);
  await Promise.all([
    reader.read(tensor.name, from, formats.weightsRoom(slot, tensor.dtype, count)),
    mask && maskBytes && reader.read(mask.name, from, maskBytes),
  ]);
  if (mask) formats.convertMask(slot, mask.dtype, count);
  return { bytes: formats.convertWeights(slot, tensor.dtype, count), maskBytes };
}

/** Reads a piece of a layer into a slot. Returns a function that decodes the piece without the kernels. */
export async function readInto(
  room: Room,
  reader: CheckpointReader,
  { layer, from, to }: { layer: Layer; from: number; to: number },
): Promise<() => LayerPart> {
  const { weight: tensor, mask } = layer;
  const { bytes, maskBytes } = await readSlot(room, reader, { tensor, mask, from, to });
  return () => {
    const weights = decode('float32', bytes);
    return { weights, mask: maskBytes ? binaryMask(reader.file, layer, maskBytes) : impliedMask(layer, weights) };
  };
}

/** Returns a function that gives the next two slots, one for each file. Slots are reused after their piece was processed. */
export function slotsInTurn({ slots }: Workspace): () => [Slot, Slot] {
  let turn = 0;
  return () => {
    const first = readsAhead() ? (SIDES * turn++) % slots.length : 0;
    return [slots[first]!, slots[first + 1]!];
  };
}
