/** Finds a layer in several checkpoints. One checkpoint defines the name of the layer and the order of its axes. */
import type { CheckpointRef } from '../vocabulary/checkpoint';
import type { NameMap } from '../vocabulary/inspection';
import { findLayer, type Layer } from '../checkpoints/layers';
import { inOrderOfA, partnerOf } from '../checkpoints/match';
import { modulePath } from '../checkpoints/modulePath';
import { withCheckpoints } from '../checkpoints/open';
import type { CheckpointReader } from '../checkpoints/reader';
import { countedInPair, countedSide } from './counted';

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
    const { side, layer } = await layerIn(base!, readers, { name, map });
    const drawn: Drawn[] = [];
    for (const reader of readers) {
      if (reader === base) {
        drawn.push({ reader: side.reader, layer });
        continue;
      }
      const other = await countedSide(reader, await countedInPair([base!, reader], { map, others: [pathOf(name)] }));
      drawn.push(inOrderOfA(other.reader, partnerOf(side, other, layer, map)));
    }
    return use(drawn);
  });
}

/** Finds the layer that gives name and order. It may be dense in all of these checkpoints, if it is prunable in another one of a series. */
async function layerIn(
  base: CheckpointReader,
  readers: readonly CheckpointReader[],
  { name, map }: Pick<Sought, 'map'> & { name: string },
) {
  const counted = new Set([pathOf(name)]);
  for (const reader of readers) for (const path of await countedInPair([base, reader], { map })) counted.add(path);
  const side = await countedSide(base, counted);
  return { side, layer: side.layers.find((layer) => layer.name === name) ?? (await findLayer(base, name)) };
}

function pathOf(name: string): string {
  return modulePath(name).path;
}
