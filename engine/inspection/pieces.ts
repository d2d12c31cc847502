/** Decides which tensors the vector kernels process, and provides the memory for their pieces. */
import { decode, isFloat, sizeOfDtype } from '../checkpoints/dtypes';
import type { Layer } from '../checkpoints/layers';
import { binaryMask, impliedMask, type LayerPart } from '../checkpoints/masks';
import type { CheckpointReader, StoredTensor } from '../checkpoints/reader';
import { sizeOf } from '../tensors';
import { AHEAD } from './chunks';
import { Workspace, type Slot } from './simd/workspace';

/** Number of weights in a piece, small enough for the cache of the processor. */
export const PIECE = 2 ** 18;

/** Number of elements from which a tensor is large enough for a workspace. */
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
  const large = tensors.some((tensor) => isFloat(tensor.dtype) && sizeOf(tensor.shape) >= WORTHWHILE);
  if (!large) return use(undefined);
  const workspace = idle.pop() ?? new Workspace(SIDES * (AHEAD + 1), PIECE);
  const result = await use(workspace); // if this throws, reads may still be running, so the workspace is not reused
  if (idle.length === 0) idle.push(workspace);
  return result;
}

/** Number of files that a comparison reads at once. */
const SIDES = 2;

/** At most one workspace, kept for the next call because allocation is slow. Pages that were never used need no memory. */
const idle: Workspace[] = [];

/** Whether the kernels can read a tensor: its weights are float32, and its mask (if it has one) has one byte per weight. */
export function isVectorial(weight: StoredTensor, mask?: StoredTensor): boolean {
  return weight.dtype === 'float32' && (!mask || (sizeOfDtype(mask.dtype) === 1 && !isFloat(mask.dtype)));
}

/** Whether the kernels can read a layer. They count every 0 as pruned, but a quantized 0 may be a kept weight. */
export function isLayerVectorial({ weight, mask, maskRule }: Layer): boolean {
  return maskRule !== 'quantized' && isVectorial(weight, mask);
}

/** Reads a piece of a layer into a slot. Returns a function that decodes the piece without the kernels. */
export async function readInto(
  { weights, mask }: Slot,
  reader: CheckpointReader,
  { layer, from, to }: { layer: Layer; from: number; to: number },
): Promise<() => LayerPart> {
  const bytes = weights.bytes.subarray(0, 4 * (to - from));
  const maskBytes = mask.bytes.subarray(0, to - from);
  await Promise.all([
    reader.read(layer.weight.name, from, bytes),
    layer.mask && reader.read(layer.mask.name, from, maskBytes),
  ]);
  return () => {
    const decoded = decode(layer.weight.dtype, bytes);
    return {
      weights: decoded,
      mask: layer.mask ? binaryMask(reader.file, layer, maskBytes) : impliedMask(layer, decoded),
    };
  };
}

/** Returns a function that gives the next two slots, one for each file. Slots are reused after their piece was processed. */
export function slotsInTurn({ slots }: Workspace): () => [Slot, Slot] {
  let turn = 0;
  return () => {
    const first = (SIDES * turn++) % slots.length;
    return [slots[first]!, slots[first + 1]!];
  };
}
