/** Finds a layer in several checkpoints. One checkpoint defines the name of the layer and the order of its axes. */
import type { CheckpointRef } from '../vocabulary/checkpoint';
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
  /** The checkpoint that defines the name of the layer and the order of axes. */
  orderOf: CheckpointRef;
  layer: string;
  map?: NameMap | undefined;
}

/** Calls `use` with the layer in each of these files, and closes the files. Throws UserError if a file has no matching layer. */
export function withLayerIn<T>(
  files: readonly CheckpointRef[],
  { orderOf, layer: name, map }: Sought,
  use: (drawn: readonly Drawn[]) => Promise<T>,
): Promise<T> {
  return withCheckpoints([orderOf, ...files], async ([base, ...readers]) => {
    const layer = await findLayer(base!, name);
    const sideOf = async (reader: CheckpointReader) => ({ reader, layers: await findLayers(reader) });
    const drawn: Drawn[] = [];
    for (const reader of readers) {
      if (reader === base) drawn.push({ reader, layer });
      else drawn.push(inOrderOfA(reader, partnerOf(await sideOf(base!), await sideOf(reader), layer, map)));
    }
    return use(drawn);
  });
}
