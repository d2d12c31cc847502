/** Finds the prunable layers of a checkpoint and their masks. */
import { UserError } from '../errors';
import { isFloat } from './dtypes';
import { quote } from '../json/strict';
import { didYouMean } from '../nearest';
import { sizeOf } from '../tensors';
import type { LayerHeader, LeftOut } from '../vocabulary/checkpoint';
import { LAYER_RULES, NO_WEIGHT_NAME } from '../vocabulary/layerRules';
import { isBuffer, isMainName, isMainParameter, layerNameOf, maskNameOf } from './conventions';
import { gridOf, isOutputsLast, layoutOf } from './layout';
import { byName, modelTensors, readValues, ruleOf, type CheckpointReader, type StoredTensor } from './reader';
import { isMatrix, objectionsOf, type Objection } from './rules';

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

/** The chosen layers, and the candidates that were left out. */
export interface Choice {
  layers: Layer[];
  leftOut: LeftOut[];
  /** Layers that do not count because nothing in them is pruned, and parameters that would be layers if they had a mask. */
  dense: Layer[];
  /** Sentences about masks that cannot be used. */
  warnings: string[];
}

/**
 * Decides which tensors are prunable layers. Matrices, and vectors with a mask, are candidates. The rules are in `rules.ts`. Weights that
 * are stored under several names count once.
 *
 * If a rule depends on zeros, the weights are read up to the first zero. A layer is left out with a warning if its mask has another shape
 * than the weight, or values other than 0 and 1. Throws UserError if a layer has two masks, or if the rule of the user chooses no layer.
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

/** Returns the layers whose mask has the shape of the weight. Reads only the header. */
export function maskedLayers(reader: CheckpointReader): Layer[] {
  return [...masksOf(reader).values()].flatMap(({ layer, problem }) => (problem === undefined ? layer : []));
}

interface Masked {
  layer: Layer;
  /** Reason why the mask cannot be used. */
  problem?: string;
}

/** Returns the masks by their weight, in the order of the weights. Prefers a mask from a separate mask file to a mask in this file. */
function masksOf(reader: CheckpointReader): Map<StoredTensor, Masked> {
  const model = modelTensors(reader);
  const tensors = byName(model);
  const found = new Map<StoredTensor, Masked>();
  for (const mask of [...reader.tensors.filter(({ masks }) => masks), ...model]) {
    const naming = mask.masks
      ? {
          parameters: [mask.masks.weight],
          maskRule: mask.masks.rule,
          layer: layerNameOf(mask.masks.weight.replace(/_orig$/, '')),
        }
      : maskNameOf(mask.name);
    const weight = naming?.parameters.map((name) => tensors.get(name)).find((tensor) => tensor !== undefined);
    if (!naming || !weight) continue; // without a weight it is an ordinary tensor, such as the mask of causal attention
    const layer = layerOf({ name: naming.layer, maskRule: naming.maskRule, weight, mask });
    const earlier = found.get(weight);
    if (earlier?.layer.mask?.masks) continue;
    if (earlier) throw new UserError(`${reader.file}: layer ${quote(layer.name)} has two masks. Keep one of them.`);
    found.set(weight, mask.shape.join() === weight.shape.join() ? { layer } : { layer, problem: misfit(mask, weight) });
  }
  return new Map(model.flatMap((tensor) => (found.has(tensor) ? [[tensor, found.get(tensor)!]] : [])));
}

function misfit(mask: StoredTensor, weight: StoredTensor): string {
  const shapes = `[${mask.shape.join(', ')}], but its weight has [${weight.shape.join(', ')}]`;
  return `mask ${quote(mask.name)} has shape ${shapes}`;
}

async function lookFor(reader: CheckpointReader): Promise<Choice> {
  const masked = masksOf(reader);
  const candidates: Layer[] = [];
  const unnamed: StoredTensor[] = [];
  const problems = new Map<Layer, string>();
  for (const weight of modelTensors(reader)) {
    const { layer, problem } = masked.get(weight) ?? {};
    const maskRule = weight.quantization === undefined ? 'zeros' : 'quantized';
    const candidate = layer ?? (isCandidate(weight) && layerOf({ name: layerNameOf(weight.name), weight, maskRule }));
    if (!candidate) {
      if (isOddlyNamed(weight)) unnamed.push(weight);
      continue;
    }
    candidates.push(candidate);
    const trouble = problem ?? (await softness(reader, candidate));
    if (trouble !== undefined) problems.set(candidate, trouble);
  }
  const usable = candidates.filter((layer) => !problems.has(layer));
  return decided(reader, candidates, { problems, unnamed, objection: objectionsOf(reader, usable) });
}

interface Judged {
  problems: ReadonlyMap<Layer, string>;
  /** Matrices whose names are not those of weights. */
  unnamed: readonly StoredTensor[];
  objection: Objection;
}

