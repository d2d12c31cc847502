/** What a scan reads. */
import { sizeOfDtype } from '../checkpoints/dtypes';
import type { Layer } from '../checkpoints/layers';
import type { StoredTensor } from '../checkpoints/reader';
import { sizeOf } from '../tensors';
import type { HeadAxis } from './headTally';

/** A tensor to scan. If it is the weight of a layer, the mask of the layer is scanned too. */
export interface Target {
  tensor: StoredTensor;
  layer?: Layer | undefined;
  heads?: HeadAxis | undefined;
}

/** Returns the bytes of the tensor of a target, without its mask. */
export function bytesOf({ tensor }: Target): number {
  return sizeOfDtype(tensor.dtype) * sizeOf(tensor.shape);
}
