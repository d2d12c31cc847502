/** Which tensors the kernels look at, and the room their pieces are read into. */
import { isFloat, sizeOfDtype } from '../checkpoints/dtypes';
import type { StoredTensor } from '../checkpoints/reader';
import { sizeOf } from '../tensors';
import { AHEAD } from './chunks';
import { Workspace, type Slot } from './simd/workspace';

/** Weights of a piece: small enough that what is read is still in the processor's cache when it is looked at. */
export const PIECE = 2 ** 18;

/** A file without a tensor of so many weights is not worth the memory. */
const WORTHWHILE = 2 ** 15;

export interface Room {
  workspace: Workspace;
  slot: Slot;
}

/** A workspace of our own for the time of `use`, if one of these tensors is large enough. */
export async function withWorkspace<T>(
  tensors: readonly StoredTensor[],
  use: (workspace: Workspace | undefined) => Promise<T>,
): Promise<T> {
  const large = tensors.some((tensor) => isVectorial(tensor) && sizeOf(tensor.shape) >= WORTHWHILE);
  if (!large) return use(undefined);
  const workspace = idle.pop() ?? new Workspace(SIDES * (AHEAD + 1), PIECE);
  const result = await use(workspace); // after a failure reads may still be under way, so it is not used again
  if (idle.length === 0) idle.push(workspace);
  return result;
}

/** A comparison reads two files side by side. */
const SIDES = 2;

/** One is kept for the next time, as new memory is dear; pages that were never touched cost nothing. */
const idle: Workspace[] = [];

/** float32 weights, and a mask of bytes if any. */
export function isVectorial(weight: StoredTensor, mask?: StoredTensor): boolean {
  return weight.dtype === 'float32' && (!mask || (sizeOfDtype(mask.dtype) === 1 && !isFloat(mask.dtype)));
}

/** Gives slots in turn, one for each file read side by side: those of a piece are given again when it has been looked at. */
export function slotsInTurn({ slots }: Workspace): () => [Slot, Slot] {
  let turn = 0;
  return () => {
    const first = (SIDES * turn++) % slots.length;
    return [slots[first]!, slots[first + 1]!];
  };
}
