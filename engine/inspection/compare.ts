/** Masks and signs of two checkpoints, layer by layer. */
import type { Comparison, LayerComparison } from '../protocol';
import { findLayers, type Layer } from '../checkpoints/layers';
import { readLayer } from '../checkpoints/masks';
import { withCheckpoint } from '../checkpoints/open';
import { byName, type CheckpointReader } from '../checkpoints/reader';
import { prefetch, rangesOf } from './chunks';
import { addPairs, comparisonOf, noPairs, type PairCounts } from './pairs';

type Unmatched = Comparison['unmatched'][number];

interface Side {
  reader: CheckpointReader;
  layers: Map<string, Layer>;
}

/** Compares layers of equal name and shape; `total` counts over all of them, its chance agreement too. */
export async function compareCheckpoints(a: string, b: string): Promise<Comparison> {
  return withCheckpoint(a, (readerA) =>
    withCheckpoint(b, async (readerB) => {
      const sideA = { reader: readerA, layers: byName(findLayers(readerA)) };
      const sideB = { reader: readerB, layers: byName(findLayers(readerB)) };
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
  const jobs = matched.flatMap((pair) => [...rangesOf(pair.layerA.count)].map((range) => ({ ...pair, range })));
  const pieces = prefetch(jobs, async ({ layerA, layerB, counts, range }) => ({
    counts,
    parts: await Promise.all([readLayer(a.reader, layerA, range), readLayer(b.reader, layerB, range)]),
  }));
  for await (const { counts, parts } of pieces) addPairs(counts, ...parts);
  return {
    layers: matched.map(({ layerA, counts }) => comparisonOf(layerA.name, counts)),
    total: comparisonOf('total', sumOf(matched.map(({ counts }) => counts))),
  };
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
