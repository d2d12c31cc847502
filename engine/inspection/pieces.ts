/** Decides which tensors the vector kernels process, and provides the memory for their pieces. */
import { isFloat, sizeOfDtype } from '../checkpoints/dtypes';
import type { StoredTensor } from '../checkpoints/reader';
import { sizeOf } from '../tensors';
import { AHEAD } from './chunks';
import { Workspace, type Slot } from './simd/workspace';

/** Number of weights in a piece, small enough for the cache of the processor. */
export const PIECE = 2 ** 18;

/** A file whose tensors are all smaller than this does not get a workspace. */
const WORTHWHILE = 2 ** 15;

export interface Room {
  workspace: Workspace;
  slot: Slot;
}

/** Provides a workspace during `use`, if one of these tensors is large enough. */
export async function withWorkspace<T>(
  tensors: readonly StoredTensor[],
  use: (workspace: Workspace | undefined) => Promise<T>,
): Promise<T> {
  const large = tensors.some((tensor) => isVectorial(tensor) && sizeOf(tensor.shape) >= WORTHWHILE);
  if (!large) return use(undefined);
  const workspace = idle.pop() ?? new Workspace(SIDES * (AHEAD + 1), PIECE);
  const result = await use(workspace); // after a failure reads may still be running, so this workspace is not used again
  if (idle.length === 0) idle.push(workspace);
  return result;
}

/** Number of files that a comparison reads at once. */
const SIDES = 2;

/** A workspace that is kept for the next call, because new memory is slow. Pages that were never used cost nothing. */
const idle: Workspace[] = [];

/** Whether the weights are float32, and the mask, if there is one, is bytes. */
export function isVectorial(weight: StoredTensor, mask?: StoredTensor): boolean {
  return weight.dtype === 'float32' && (!mask || (sizeOfDtype(mask.dtype) === 1 && !isFloat(mask.dtype)));
}

/** Hands out slots in turn, one for each file. The slots of a piece are reused after it was processed. */
export function slotsInTurn({ slots }: Workspace): () => [Slot, Slot] {
  let turn = 0;
  return () => {
    const first = (SIDES * turn++) % slots.length;
    return [slots[first]!, slots[first + 1]!];
  };
}
