/** What a checkpoint holds, from its header alone. */
import type { CheckpointHeader } from '../vocabulary/checkpoint';
import { findLayers } from '../checkpoints/layers';
import { withCheckpoint } from '../checkpoints/open';

/** Fast for a file of any size. The rule of a layer without a mask is `zeros`, as its values are not looked at. */
export async function describeCheckpoint(file: string): Promise<Omit<CheckpointHeader, 'run'>> {
  return withCheckpoint(file, (reader) => {
    const layers = findLayers(reader).map(({ name, shape, count, maskRule, rows, columns, axes }) => {
      return { name, shape, count, maskRule, rows, columns, axes };
    });
    const { format, metadata, tensors } = reader;
    return Promise.resolve({ file, format, metadata, tensors: [...tensors], layers });
  });
}
