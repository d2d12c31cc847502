/** Finds the prunable layers of a checkpoint and their masks. */
import { UserError } from '../errors';
import { quote } from '../json/strict';
import { sizeOf } from '../tensors';
import type { LayerHeader } from '../vocabulary/checkpoint';
import { isBuffer, isMainName, isMainParameter, layerNameOf, maskNameOf } from './conventions';
import { ownMetadata } from './metadata';
import { byName, modelTensors, readValues, type CheckpointReader, type StoredTensor } from './reader';

/** A prunable layer. Without a `mask`, exact zeros count as pruned (rule `zeros`). */
export interface Layer extends LayerHeader {
  weight: StoredTensor;
  mask?: StoredTensor;
  /** Whether the last axis is the outputs (HWIO, IO), as in Keras and Flax. Otherwise the first axis is the outputs (OIHW, OI). */
  outputsLast: boolean;
}

const found = new WeakMap<CheckpointReader, Promise<Layer[]>>();

/**
 * Returns the prunable layers, in the order of their weights.
 * - A matrix or kernel with a mask is a layer, whatever its name. A vector with a mask is a layer if the mask prunes something.
 * - A matrix or kernel without a mask is a layer if it has the name of a weight. Its exact zeros count as pruned. If it has no zeros, it is
 *   left out in two cases: other layers have masks, or it is the classifier. The classifier has a typical name or is the last matrix.
 * - If a checkpoint of Winning Sign has masks, only the layers with a mask are prunable.
 *
 * If zeros decide, the beginning of the matrix is read. Throws UserError if a mask and its weight differ in shape.
 */
export function findLayers(reader: CheckpointReader): Promise<Layer[]> {
  const layers = found.get(reader) ?? lookFor(reader);
  found.set(reader, layers);
  return layers;
}

/** Returns the named layer. Throws UserError, naming the file, if there is none. */
export async function findLayer(reader: CheckpointReader, name: string): Promise<Layer> {
  const layer = (await findLayers(reader)).find((candidate) => candidate.name === name);
  if (!layer)
    throw new UserError(`${reader.file} has no prunable layer ${quote(name)}. Inspect the file to see its layers.`);
  return layer;
}

/** Returns the name that our networks use for the weight of a layer X: `X.weight` if X is named after its weight, otherwise X itself. */
export function parameterOf({ name, weight }: Layer): string {
  return isMainName(weight.name) ? `${name}.weight` : name;
}

/** Returns the layers that have a mask. Reads only the header. */
export function maskedLayers(reader: CheckpointReader): Layer[] {
  const model = modelTensors(reader);
  const tensors = byName(model);
  const layers = new Map<StoredTensor, Layer>();
  for (const mask of model) {
    const naming = maskNameOf(mask.name);
    const weight = naming?.parameters.map((name) => tensors.get(name)).find((tensor) => tensor !== undefined);
    if (!naming || !weight) continue; // without a weight it is an ordinary tensor, such as the mask of causal attention
    const layer = layerOf({ name: naming.layer, maskRule: naming.maskRule, weight, mask });
    if (layers.has(weight))
      throw new UserError(`${reader.file}: layer ${quote(layer.name)} has two masks. Keep one of them.`);
    if (mask.shape.join() !== weight.shape.join()) {
      const shapes = `[${mask.shape.join(', ')}], but its weight has [${weight.shape.join(', ')}]`;
      throw new UserError(`${reader.file}: mask ${quote(mask.name)} has shape ${shapes}. Both shapes must be equal.`);
    }
    layers.set(weight, layer);
  }
  return model.flatMap((tensor) => layers.get(tensor) ?? []);
}

async function lookFor(reader: CheckpointReader): Promise<Layer[]> {
  const layers = new Map<StoredTensor, Layer>();
  for (const layer of maskedLayers(reader))
    if (isMatrix(layer) || (await hasZero(reader, layer.mask!))) layers.set(layer.weight, layer);
  for (const weight of await unmaskedMatrices(reader, layers))
    layers.set(
      weight,
      layerOf({
        name: layerNameOf(weight.name),
        weight,
        maskRule: weight.quantization === undefined ? 'zeros' : 'quantized',
      }),
    );
  return modelTensors(reader).flatMap((tensor) => layers.get(tensor) ?? []);
}

/** Returns the matrices that are layers although they have no mask. */
async function unmaskedMatrices(
  reader: CheckpointReader,
  masked: ReadonlyMap<StoredTensor, Layer>,
): Promise<StoredTensor[]> {
  const matrices = modelTensors(reader).filter((tensor) => isPrunedMatrix(tensor) && !masked.has(tensor));
  const isOurs = Object.keys(ownMetadata(reader.metadata)).length > 0;
  if (masked.size > 0 && isOurs) return [];
  const kept: StoredTensor[] = [];
  const classifier = classifierOf(matrices);
  for (const matrix of matrices) {
    const mayBeDense = masked.size === 0 && (matrix !== classifier || matrices.length === 1);
    if (mayBeDense || (await hasZero(reader, matrix))) kept.push(matrix);
  }
  return kept;
}

/** Typical names of classifiers. A name is better evidence than the last position, because some tools sort tensors by name. */
const CLASSIFIER =
  /(^|[./])(fc|linear|classifier(\.\d+)?|heads?(\.head)?|lm_head|logits|output)[./](weight|kernel(:0)?)$/;

function classifierOf(matrices: readonly StoredTensor[]): StoredTensor | undefined {
  const flat = matrices.filter(({ shape }) => shape.length === 2);
  return (
    flat.findLast(({ name }) => CLASSIFIER.test(name)) ?? (matrices.at(-1) === flat.at(-1) ? flat.at(-1) : undefined)
  );
}

/** Number of elements of a matrix that are searched for zeros. A matrix whose first zero comes later counts as dense. */
const LOOKED_AT = 2 ** 22;

async function hasZero(reader: CheckpointReader, tensor: StoredTensor): Promise<boolean> {
  return (await readValues(reader, tensor, { to: Math.min(sizeOf(tensor.shape), LOOKED_AT) })).includes(0);
}

function isMatrix({ shape }: { shape: readonly number[] }): boolean {
  return shape.length >= 2;
}

function isPrunedMatrix(tensor: StoredTensor): boolean {
  if (!isMatrix(tensor)) return false;
  if (tensor.role !== undefined) return tensor.role !== 'statistics';
  return isMainParameter(tensor.name) && !isBuffer(tensor.name);
}

/** Matches the kernels of Keras and Flax, whose last axis is the outputs. */
const OUTPUTS_LAST = /(^|\/)kernel(:0)?$/;

function layerOf(layer: Pick<Layer, 'name' | 'weight' | 'mask' | 'maskRule'>): Layer {
  const { shape, name, role } = layer.weight;
  const outputsLast = role ? role === 'weight with outputs last' : OUTPUTS_LAST.test(name);
  const described = { ...layer, shape, count: sizeOf(shape), outputsLast };
  if (outputsLast) {
    const inputs = shape.slice(0, -1);
    const columns = shape.at(-1)!;
    return { ...described, rows: sizeOf(inputs), columns, axes: `in ${inputs.join('·')} × out ${columns}` };
  }
  const [rows = 1, ...rest] = shape;
  const columns = rest.length > 0 ? `in ${rest.join('·')}` : '1';
  return { ...described, rows, columns: sizeOf(rest), axes: `out ${rows} × ${columns}` };
}
