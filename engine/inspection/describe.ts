/** Describes a checkpoint from its header alone. */
import type { CheckpointHeader } from '../vocabulary/checkpoint';
import { findLayers } from '../checkpoints/layers';
import { withCheckpoint } from '../checkpoints/open';

/** Describes a checkpoint. Takes milliseconds for any file. A layer without a mask has the rule `zeros`, because its values are not read. */
export async function describeCheckpoint(file: string): Promise<Omit<CheckpointHeader, 'label' | 'run'>> {
  return withCheckpoint(file, async (reader) => {
    const layers = (await findLayers(reader)).map(({ name, shape, count, maskRule, rows, columns, axes }) => {
      return { name, shape, count, maskRule, rows, columns, axes };
    });
    const { format, metadata, tensors } = reader;
    return { file, format, metadata, tensors: [...tensors], layers };
  });
}
