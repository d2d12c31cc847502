/** Describes a checkpoint without reading all its values. */
import type { CheckpointHeader, CheckpointRef } from '../vocabulary/checkpoint';
import { chooseLayers } from '../checkpoints/layers';
import { withCheckpoint } from '../checkpoints/open';
import { ruleOf } from '../checkpoints/reader';

/** Describes a checkpoint in milliseconds. Gives every layer without a mask the rule `zeros`, because its zeros are not counted here. */
export async function describeCheckpoint(checkpoint: CheckpointRef): Promise<Omit<CheckpointHeader, 'label' | 'run'>> {
  return withCheckpoint(checkpoint, async (reader) => {
    const { layers: found, leftOut, warnings } = await chooseLayers(reader);
    const layers = found.map(({ name, shape, count, maskRule, rows, columns, axes }) => {
      return { name, shape, count, maskRule, rows, columns, axes };
    });
    const { file, format, metadata, tensors } = reader;
    return {
      file,
      format,
      metadata,
      tensors: tensors.filter(({ masks }) => !masks),
      layers,
      rule: ruleOf(reader),
      leftOut,
      ...(reader.maskFile !== undefined && { maskFile: reader.maskFile }),
      ...(warnings.length > 0 && { warnings }),
    };
  });
}
