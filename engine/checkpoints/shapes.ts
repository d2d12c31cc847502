/** Reads the shapes of a network from the header of a checkpoint. */
import { findLayers } from './layers';
import { modelTensors, type CheckpointReader } from './reader';

export interface NetworkHeader {
  /** Shapes by name, without masks; `X.weight_orig` is named `X.weight`. */
  shapes: ReadonlyMap<string, { shape: readonly number[] }>;
  /** Names of the weights that have a mask. */
  masked: readonly string[];
}

/** Returns the shapes. Reads no tensor. */
export function networkHeaderOf(reader: CheckpointReader): NetworkHeader {
  const layers = findLayers(reader);
  const nameOf = new Map(layers.map(({ name, weight }) => [weight.name, `${name}.weight`]));
  const masks = new Set(layers.map(({ mask }) => mask?.name));
  const tensors = modelTensors(reader).filter(({ name }) => !masks.has(name));
  const shapes = new Map(tensors.map(({ name, shape }) => [nameOf.get(name) ?? name, { shape }]));
  const masked = layers.filter(({ mask }) => mask).map(({ name }) => `${name}.weight`);
  return { shapes, masked };
}
