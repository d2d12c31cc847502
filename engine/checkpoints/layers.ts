/** Finds the prunable layers of a checkpoint and their masks. */
import { UserError } from '../errors';
import { sizeOf } from '../tensors';
import type { LayerHeader, MaskRule } from '../vocabulary/checkpoint';
import { quote } from '../json/strict';
import { byName, modelTensors, type CheckpointReader, type StoredTensor } from './reader';

/** A prunable layer. Without a `mask`, exact zeros count as pruned (rule `zeros`). */
export interface Layer extends LayerHeader {
  weight: StoredTensor;
  mask?: StoredTensor;
}

/** Suffixes of masks and weights that different tools write, the most common first. */
const CONVENTIONS: { maskRule: MaskRule; mask: string; weight: string }[] = [
  { maskRule: 'mask', mask: 'mask', weight: 'weight' }, // Winning Sign and TurboPrune
  { maskRule: 'fixed_m', mask: 'fixed_m', weight: 'weight' }, // official AWS code
  { maskRule: 'weight_mask', mask: 'weight_mask', weight: 'weight_orig' }, // torch.nn.utils.prune
];

/**
 * Returns the layers with a mask, in the file's order. If the file has no mask, every `X.weight` of two or more dimensions is a layer
 * whose exact zeros count as pruned; biases and ψ have one dimension and are never layers.
 */
export function findLayers(reader: CheckpointReader): Layer[] {
  const model = modelTensors(reader);
  const tensors = byName(model);
  const masked = model.flatMap((mask) => {
    const found = parseMaskName(mask.name);
    return found ? [maskedLayer(reader, { mask, ...found, weight: tensors.get(found.weight) })] : [];
  });
  if (masked.length > 0) return inOrderOfWeights(reader, masked);
  return model.flatMap((weight) => {
    const name = /^(.+)\.weight$/s.exec(weight.name)?.[1];
    return name && weight.shape.length >= 2 ? [layerOf({ name, weight, maskRule: 'zeros' })] : [];
  });
}

/** Returns the named layer. Throws UserError, naming the file, if there is none. */
export function findLayer(reader: CheckpointReader, name: string): Layer {
  const layer = findLayers(reader).find((layer) => layer.name === name);
  if (!layer) throw new UserError(`${reader.file} has no prunable layer ${quote(name)}.`);
  return layer;
}

function parseMaskName(name: string): { layer: string; maskRule: MaskRule; weight: string } | undefined {
  const [, layer, leaf] = /^(.+)\.([^.]+)$/s.exec(name) ?? [];
  const convention = CONVENTIONS.find(({ mask }) => mask === leaf);
  return layer && convention
    ? { layer, maskRule: convention.maskRule, weight: `${layer}.${convention.weight}` }
    : undefined;
}

function maskedLayer(
  reader: CheckpointReader,
  found: { layer: string; maskRule: MaskRule; mask: StoredTensor; weight: StoredTensor | undefined },
): Layer {
  const { layer: name, maskRule, mask, weight } = found;
  const said = `${reader.file}: mask ${quote(mask.name)}`;
  if (!weight) {
    const expected = CONVENTIONS.find((convention) => convention.maskRule === maskRule)!.weight;
    throw new UserError(`${said} has no weight ${quote(`${name}.${expected}`)} beside it.`);
  }
  if (mask.shape.join() !== weight.shape.join()) {
    const shapes = `[${mask.shape.join(', ')}], its weight [${weight.shape.join(', ')}]`;
    throw new UserError(`${said} has shape ${shapes}. Masks must have the shape of their weight.`);
  }
  return layerOf({ name, weight, mask, maskRule });
}

function layerOf(layer: Pick<Layer, 'name' | 'weight' | 'mask' | 'maskRule'>): Layer {
  const { shape } = layer.weight;
  const [rows = 1, ...rest] = shape;
  const columns = rest.length > 0 ? `in ${rest.join('·')}` : '1';
  return { ...layer, shape, count: sizeOf(shape), rows, columns: sizeOf(rest), axes: `out ${rows} × ${columns}` };
}

/** Sorts layers by the order of their weights, because masks may be stored anywhere in the file. */
function inOrderOfWeights(reader: CheckpointReader, layers: Layer[]): Layer[] {
  const byWeight = new Map(layers.map((layer) => [layer.weight.name, layer]));
  if (byWeight.size < layers.length) {
    const twice = layers.find((layer) => byWeight.get(layer.weight.name) !== layer)!;
    throw new UserError(`${reader.file}: layer ${quote(twice.name)} has two masks. Remove one of them.`);
  }
  return reader.tensors.flatMap((tensor) => byWeight.get(tensor.name) ?? []);
}
