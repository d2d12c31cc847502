/** Measures every tensor and layer of a checkpoint in one pass over the file. */
import type { Sparsity } from '../vocabulary/checkpoint';
import type { Inspection, LayerStatistics, TensorStatistics } from '../vocabulary/inspection';
import { isBuffer } from '../checkpoints/conventions';
import { isFloat } from '../checkpoints/dtypes';
import { findLayers, type Layer } from '../checkpoints/layers';
import { withCheckpoint } from '../checkpoints/open';
import { OPTIMIZER } from '../checkpoints/state';
import { modelTensors, type CheckpointReader, type StoredTensor } from '../checkpoints/reader';
import { sizeOf } from '../tensors';
import { scan } from './scan';
import type { SignCount } from './states';

/** Inspects a checkpoint. Counts are exact, and sums use float64. Memory use does not depend on the size of the file. */
export async function inspect(file: string): Promise<Inspection> {
  return withCheckpoint(file, async (reader) => {
    const layers = await findLayers(reader);
    const { tensors, signs } = await scan(reader, layers);
    const statistics = layers.map((layer) => layerStatistics(layer, signs.get(layer.name), tensors));
    return {
      file,
      format: reader.format,
      tensors: reader.tensors.map((tensor) => tensors.get(tensor.name)!),
      ...(reader.uncounted?.length && { uncounted: [...reader.uncounted] }),
      layers: statistics,
      sparsity: sparsityOf(statistics, parametersOf(reader, layers)),
    };
  });
}

/** Returns the statistics of a layer. Without a mask, exact zeros count as pruned, and the rule is `none` if there are no zeros. */
function layerStatistics(
  layer: Layer,
  signs: SignCount | undefined,
  tensors: Map<string, TensorStatistics>,
): LayerStatistics {
  const { name, count } = layer;
  const { zeros, positives, negatives } = tensors.get(layer.weight.name)!;
  const unmasked = layer.maskRule === 'quantized' ? count : count - zeros;
  const { kept, positive, negative } = signs ?? { kept: unmasked, positive: positives, negative: negatives };
  const maskRule = layer.maskRule === 'zeros' && kept === count ? 'none' : layer.maskRule;
  return { name, maskRule, count, kept, sparsity: share(count - kept, count), positive, negative };
}

/** Returns the weights of layers, whatever their dtype, and every float tensor that is not a mask, a buffer or part of an optimizer. */
function parametersOf(reader: CheckpointReader, layers: Layer[]): StoredTensor[] {
  const weights = new Set(layers.map((layer) => layer.weight));
  const masks = new Set(layers.map((layer) => layer.mask));
  const isOther = ({ name, role }: StoredTensor) =>
    role === 'statistics' || isBuffer(name) || name.startsWith(OPTIMIZER);
  return modelTensors(reader).filter(
    (tensor) => weights.has(tensor) || (isFloat(tensor.dtype) && !isOther(tensor) && !masks.has(tensor)),
  );
}

/** Returns the share of pruned weights, among the prunable weights and among all parameters. */
function sparsityOf(layers: LayerStatistics[], parameters: StoredTensor[]): Sparsity {
  const count = total(layers.map((layer) => layer.count));
  const pruned = count - total(layers.map((layer) => layer.kept));
  return { prunable: share(pruned, count), all: share(pruned, total(parameters.map(({ shape }) => sizeOf(shape)))) };
}

function total(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Returns the quotient, or 0 if `whole` is 0. */
function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
