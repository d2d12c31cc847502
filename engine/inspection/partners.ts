/** Finds a layer in several checkpoints. One checkpoint defines the name of the layer and the order of its axes. */
import type { NameMap } from '../vocabulary/inspection';
import { findLayer, findLayers, type Layer } from '../checkpoints/layers';
import { inOrderOfA, partnerOf } from '../checkpoints/match';
import { withCheckpoints } from '../checkpoints/open';
import type { CheckpointReader } from '../checkpoints/reader';

/** A layer, and a reader that gives its weights in the requested order of axes. */
export interface Drawn {
  reader: CheckpointReader;
  layer: Layer;
}

export interface Sought {
  /** Path of the checkpoint that defines the name of the layer and the order of axes. */
  orderOf: string;
  layer: string;
  map?: NameMap | undefined;
}

/** Calls `use` with the layer in each of these files, and closes the files. Throws UserError if a file has no matching layer. */
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
