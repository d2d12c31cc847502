/** Measures every tensor and layer of a checkpoint in one pass over the file. */
import type { CheckpointRef } from '../vocabulary/checkpoint';
import type { Inspection, LayerStatistics, TensorStatistics } from '../vocabulary/inspection';
import { isBuffer } from '../checkpoints/conventions';
import { isFloat } from '../checkpoints/dtypes';
import { chooseLayers, type Layer } from '../checkpoints/layers';
import { withoutSoftMasks } from '../checkpoints/masks';
import { withCheckpoint } from '../checkpoints/open';
import { OPTIMIZER } from '../checkpoints/state';
import { modelTensors, type CheckpointReader, type StoredTensor } from '../checkpoints/reader';
import { sizeOf } from '../tensors';
import { headsOf } from './heads';
import type { LayerFound } from './layerTally';
import { MagnitudeTally } from './magnitudeTally';
import { onlyMasksWarning } from './onlyMasks';
import { scan } from './scan';
import { shownOf } from './shown';
import { formsOf, storageOf } from './storage';
import { chanceOfPattern, structureOf } from './structure';

/** Inspects a checkpoint. Counts are exact, and sums use float64. Memory use does not depend on the size of the file. */
export async function inspect(checkpoint: CheckpointRef): Promise<Inspection> {
  return withCheckpoint(checkpoint, (reader) => withoutSoftMasks([reader], () => measure(reader, checkpoint)));
}

async function measure(reader: CheckpointReader, ref: CheckpointRef): Promise<Inspection> {
  const choice = await chooseLayers(reader);
  const { layers } = choice;
  const heads = await headsOf(reader, layers);
  const { tensors, layers: found, faults } = await scan(reader, ref, { layers, heads });
  const statistics = layers.map((layer) => layerStatistics(layer, found.get(layer.name)!, tensors));
  const storage = storageOf(reader, layers, statistics);
  const listed = reader.tensors.filter(({ masks }) => !masks).map((tensor) => tensors.get(tensor.name)!);
  const onlyMasks = layers.some(({ mask }) => mask) ? undefined : onlyMasksWarning(listed);
  const warnings = [...choice.warnings, ...(onlyMasks === undefined ? [] : [onlyMasks])];
  return {
    file: reader.file,
    format: reader.format,
    tensors: listed,
    ...(reader.uncounted?.length && { uncounted: [...reader.uncounted] }),
    layers: statistics,
    ...shownOf({ ...reader, faults }, { ...choice, warnings }),
    ...sparsityOf(statistics, parametersOf(reader, layers)),
    ...magnitudesOf([...found.values()]),
    ...(storage && { storage }),
  };
}

/** Returns the statistics of a layer. Without a mask, exact zeros count as pruned, and the rule is `none` if there are no zeros. */
function layerStatistics(layer: Layer, found: LayerFound, tensors: Map<string, TensorStatistics>): LayerStatistics {
  const { name, layout, count } = layer;
  const { zeros, positives, negatives, nans: allNaNs } = tensors.get(layer.weight.name)!;
  const unmasked = layer.maskRule === 'quantized' ? count : count - zeros;
  const without = { kept: unmasked, positive: positives, negative: negatives, nans: allNaNs };
  const { kept, positive, negative, nans } = found.signs ?? without;
  const maskRule = layer.maskRule === 'zeros' && kept === count ? 'none' : layer.maskRule;
  const { axes, parts } = found.structure ?? {};
  const structure = axes && parts && structureOf({ layout, isDense: kept === count, heads: found.heads }, axes, parts);
  const patternChance = structure && chanceOfPattern(structure.pattern, { count, kept });
  const { isMagnitudeMask } = found.magnitudes;
  return {
    ...{ name, maskRule, layout, count, kept, sparsity: share(count - kept, count), positive, negative },
    ...(nans > 0 && { nans }),
    ...(structure && { structure: { ...structure, ...(patternChance !== undefined && { patternChance }) } }),
    magnitudes: found.magnitudes.magnitudes(),
    ...(isMagnitudeMask !== undefined && { isMagnitudeMask }),
    storage: formsOf(layer, { kept, structure }),
  };
}

/** Joins the magnitudes of all layers. */
function magnitudesOf(layers: readonly LayerFound[]): Pick<Inspection, 'magnitudes' | 'magnitudeMask'> {
  if (layers.length === 0) return {};
  const all = new MagnitudeTally();
  for (const { magnitudes } of layers) all.addTally(magnitudes);
  const isMask = layers.map(({ magnitudes }) => magnitudes.isMagnitudeMask);
  const magnitudeMask = all.isMagnitudeMask === true ? 'global' : isMask.includes(false) ? 'none' : 'layers';
  return { magnitudes: all.magnitudes(), ...(all.isMagnitudeMask !== undefined && { magnitudeMask }) };
}

/** Returns the weights of layers, whatever their dtype, and every float tensor that is not a mask, a buffer or part of an optimizer. */
function parametersOf(reader: CheckpointReader, layers: Layer[]): StoredTensor[] {
  const weights = new Set(layers.map((layer) => layer.weight));
  const masks = new Set(layers.map((layer) => layer.mask));
  const isOther = ({ name, role, tiedTo }: StoredTensor) =>
    role === 'statistics' || isBuffer(name) || name.startsWith(OPTIMIZER) || tiedTo !== undefined;
  return modelTensors(reader).filter(
    (tensor) => weights.has(tensor) || (isFloat(tensor.dtype) && !isOther(tensor) && !masks.has(tensor)),
  );
}

/** Counts pruned weights, prunable weights and all parameters. Returns the counts, and the pruned share of both. */
function sparsityOf(layers: LayerStatistics[], parameters: StoredTensor[]): Pick<Inspection, 'sparsity' | 'weights'> {
  const prunable = total(layers.map((layer) => layer.count));
  const pruned = prunable - total(layers.map((layer) => layer.kept));
  const all = total(parameters.map(({ shape }) => sizeOf(shape)));
  const sparsity =
    layers.length === 0 ? { prunable: NaN, all: NaN } : { prunable: share(pruned, prunable), all: share(pruned, all) };
  return { sparsity, weights: { pruned, prunable, all } };
}

function total(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Returns the quotient, or 0 if `whole` is 0. */
function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
