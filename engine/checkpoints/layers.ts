/** Finds the prunable layers of a checkpoint and their masks. */
import { UserError } from '../errors';
import { quote } from '../json/strict';
import { sizeOf } from '../tensors';
import type { LayerHeader, LeftOut } from '../vocabulary/checkpoint';
import { isBuffer, isMainName, isMainParameter, layerNameOf, maskNameOf } from './conventions';
import { byName, modelTensors, ruleOf, type CheckpointReader, type StoredTensor } from './reader';
import { isMatrix, objectionsOf } from './rules';

/** A prunable layer. Without a `mask`, exact zeros count as pruned (rule `zeros`). */
export interface Layer extends LayerHeader {
  weight: StoredTensor;
  mask?: StoredTensor;
  /** Whether the last axis is the outputs (HWIO, IO), as in Keras and Flax. Otherwise the first axis is the outputs (OIHW, OI). */
  outputsLast: boolean;
}

const found = new WeakMap<CheckpointReader, Promise<Choice>>();

/** Returns the prunable layers that the rule of the reader chooses (`chooseLayers`), in the order of their weights. */
export async function findLayers(reader: CheckpointReader): Promise<Layer[]> {
  return (await chooseLayers(reader)).layers;
}

/** Layers, and what the rule left out. */
export interface Choice {
  layers: Layer[];
  leftOut: LeftOut[];
}

/**
 * Decides which tensors are prunable layers. Matrices, and vectors with a mask, are candidates. The rules are in `rules.ts`. Weights that
 * are stored under several names count once.
 *
 * If zeros decide, the beginning of the matrix is read. Throws UserError if a mask and its weight differ in shape, or if the rule of the
 * user chooses no layer.
 */
export function chooseLayers(reader: CheckpointReader): Promise<Choice> {
  const choice = found.get(reader) ?? lookFor(reader);
  found.set(reader, choice);
  return choice;
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

async function lookFor(reader: CheckpointReader): Promise<Choice> {
  const masked = new Map(maskedLayers(reader).map((layer) => [layer.weight, layer]));
  const candidates = modelTensors(reader).flatMap((weight) => {
    if (masked.has(weight)) return masked.get(weight)!;
    const maskRule = weight.quantization === undefined ? 'zeros' : 'quantized';
    return isCandidate(weight) ? layerOf({ name: layerNameOf(weight.name), weight, maskRule }) : [];
  });
  const objection = objectionsOf(reader, candidates);
  const choice: Choice = { layers: [], leftOut: [] };
  for (const layer of candidates) {
    const { name, shape, count, weight } = layer;
    const tied = weight.tiedTo === undefined ? undefined : `the same weights as ${weight.tiedTo}`;
    const reason = tied ?? (await objection(layer));
    if (reason === undefined) choice.layers.push(layer);
    else choice.leftOut.push({ name, shape, count, reason });
  }
  checkChosen(reader, choice);
  return choice;
}

/** Whether a matrix without a mask may be a layer. */
function isCandidate(tensor: StoredTensor): boolean {
  if (!isMatrix(tensor)) return false;
  if (tensor.role !== undefined) return tensor.role !== 'statistics';
  return isMainParameter(tensor.name) && !isBuffer(tensor.name);
}

function checkChosen(reader: CheckpointReader, { layers, leftOut }: Choice): void {
  const rule = ruleOf(reader);
  if (layers.length > 0 || rule === 'default') return;
  const names = leftOut.slice(0, 5).map(({ name }) => quote(name));
  const has = names.length === 0 ? 'It has no matrix with the name of a weight' : `It has ${names.join(', ')}`;
  const more = leftOut.length > names.length ? ` and ${leftOut.length - names.length} more` : '';
  throw new UserError(`${reader.file}: the rule ${quote(rule)} chooses no layer. ${has}${more}.`);
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
