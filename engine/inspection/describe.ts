/** Describes a checkpoint without reading all its values. */
import type { CheckpointHeader, CheckpointRef } from '../vocabulary/checkpoint';
import { chooseLayers } from '../checkpoints/layers';
import { withCheckpoint } from '../checkpoints/open';
import { shownOf } from './shown';

/** Describes a checkpoint in milliseconds. Gives every layer without a mask the rule `zeros`, because its zeros are not counted here. */
export async function describeCheckpoint(checkpoint: CheckpointRef): Promise<Omit<CheckpointHeader, 'label' | 'run'>> {
  return withCheckpoint(checkpoint, async (reader) => {
    const choice = await chooseLayers(reader);
    const layers = choice.layers.map(({ name, shape, count, maskRule, layout, rows, columns, axes }) => {
      return { name, shape, count, maskRule, layout, rows, columns, axes };
    });
    const { file, format, metadata, tensors } = reader;
    return {
      file,
      format,
      metadata,
      tensors: tensors.filter(({ masks }) => !masks),
      layers,
      ...shownOf(reader, choice),
    };
  });
}
