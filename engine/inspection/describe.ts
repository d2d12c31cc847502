/** Describes a checkpoint without reading all its values. */
import type { CheckpointHeader } from '../vocabulary/checkpoint';
import { findLayers } from '../checkpoints/layers';
import { withCheckpoint } from '../checkpoints/open';

/** Describes a checkpoint in milliseconds. Gives every layer without a mask the rule `zeros`, because its zeros are not counted here. */
export async function describeCheckpoint(file: string): Promise<Omit<CheckpointHeader, 'label' | 'run'>> {
  return withCheckpoint(file, async (reader) => {
    const layers = (await findLayers(reader)).map(({ name, shape, count, maskRule, rows, columns, axes }) => {
      return { name, shape, count, maskRule, rows, columns, axes };
    });
    const { format, metadata, tensors } = reader;
    return { file, format, metadata, tensors: [...tensors], layers };
  });
}
