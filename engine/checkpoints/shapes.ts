/** Reads the shapes of a network from the header of a checkpoint. */
import { findLayers, parameterOf } from './layers';
import { modelTensors, type CheckpointReader } from './reader';

export interface NetworkHeader {
  /** Shapes of all tensors but the masks, by name. `X.weight_orig` is listed as `X.weight`. */
  shapes: ReadonlyMap<string, { shape: readonly number[] }>;
  /** Names of the weights that have a mask. */
  masked: readonly string[];
}

/** Reads the shapes. Reads no values, except those that `findLayers` needs. */
export async function networkHeaderOf(reader: CheckpointReader): Promise<NetworkHeader> {
  const layers = await findLayers(reader);
  const nameOf = new Map(layers.map((layer) => [layer.weight.name, parameterOf(layer)]));
  const masks = new Set(layers.map(({ mask }) => mask?.name));
  const tensors = modelTensors(reader).filter(({ name }) => !masks.has(name));
  const shapes = new Map(tensors.map(({ name, shape }) => [nameOf.get(name) ?? name, { shape }]));
  const masked = layers.filter(({ mask }) => mask).map(parameterOf);
  return { shapes, masked };
}
