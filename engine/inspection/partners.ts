/** Finds a layer in several checkpoints, in the names and the order of one of them. */
import type { NameMap } from '../vocabulary/inspection';
import { findLayer, findLayers, type Layer } from '../checkpoints/layers';
import { inOrderOfA, partnerOf } from '../checkpoints/match';
import { withCheckpoints } from '../checkpoints/open';
import type { CheckpointReader } from '../checkpoints/reader';

/** A layer with the reader that gives its weights in the order in which they are wanted. */
export interface Drawn {
  reader: CheckpointReader;
  layer: Layer;
}

export interface Sought {
  /** The checkpoint that has the layer by this name, and the order of axes. */
  orderOf: string;
  layer: string;
  map?: NameMap | undefined;
}

/** Opens these files during `use`, which gets the layer in each of them. Throws UserError if one has none that matches. */
export function withLayerIn<T>(
  files: readonly string[],
  { orderOf, layer: name, map }: Sought,
  use: (drawn: readonly Drawn[]) => Promise<T>,
): Promise<T> {
  return withCheckpoints([...new Set([orderOf, ...files])], async (readers) => {
    const base = readers.get(orderOf)!;
    const layer = await findLayer(base, name);
    const sideOf = async (reader: CheckpointReader) => ({ reader, layers: await findLayers(reader) });
    const drawn: Drawn[] = [];
    for (const file of files) {
      const reader = readers.get(file)!;
      if (reader === base) drawn.push({ reader, layer });
      else drawn.push(inOrderOfA(reader, partnerOf(await sideOf(base), await sideOf(reader), layer, map)));
    }
    return use(drawn);
  });
}
