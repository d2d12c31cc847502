/** Statistics of every tensor and layer of a checkpoint, in one pass over the file. */
import type { Inspection, LayerStatistics, Sparsity, TensorStatistics } from '../protocol';
import { decode, isFloat } from '../checkpoints/dtypes';
import { findLayers, type Layer } from '../checkpoints/layers';
import { binaryMask } from '../checkpoints/masks';
import { withCheckpoint } from '../checkpoints/open';
import type { CheckpointReader, StoredTensor } from '../checkpoints/reader';
import { sizeOf } from '../tensors';
import { prefetch, rangesOf } from './chunks';
import { countSigns, type SignCount } from './states';
import { startTally, type Tally } from './statistics';

/** Buffers of batch norm, which are no parameters. */
const BUFFER = /(^|\.)(running_mean|running_var|num_batches_tracked)$/;

/** A range of a tensor, with the layer it is the weight of when that has a mask to read along. */
interface Part {
  tensor: StoredTensor;
  layer?: Layer & { mask: StoredTensor };
  from: number;
  to: number;
}

/** Counts exactly, sums in float64; takes little memory whatever the size of the file. */
export async function inspect(file: string): Promise<Inspection> {
  return withCheckpoint(file, async (reader) => {
    const layers = findLayers(reader);
    const { tensors, signs } = await scan(reader, layers);
    const statistics = layers.map((layer) => layerStatistics(layer, signs.get(layer.name), tensors));
    return {
      file,
      format: reader.format,
      tensors: reader.tensors.map((tensor) => tensors.get(tensor.name)!),
      layers: statistics,
      sparsity: sparsityOf(statistics, parametersOf(reader, layers)),
    };
  });
}

async function scan(reader: CheckpointReader, layers: Layer[]) {
  const tensors = new Map<string, TensorStatistics>();
  const signs = new Map<string, SignCount>();
  const tallies = new Map<string, Tally>(); // of tensors begun and not ended: those of narrow formats are large
  const tallyOf = (tensor: StoredTensor) => {
    const tally = tallies.get(tensor.name) ?? startTally(tensor);
    tallies.set(tensor.name, tally);
    return tally;
  };
  for await (const { tensor, layer, to, bytes, maskBytes } of prefetch(partsOf(reader, layers), readPart(reader))) {
    tallyOf(tensor).add(bytes);
    if (layer && maskBytes) {
      const mask = binaryMask(reader.file, layer, maskBytes);
      const counted = countSigns({ weights: decode(tensor.dtype, bytes), mask });
      signs.set(layer.name, sumOf(signs.get(layer.name), counted));
      const tally = tallyOf(layer.mask);
      if (tally.addBinary) tally.addBinary(mask.length - counted.kept, counted.kept);
      else tally.add(maskBytes);
    }
    if (to < sizeOf(tensor.shape)) continue;
    for (const [name, tally] of tallies) tensors.set(name, tally.statistics());
    tallies.clear();
  }
  return { tensors, signs };
}

function readPart(reader: CheckpointReader) {
  return async (part: Part) => {
    const { tensor, layer, from, to } = part;
    const [bytes, maskBytes] = await Promise.all([
      reader.bytes(tensor.name, from, to),
      layer && reader.bytes(layer.mask.name, from, to),
    ]);
    return { ...part, bytes, maskBytes };
  };
}

/** Masks come along with their weights. */
function* partsOf(reader: CheckpointReader, layers: Layer[]): Iterable<Part> {
  const byWeight = new Map(layers.map((layer) => [layer.weight.name, layer]));
  const masks = new Set(layers.map((layer) => layer.mask?.name));
  for (const tensor of reader.tensors) {
    if (masks.has(tensor.name)) continue;
    const layer = byWeight.get(tensor.name);
    const masked = layer?.mask && { ...layer, mask: layer.mask };
    for (const range of rangesOf(sizeOf(tensor.shape))) yield { tensor, layer: masked, ...range };
  }
}

function sumOf(a: SignCount | undefined, b: SignCount): SignCount {
  if (!a) return b;
  return { kept: a.kept + b.kept, positive: a.positive + b.positive, negative: a.negative + b.negative };
}

/** Without a mask the counts are those of the weight; the rule is `none` when not a single weight is zero. */
function layerStatistics(
  layer: Layer,
  signs: SignCount | undefined,
  tensors: Map<string, TensorStatistics>,
): LayerStatistics {
  const { name, count } = layer;
  const { zeros, positives, negatives } = tensors.get(layer.weight.name)!;
  const { kept, positive, negative } = signs ?? { kept: count - zeros, positive: positives, negative: negatives };
  const maskRule = layer.maskRule === 'zeros' && kept === count ? 'none' : layer.maskRule;
  return { name, maskRule, count, kept, sparsity: share(count - kept, count), positive, negative };
}

/** Weights of layers, whatever their dtype, and every float tensor but masks and buffers. */
function parametersOf(reader: CheckpointReader, layers: Layer[]): StoredTensor[] {
  const weights = new Set(layers.map((layer) => layer.weight));
  const masks = new Set(layers.map((layer) => layer.mask));
  return reader.tensors.filter(
    (tensor) => weights.has(tensor) || (isFloat(tensor.dtype) && !BUFFER.test(tensor.name) && !masks.has(tensor)),
  );
}

/** Pruned weights, of the prunable ones and of all parameters. */
function sparsityOf(layers: LayerStatistics[], parameters: StoredTensor[]): Sparsity {
  const count = total(layers.map((layer) => layer.count));
  const pruned = count - total(layers.map((layer) => layer.kept));
  return { prunable: share(pruned, count), all: share(pruned, total(parameters.map(({ shape }) => sizeOf(shape)))) };
}

function total(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** 0 of nothing. */
function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
