/** Describes which part of a checkpoint is shown. */
import type { Shown } from '../vocabulary/checkpoint';
import type { Choice } from '../checkpoints/layers';
import { ruleOf, type CheckpointReader } from '../checkpoints/reader';

/** Returns the choices of the reader, such as its rule and its state dict, what was left out, and damage that was noticed before. */
export function shownOf(reader: CheckpointReader, choice: Choice): Shown {
  const { leftOut } = choice;
  const warnings = [...(reader.notes ?? []), ...choice.warnings, ...(reader.faults ?? [])];
  const { state, states, maskFile } = reader;
  return {
    rule: ruleOf(reader),
    leftOut,
    ...(state !== undefined && { state }),
    ...(states && { states: [...states] }),
    ...(maskFile !== undefined && { maskFile }),
    ...(warnings.length > 0 && { warnings }),
  };
}
