/** Which tensors of a checkpoint are prunable layers, and where their masks are. */
import { UserError } from '../errors';
import { sizeOf } from '../tensors';
import type { LayerHeader, MaskRule } from '../vocabulary/checkpoint';
import { quote } from './json';
import { byName, type CheckpointReader, type StoredTensor } from './reader';

/** A prunable layer; `mask` is absent where exact zeros are taken as pruned (rule `zeros`). */
export interface Layer extends LayerHeader {
  weight: StoredTensor;
  mask?: StoredTensor;
}

/** Names of a layer's mask and weight, as different tools write them, the usual one first. */
const CONVENTIONS: { maskRule: MaskRule; mask: string; weight: string }[] = [
  { maskRule: 'mask', mask: 'mask', weight: 'weight' }, // our own; TurboPrune
  { maskRule: 'fixed_m', mask: 'fixed_m', weight: 'weight' }, // official AWS code
  { maskRule: 'weight_mask', mask: 'weight_mask', weight: 'weight_orig' }, // torch.nn.utils.prune
];

/**
 * The layers with a mask, in the file's order. Without any mask, every `X.weight` of two or more dimensions is a layer whose
 * exact zeros count as pruned; biases and ψ, which have one dimension, never are.
 */
export function findLayers(reader: CheckpointReader): Layer[] {
  const tensors = byName(reader.tensors);
  const masked = reader.tensors.flatMap((mask) => {
    const found = parseMaskName(mask.name);
    return found ? [maskedLayer(reader, { mask, ...found, weight: tensors.get(found.weight) })] : [];
  });
  if (masked.length > 0) return inOrderOfWeights(reader, masked);
  return reader.tensors.flatMap((weight) => {
    const name = /^(.+)\.weight$/s.exec(weight.name)?.[1];
    return name && weight.shape.length >= 2 ? [layerOf({ name, weight, maskRule: 'zeros' })] : [];
  });
}

/** The named layer, or a `UserError` that names the file. */
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
    throw new UserError(`${said} has shape ${shapes}; they must be equal.`);
  }
  return layerOf({ name, weight, mask, maskRule });
}

function layerOf(layer: Pick<Layer, 'name' | 'weight' | 'mask' | 'maskRule'>): Layer {
  const { shape } = layer.weight;
  const [rows = 1, ...rest] = shape;
  const columns = rest.length > 0 ? `in ${rest.join('·')}` : '1';
  return { ...layer, shape, count: sizeOf(shape), rows, columns: sizeOf(rest), axes: `out ${rows} × ${columns}` };
}

/** Masks may stand apart from their weights (sorted by name, or after them all); people know the order of the weights. */
function inOrderOfWeights(reader: CheckpointReader, layers: Layer[]): Layer[] {
  const byWeight = new Map(layers.map((layer) => [layer.weight.name, layer]));
  if (byWeight.size < layers.length) {
    const twice = layers.find((layer) => byWeight.get(layer.weight.name) !== layer)!;
    throw new UserError(`${reader.file}: layer ${quote(twice.name)} has two masks; keep one.`);
  }
  return reader.tensors.flatMap((tensor) => byWeight.get(tensor.name) ?? []);
}
