/** Opens files in which every tensor is named as a mask, such as a dictionary of `X.weight_mask`. */
import { maskNameOf } from './conventions';
import { modelTensors, type CheckpointReader } from './reader';

/**
 * Returns a reader that lists the masks of such a file under the names of their weights, so that their layers and sparsities are found. All
 * other files are returned as they are.
 */
export function withMasksAsWeights(reader: CheckpointReader): CheckpointReader {
  const stored = new Map<string, string>(); // weights and masks by name
  const model = modelTensors(reader);
  for (const { name } of model) {
    const weight = maskNameOf(name)?.parameters[0]?.replace(/_orig$/, '');
    if (weight === undefined || stored.has(weight)) return reader;
    stored.set(weight, name);
  }
  if (stored.size === 0) return reader;
  const weightOf = new Map(Array.from(stored, ([weight, mask]) => [mask, weight]));
  return {
    ...reader,
    tensors: reader.tensors.map((tensor) => ({ ...tensor, name: weightOf.get(tensor.name) ?? tensor.name })),
    notes: [...(reader.notes ?? []), 'The file has only masks. They are listed under the names of their weights.'],
    bytes: (name, from, to) => reader.bytes(stored.get(name) ?? name, from, to),
    read: (name, from, into) => reader.read(stored.get(name) ?? name, from, into),
  };
}
