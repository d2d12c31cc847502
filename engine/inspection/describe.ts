/** Describes a checkpoint without reading all its values. */
import type { CheckpointHeader, CheckpointRef, LayerHeader } from '../vocabulary/checkpoint';
import { chooseLayers, type Layer } from '../checkpoints/layers';
import { withCheckpoint } from '../checkpoints/open';
import { shownOf } from './shown';

/** Describes a checkpoint in milliseconds. Gives every layer without a mask the rule `zeros`, because its zeros are not counted here. */
export async function describeCheckpoint(checkpoint: CheckpointRef): Promise<Omit<CheckpointHeader, 'label' | 'run'>> {
  return withCheckpoint(checkpoint, async (reader) => {
    const choice = await chooseLayers(reader);
    const [layers, dense] = [choice.layers.map(headerOf), choice.dense.map(headerOf)];
    const { file, format, metadata, tensors } = reader;
    return {
      file,
      format,
      metadata,
      tensors: tensors.filter(({ masks }) => !masks),
      layers,
      ...(dense.length > 0 && { dense }),
      ...shownOf(reader, choice),
    };
  });
}

function headerOf({ name, shape, count, maskRule, layout, rows, columns, axes }: Layer): LayerHeader {
  return { name, shape, count, maskRule, layout, rows, columns, axes };
}
