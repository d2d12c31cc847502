/** What the header of a checkpoint shows of its network. */
import { findLayers } from './layers';
import { withCheckpoint } from './open';

/** Shapes by name, `X.weight_orig` as `X.weight`, without masks; and the weights that have one. */
export function headerOf(
  checkpoint: string,
): Promise<{ shapes: Map<string, { shape: readonly number[] }>; masked: string[] }> {
  return withCheckpoint(checkpoint, (reader) => {
    const layers = findLayers(reader);
    const nameOf = new Map(layers.map(({ name, weight }) => [weight.name, `${name}.weight`]));
    const masks = new Set(layers.map(({ mask }) => mask?.name));
    const tensors = reader.tensors.filter(({ name }) => !masks.has(name));
    const shapes = new Map(tensors.map(({ name, shape }) => [nameOf.get(name) ?? name, { shape }]));
    const masked = layers.filter(({ mask }) => mask).map(({ name }) => `${name}.weight`);
    return Promise.resolve({ shapes, masked });
  });
}
