/** Compares masks and signs of two checkpoints, layer by layer. */
import type { Comparison, LayerComparison } from '../vocabulary/inspection';
import { findLayers, type Layer } from '../checkpoints/layers';
import { decode } from '../checkpoints/dtypes';
import { binaryMask, readLayer, type LayerPart } from '../checkpoints/masks';
import { withCheckpoint } from '../checkpoints/open';
import { byName, type CheckpointReader } from '../checkpoints/reader';
import { prefetch, rangesOf } from './chunks';
import { addMeetings, addPairs, comparisonOf, noPairs, type PairCounts } from './pairs';
import { isVectorial, PIECE, slotsInTurn, withWorkspace } from './pieces';
import type { Slot, Workspace } from './simd/workspace';

type Unmatched = Comparison['unmatched'][number];

interface Side {
  reader: CheckpointReader;
  layers: Map<string, Layer>;
}

/** Compares layers of equal name and shape. `total` and its chance agreement count over all of these layers. */
export async function compareCheckpoints(a: string, b: string): Promise<Comparison> {
  return withCheckpoint(a, (readerA) =>
    withCheckpoint(b, async (readerB) => {
      const sideA = { reader: readerA, layers: byName(await findLayers(readerA)) };
      const sideB = { reader: readerB, layers: byName(await findLayers(readerB)) };
      const { layers, total } = await compareLayers(sideA, sideB);
      const unmatched = [...unmatchedOf('a', sideA, sideB), ...unmatchedOf('b', sideB, sideA)];
      return { a, b, layers, total, unmatched };
    }),
  );
}

async function compareLayers(a: Side, b: Side): Promise<{ layers: LayerComparison[]; total: LayerComparison }> {
  const matched = [...a.layers.values()].flatMap((layerA) => {
    const layerB = b.layers.get(layerA.name);
    return layerB && sameShape(layerA, layerB) ? [{ layerA, layerB, counts: noPairs() }] : [];
  });
  await withWorkspace(a.reader.tensors, async (workspace) => {
    const jobs = matched.flatMap((pair) =>
      [...rangesOf(pair.layerA.count, PIECE)].map((range) => ({ ...pair, range })),
    );
    for await (const { counts, add } of prefetch(jobs, readPair({ a, b, workspace }))) add(counts);
  });
  return {
    layers: matched.map(({ layerA, counts }) => comparisonOf(layerA.name, counts)),
    total: comparisonOf('total', sumOf(matched.map(({ counts }) => counts))),
  };
}

interface Job {
  layerA: Layer;
  layerB: Layer;
  counts: PairCounts;
  range: { from: number; to: number };
}

/** Reads a piece of a layer from both files. Call `add` before the next piece is taken. */
function readPair({ a, b, workspace }: { a: Side; b: Side; workspace: Workspace | undefined }) {
  const next = workspace && slotsInTurn(workspace);
  return async ({ layerA, layerB, counts, range }: Job) => {
    const vectorial = isVectorial(layerA.weight, layerA.mask) && isVectorial(layerB.weight, layerB.mask);
    if (!next || !vectorial) {
      const parts = await Promise.all([readLayer(a.reader, layerA, range), readLayer(b.reader, layerB, range)]);
      return {
        counts,
        add: (into: PairCounts) => {
          addPairs(into, ...parts);
        },
      };
    }
    const [slotA, slotB] = next();
    const pieces = await Promise.all([
      readInto(slotA, a.reader, { layer: layerA, range }),
      readInto(slotB, b.reader, { layer: layerB, range }),
    ]);
    const add = (into: PairCounts) => {
      const count = range.to - range.from;
      const met = workspace.meet(
        { slot: slotA, masked: layerA.mask !== undefined },
        { slot: slotB, masked: layerB.mask !== undefined },
        count,
      );
      if (met) addMeetings(into, met, count);
      else addPairs(into, ...(pieces.map((part) => part()) as [LayerPart, LayerPart]));
    };
    return { counts, add };
  };
}

/** Fills a slot, and returns a function that reads the piece from it value by value. */
async function readInto(
  { weights, mask }: Slot,
  reader: CheckpointReader,
  { layer, range: { from, to } }: { layer: Layer; range: { from: number; to: number } },
): Promise<() => LayerPart> {
  const bytes = weights.bytes.subarray(0, 4 * (to - from));
  const maskBytes = mask.bytes.subarray(0, to - from);
  await Promise.all([
    reader.read(layer.weight.name, from, bytes),
    layer.mask && reader.read(layer.mask.name, from, maskBytes),
  ]);
  return () => ({ weights: decode(layer.weight.dtype, bytes), mask: binaryMask(reader.file, layer, maskBytes) });
}

function sumOf(tables: PairCounts[]): PairCounts {
  return noPairs().map((_, pair) => tables.reduce((sum, counts) => sum + counts[pair]!, 0));
}

function unmatchedOf(side: 'a' | 'b', here: Side, there: Side): Unmatched[] {
  const tensors = new Set(there.reader.tensors.map((tensor) => tensor.name));
  return [...here.layers.values()].flatMap((layer) => {
    const partner = there.layers.get(layer.name);
    if (partner && sameShape(layer, partner)) return [];
    const reason = partner
      ? `shape [${layer.shape.join(', ')}], but [${partner.shape.join(', ')}]`
      : tensors.has(layer.weight.name)
        ? 'has no mask'
        : 'there is no such layer';
    return [{ name: layer.name, side, reason: `${reason} in ${there.reader.file}` }];
  });
}

function sameShape(a: Layer, b: Layer): boolean {
  return a.shape.join() === b.shape.join();
}
