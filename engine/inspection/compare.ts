/** Compares masks and signs of two checkpoints, layer by layer. */
import type { CheckpointRef } from '../vocabulary/checkpoint';
import type { Comparison, LayerComparison, NameMap } from '../vocabulary/inspection';
import type { Layer } from '../checkpoints/layers';
import { inOrderOfA, matchLayers, type LayerPair, type Side } from '../checkpoints/match';
import { readLayer, withoutSoftMasks, type LayerPart } from '../checkpoints/masks';
import { withCheckpoints } from '../checkpoints/open';
import { ruleOf, type CheckpointReader } from '../checkpoints/reader';
import { prefetch, rangesOf } from './chunks';
import { countedInPair, countedSide, type CountedPaths } from './counted';
import { addMeetings, KEPT_IN_BOTH, addPairs, comparisonOf, noPairs, type PairCounts } from './pairs';
import { addMagnitudes, addSums, correlationOf, noMagnitudes, type Magnitudes } from './magnitudes';
import { isLayerVectorial, PIECE, readInto, slotsInTurn, withWorkspace } from './pieces';
import type { Workspace } from './simd/workspace';
import { unmatchedOf } from './unmatched';

/** Compares the layers that match and count in A or in B, in the axis order of A. `total` compares all weights of these layers together. */
export async function compareCheckpoints(
  a: CheckpointRef,
  b: CheckpointRef,
  options: Options = {},
): Promise<Comparison> {
  return withCheckpoints([a, b], ([readerA, readerB]) =>
    withoutSoftMasks([readerA!, readerB!], () => compareReaders(readerA!, readerB!, options)),
  );
}

interface Options {
  map?: NameMap | undefined;
  /** Further layers that count, if they exist: those of other checkpoints of the same series. */
  counted?: CountedPaths;
}

async function compareReaders(
  readerA: CheckpointReader,
  readerB: CheckpointReader,
  { map, counted: others }: Options,
): Promise<Comparison> {
  const counted = await countedInPair([readerA, readerB], { map, others });
  const [sideA, sideB] = [await countedSide(readerA, counted), await countedSide(readerB, counted)];
  const matched = matchLayers(sideA, sideB, map);
  const { layers, total } = await comparePairs(sideA, sideB, matched.pairs);
  for (const reader of [readerA, readerB]) await reader.isCorrupt?.(); // adds to its faults
  const warnings = [sideA, sideB].flatMap(({ reader, warnings: own }) =>
    [...(reader.notes ?? []), ...own, ...(reader.faults ?? [])].map((text) => `${reader.file}: ${text}`),
  );
  const [states, maskFiles] = (['state', 'maskFile'] as const).map((field) => ({
    ...(readerA[field] !== undefined && { a: readerA[field] }),
    ...(readerB[field] !== undefined && { b: readerB[field] }),
  }));
  return {
    ...{ a: readerA.file, b: readerB.file, layers, total },
    unmatched: unmatchedOf(matched, sideA, sideB),
    rules: { a: ruleOf(readerA), b: ruleOf(readerB) },
    leftOut: { a: sideA.leftOut, b: sideB.leftOut },
    ...(Object.keys(states!).length > 0 && { states }),
    ...(Object.keys(maskFiles!).length > 0 && { maskFiles }),
    ...(warnings.length > 0 && { warnings: [...new Set(warnings)] }),
  };
}

async function comparePairs(
  a: Side,
  b: Side,
  pairs: readonly LayerPair[],
): Promise<{ layers: LayerComparison[]; total: LayerComparison }> {
  const matched = pairs.map((pair) => {
    const ordered = inOrderOfA(b.reader, pair);
    return {
      ...pair,
      layerA: pair.a,
      layerB: ordered.layer,
      readerB: ordered.reader,
      counts: noPairs(),
      magnitudes: noMagnitudes(),
    };
  });
  await withWorkspace(a.reader.tensors, async (workspace) => {
    const jobs = matched.flatMap((pair) =>
      [...rangesOf(pair.layerA.count, PIECE)].map((range) => ({ ...pair, range })),
    );
    for await (const add of prefetch(jobs, readPair({ readerA: a.reader, workspace }))) add();
  });
  const layers = matched.map(({ a: { name }, match, counts, magnitudes }) => {
    const differs = match.by !== 'name' || match.axesB;
    const magnitudeCorrelation = correlationOf(magnitudes);
    return { ...comparisonOf(name, counts), magnitudeCorrelation, ...(differs && { match }) };
  });
  const total = comparisonOf(
    'total',
    sumOf(
      noPairs(),
      matched.map(({ counts }) => counts),
    ),
    layers,
  );
  const magnitudes = sumOf(
    noMagnitudes(),
    matched.map((pair) => pair.magnitudes),
  );
  return { layers, total: { ...total, magnitudeCorrelation: correlationOf(magnitudes) } };
}

interface Job {
  layerA: Layer;
  layerB: Layer;
  readerB: CheckpointReader;
  counts: PairCounts;
  magnitudes: Magnitudes;
  range: { from: number; to: number };
}

/** Returns a function that reads a piece of a layer from both files. Call its result before the next piece is used, which reuses the memory. */
function readPair({ readerA, workspace }: { readerA: CheckpointReader; workspace: Workspace | undefined }) {
  const next = workspace && slotsInTurn(workspace);
  return async ({ layerA, layerB, readerB, counts, magnitudes, range }: Job): Promise<() => void> => {
    const addByValue = (a: LayerPart, b: LayerPart) => {
      addPairs(counts, a, b);
      addMagnitudes(magnitudes, a, b);
    };
    if (!next || !isLayerVectorial(layerA) || !isLayerVectorial(layerB)) {
      const parts = await Promise.all([readLayer(readerA, layerA, range), readLayer(readerB, layerB, range)]);
      return () => {
        addByValue(...parts);
      };
    }
    const [slotA, slotB] = next();
    const pieces = await Promise.all([
      readInto({ workspace, slot: slotA }, readerA, { layer: layerA, ...range }),
      readInto({ workspace, slot: slotB }, readerB, { layer: layerB, ...range }),
    ]);
    const sides = [
      { slot: slotA, masked: layerA.mask !== undefined },
      { slot: slotB, masked: layerB.mask !== undefined },
    ] as const;
    return () => {
      const count = range.to - range.from;
      const parts = () => pieces.map((part) => part()) as [LayerPart, LayerPart];
      const met = workspace.meet(...sides, count);
      if (!met) {
        addByValue(...parts());
        return;
      }
      addMeetings(counts, met, count);
      const kept = met[KEPT_IN_BOTH]!; // the sums replace the counts
      const sums = workspace.moments(...sides, count);
      if (sums) addSums(magnitudes, kept, sums);
      else addMagnitudes(magnitudes, ...parts());
    };
  };
}

/** Returns the sums of equal entries, `zeros` if there is no table. */
function sumOf(zeros: Float64Array, tables: readonly Float64Array[]): Float64Array {
  return zeros.map((_, at) => tables.reduce((sum, table) => sum + table[at]!, 0));
}
