/** Describes a checkpoint from its header alone. */
import type { CheckpointHeader } from '../vocabulary/checkpoint';
import { findLayers } from '../checkpoints/layers';
import { withCheckpoint } from '../checkpoints/open';

/** Takes milliseconds for a file of any size. A layer without a mask has the rule `zeros`, since its values are not read. */
export async function describeCheckpoint(file: string): Promise<Omit<CheckpointHeader, 'label' | 'run'>> {
  return withCheckpoint(file, (reader) => {
    const layers = findLayers(reader).map(({ name, shape, count, maskRule, rows, columns, axes }) => {
      return { name, shape, count, maskRule, rows, columns, axes };
    });
    const { format, metadata, tensors } = reader;
    return Promise.resolve({ file, format, metadata, tensors: [...tensors], layers });
  });
}