async function decided(
  reader: CheckpointReader,
  candidates: readonly Layer[],
  { problems, unnamed, objection }: Judged,
): Promise<Choice> {
  const warnings = [...problems].map(([{ name }, problem]) => leftOutWarning(name, problem));
  const choice: Choice = {
    layers: [],
    leftOut: [],
    dense: unmasked(reader, candidates),
    warnings: [...(reader.warnings ?? []), ...warnings],
  };
  for (const layer of candidates) {
    const { name, shape, count, weight } = layer;
    const tied = weight.tiedTo === undefined ? undefined : `the same weights as ${weight.tiedTo}`;
    const own = problems.get(layer) ?? tied;
    const reason = own ?? (await objection(layer));
    if (reason === undefined) choice.layers.push(layer);
    else choice.leftOut.push({ name, shape, count, reason });
    if (reason !== undefined && own === undefined && ruleOf(reader) === 'default') choice.dense.push(layer);
  }
  checkChosen(reader, choice);
  for (const { name, shape } of unnamed)
    choice.leftOut.push({ name, shape, count: sizeOf(shape), reason: NO_WEIGHT_NAME });
  return choice;
}

/** Returns the parameters that are no candidates, such as biases without a mask. */
function unmasked(reader: CheckpointReader, candidates: readonly Layer[]): Layer[] {
  const known = new Set(candidates.map(({ weight }) => weight));
  return modelTensors(reader).flatMap((weight) => {
    const { name, dtype, role, shape, tiedTo } = weight;
    const isParameter = isFloat(dtype) && role !== 'statistics' && shape.length > 0 && !isBuffer(name);
    if (known.has(weight) || tiedTo !== undefined || !isParameter) return [];
    return layerOf({ name: layerNameOf(name.replace(/_orig$/, '')), maskRule: 'none', weight });
  });
}

function leftOutWarning(layer: string, problem: string): string {
  return `layer ${quote(layer)} is left out: ${problem}.`;
}

/** Number of values of a float mask that are read to check that they are 0 or 1. Reading all of a large mask would be slow. */
const FEW = 2 ** 16;

/** Returns a value other than 0 and 1 among the first values of a tensor. Returns undefined if there is none, and for boolean tensors. */
export async function otherThanBinary(reader: CheckpointReader, tensor: StoredTensor): Promise<number | undefined> {
  if (tensor.dtype === 'bool') return undefined;
  const values = await readValues(reader, tensor, { to: Math.min(sizeOf(tensor.shape), FEW) });
  return values.find((value) => value !== 0 && value !== 1);
}

async function softness(reader: CheckpointReader, { mask }: Layer): Promise<string | undefined> {
  if (!mask || !isFloat(mask.dtype)) return undefined;
  const other = await otherThanBinary(reader, mask);
  return other === undefined ? undefined : notBinary(mask.name, other);
}

/** Describes a mask that has other values than 0 and 1. */
export function notBinary(mask: string, value: number): string {
  return `mask ${quote(mask)} is not binary (it has the value ${value})`;
}

/** Leaves a layer out of further choices, because its mask cannot be used. */
export async function leaveOut(reader: CheckpointReader, name: string, problem: string): Promise<void> {
  const { layers, leftOut, dense, warnings } = await chooseLayers(reader);
  const left = layers.flatMap((layer) =>
    layer.name === name ? [{ name, shape: layer.shape, count: layer.count, reason: problem }] : [],
  );
  const choice = {
    layers: layers.filter((layer) => layer.name !== name),
    leftOut: [...leftOut, ...left],
    dense: dense.filter((layer) => layer.name !== name),
    warnings: [...warnings, leftOutWarning(name, problem)],
  };
  found.set(reader, Promise.resolve(choice));
}

/** Whether a matrix without a mask may be a layer. */
function isCandidate(tensor: StoredTensor): boolean {
  const { name, role, layout } = tensor;
  if (!isMatrix(tensor)) return false;
  if (role !== undefined) return role !== 'statistics';
  return (layout !== undefined || isMainParameter(name)) && !isBuffer(name);
}

/** Whether a float matrix is no candidate because of its name, although it may be a parameter. */
function isOddlyNamed(tensor: StoredTensor): boolean {
  const { name, dtype, role, tiedTo } = tensor;
  return isMatrix(tensor) && isFloat(dtype) && role === undefined && tiedTo === undefined && !isBuffer(name);
}

function checkChosen(reader: CheckpointReader, { layers, leftOut }: Choice): void {
  const rule = ruleOf(reader);
  if (layers.length > 0 || rule === 'default') return;
  const names = leftOut.slice(0, 5).map(({ name }) => quote(name));
  const has = names.length === 0 ? 'It has no matrix with the name of a weight' : `It has ${names.join(', ')}`;
  const more = leftOut.length > names.length ? ` and ${leftOut.length - names.length} more` : '';
  throw new UserError(
    `${reader.file}: the rule ${quote(rule)} chooses no layer.${didYouMean(rule, LAYER_RULES)} ${has}${more}.`,
  );
}

function layerOf(layer: Pick<Layer, 'name' | 'weight' | 'mask' | 'maskRule'>): Layer {
  const { shape } = layer.weight;
  const layout = layoutOf(layer.weight);
  const outputsLast = isOutputsLast(layer.weight);
  return { ...layer, shape, count: sizeOf(shape), layout, outputsLast, ...gridOf(shape, layout) };
}
