/**
 * Decides which layers several checkpoints have in common. A layer that counts in one checkpoint counts in all that have it. A checkpoint
 * from before pruning often has no mask for it, and then keeps all its weights.
 */
import { UserError } from '../errors';
import type { CheckpointRef, LeftOut } from '../vocabulary/checkpoint';
import type { NameMap } from '../vocabulary/inspection';
import { chooseLayers, type Layer } from '../checkpoints/layers';
import { modulePath } from '../checkpoints/modulePath';
import { withCheckpoint } from '../checkpoints/open';
import { withTensors, type CheckpointReader } from '../checkpoints/reader';

/** The paths of layers, without the names that wrappers add. */
export type CountedPaths = ReadonlySet<string>;

/** The layers of a checkpoint that count, and a reader in which unmasked layers that were added have a mask of ones. */
export interface CountedSide {
  reader: CheckpointReader;
  layers: Layer[];
  leftOut: LeftOut[];
  warnings: string[];
}

/** Returns the layers that count in at least one of these files. Ignores files that cannot be read. */
export async function countedInFiles(files: readonly CheckpointRef[]): Promise<CountedPaths> {
  const counted = new Set<string>();
  for (const file of files) {
    const paths = await withCheckpoint(file, pathsIn).catch((error: unknown) => {
      if (error instanceof UserError) return [];
      throw error;
    });
    for (const path of paths) counted.add(path);
  }
  return counted;
}

/**
 * Returns the layers that count in one of two readers, or in `others`. Names that `map` pairs are the same layer.
 */
export async function countedInPair(
  [a, b]: readonly [CheckpointReader, CheckpointReader],
  { map = [], others = [] }: { map?: NameMap | undefined; others?: Iterable<string> | undefined },
): Promise<CountedPaths> {
  const counted = new Set([...(await pathsIn(a)), ...(await pathsIn(b)), ...others]);
  for (const names of map) {
    const paths = names.map(pathOf);
    if (paths.some((path) => counted.has(path))) for (const path of paths) counted.add(path);
  }
  return counted;
}

/** Returns the prunable layers of a checkpoint, and its dense layers that are counted, in the order of their weights. */
export async function countedSide(reader: CheckpointReader, counted: CountedPaths): Promise<CountedSide> {
  const { layers, dense, leftOut, warnings } = await chooseLayers(reader);
  const taken = new Set(layers.map(({ name }) => name)); // the tensors “.weight” and “” have the same name as layers
  const added = dense.filter(({ name }) => counted.has(pathOf(name)) && !taken.has(name));
  if (added.length === 0) return { reader, layers, leftOut, warnings };
  const bare = added.filter(({ mask }) => !mask);
  const masks = bare.map(({ weight, shape }) => ({
    name: `${weight.name} (all kept)`,
    dtype: 'uint8' as const,
    shape,
    masks: { weight: weight.name, rule: 'none' as const },
    fill: (into: Uint8Array) => {
      into.fill(1);
      return Promise.resolve();
    },
  }));
  const masked = added.map((layer) => {
    const at = bare.indexOf(layer);
    if (at < 0) return layer;
    const { fill: _, ...mask } = masks[at]!;
    return { ...layer, mask };
  });
  const places = new Map(reader.tensors.map((tensor, place) => [tensor.name, place]));
  const placeOf = ({ weight }: Layer) => places.get(weight.name) ?? 0;
  const names = new Set(added.map(({ name }) => name));
  return {
    reader: masks.length > 0 ? withTensors(reader, masks) : reader,
    layers: [...layers, ...masked].sort((one, other) => placeOf(one) - placeOf(other)),
    leftOut: leftOut.filter(({ name }) => !names.has(name)),
    warnings,
  };
}

async function pathsIn(reader: CheckpointReader): Promise<string[]> {
  return (await chooseLayers(reader)).layers.map(({ name }) => pathOf(name));
}

function pathOf(name: string): string {
  return modulePath(name).path;
}
