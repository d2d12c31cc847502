/** Reads masks from a separate file: open_lth's `mask.pth`, lists in module order, and dictionaries of NNI. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { quote } from '../json/strict';
import { isBuffer, isMainParameter, layerNameOf, maskNameOf } from './conventions';
import { otherThanBinary } from './layers';
import { broadcast, hasSameAxes } from './maskForms';
import { byPath, parameterPath } from './modulePath';
import { modelTensors, withTensors, type CheckpointReader, type ReadableTensor, type StoredTensor } from './reader';

type Pair = readonly [mask: StoredTensor, weight: StoredTensor];

/** Thrown if no tensor of a file is named as a mask, and their values show that they are not masks. */
export class NotMasksError extends UserError {}

/**
 * Adds the masks of another file to a checkpoint. They replace the checkpoint's own masks of the same weights. If tensors of the other file
 * are named as masks, only these are used. Otherwise all its tensors must be masks, with only the values 0 and 1. Masks belong to
 * parameters only, not to masks or running statistics. Throws UserError if no mask fits.
 */
export async function withMasksOf(reader: CheckpointReader, other: CheckpointReader): Promise<CheckpointReader> {
  const pairs = await pairsOf(reader, other);
  checkOnce(pairs, reader, other);
  const made: ReadableTensor[] = [];
  const warnings: string[] = [];
  for (const [mask, weight] of pairs) {
    const fill = broadcast(other, mask, weight);
    const masks = { weight: weight.name, rule: 'file' as const };
    if (fill)
      made.push({
        name: `${weight.name}_mask in ${path.basename(other.file)}`,
        dtype: mask.dtype,
        shape: weight.shape,
        masks,
        fill,
      });
    else
      warnings.push(
        `${other.file}: mask ${quote(mask.name)} has shape [${mask.shape.join(', ')}], but its weight has [${weight.shape.join(', ')}]. The mask is not used.`,
      );
  }
  if (made.length === 0)
    throw new UserError(
      `${other.file} has no masks that fit ${reader.file}. Masks need the names of their weights, or the order and shapes of all prunable layers.`,
    );
  const faults = { [Symbol.iterator]: () => faultsOf(reader, other) };
  const replaced = new Set(made.map(({ masks }) => masks!.weight));
  const notes = [...(reader.notes ?? []), ...replacedNote(reader, other, replaced)];
  const kept = reader.tensors.filter(({ masks }) => !masks || !replaced.has(masks.weight));
  return {
    ...withTensors({ ...reader, tensors: kept }, made),
    ...{ faults, notes },
    versions: versionsOf(reader, other),
    maskFile: other.file,
    warnings: [...(reader.warnings ?? []), ...warnings],
  };
}

function versionsOf({ versions }: CheckpointReader, { versions: others }: CheckpointReader) {
  return versions && others && (() => [...versions(), ...others()]);
}

/** Returns the faults that were noticed so far. Those of the mask file name the file. */
function* faultsOf(reader: CheckpointReader, other: CheckpointReader): Generator<string> {
  yield* reader.faults ?? [];
  for (const fault of other.faults ?? []) yield `${other.file}: ${fault}`;
}

/** Returns the names that open_lth (`mask.pth`) or imp-lrr-lts (`mask_X.pt` for `model_X.pt`) gives the mask file beside a model. */
export function maskNamesBeside(base: string): string[] {
  const names = [...(/^model/i.test(base) ? [base.replace(/^model/i, 'mask')] : []), 'mask.pth', 'mask.pt'];
  return names.filter((name) => name !== base);
}

/** Returns the mask file beside a model, if it exists. */
export async function maskFileBeside(file: string): Promise<string | undefined> {
  const { dir, base } = path.parse(file);
  for (const name of maskNamesBeside(base)) {
    const beside = path.join(dir, name);
    const found = await stat(beside).catch(() => undefined);
    if (found?.isFile()) return beside;
  }
  return undefined;
}

/** Says which masks of the checkpoint itself are not used. */
function replacedNote(reader: CheckpointReader, other: CheckpointReader, replaced: ReadonlySet<string>): string[] {
  const tensors = new Set(modelTensors(reader).map(({ name }) => name));
  const ownMaskOf = ({ name, masks }: StoredTensor) =>
    masks?.weight ?? maskNameOf(name)?.parameters.find((parameter) => tensors.has(parameter));
  const own = new Set(reader.tensors.filter(({ collection }) => collection === undefined).map(ownMaskOf));
  const layers = [...replaced].filter((weight) => own.has(weight)).map((weight) => layerNameOf(weight.replace(/_orig$/, ''))); // prettier-ignore
  if (layers.length === 0) return [];
  const names = layers.slice(0, 5).map(quote).join(', ');
  const more = layers.length > 5 ? ` and ${layers.length - 5} more` : '';
  return [
    `The file has masks of its own for ${names}${more}. They are not used, because the masks of ${other.file} replace them.`,
  ];
}

function checkOnce(pairs: readonly Pair[], reader: CheckpointReader, other: CheckpointReader): void {
  const first = new Map<StoredTensor, StoredTensor>();
  for (const [mask, weight] of pairs) {
    const earlier = first.get(weight);
    if (earlier)
      throw new UserError(
        `${other.file} has two masks for ${quote(weight.name)} of ${reader.file}: ${quote(earlier.name)} and ${quote(mask.name)}. Keep one of them.`,
      );
    first.set(weight, mask);
  }
}

async function pairsOf(reader: CheckpointReader, other: CheckpointReader): Promise<Pair[]> {
  const weights = modelTensors(reader).filter(({ name, role }) => !isBuffer(name) && role !== 'statistics');
  for (const masks of [modelTensors(other), other.tensors]) {
    const pairs = byNames(
      weights,
      masks.filter(({ name }) => maskNameOf(name)),
    );
    if (pairs.length > 0) return pairs;
  }
  const masks = other.tensors.filter(({ collection, shape }) => collection === undefined && shape.length > 0);
  const isList = masks.length > 0 && masks.every(({ name }) => /(^|\.)\d+$/.test(name));
  const pairs = isList ? inOrder(weights, masks) : byNames(weights, masks);
  if (pairs.length > 0) await checkBinary(other, masks);
  return pairs;
}

/** Throws NotMasksError if a tensor has other values than 0 and 1. Reads only the first values of large tensors. */
async function checkBinary(other: CheckpointReader, masks: readonly StoredTensor[]): Promise<void> {
  for (const mask of masks) {
    const value = await otherThanBinary(other, mask);
    if (value !== undefined)
      throw new NotMasksError(
        `${other.file} is not a file of masks: none of its tensors is named as a mask of this model, and ${quote(mask.name)} has the value ${value}, but masks have only 0 and 1. Name a file with masks.`,
      );
  }
}

/** Pairs masks with the weights that their names name: the weight itself, its layer, or the name of a mask. */
function byNames(parameters: readonly StoredTensor[], masks: readonly StoredTensor[]): Pair[] {
  const weights = byPath(parameters, ({ name }) => parameterPath(name));
  return masks.flatMap((mask): Pair[] => {
    const names = [mask.name, ...(maskNameOf(mask.name)?.parameters ?? []), `${mask.name}.weight`];
    const weight = names.map((name) => weights.get(parameterPath(name))).find((tensor) => tensor !== undefined);
    return weight ? [[mask, weight]] : [];
  });
}

/**
 * Pairs the masks of a list with the matrices of the model, in their order. A matrix may have no mask, if the shapes leave only one way to
 * assign the masks.
 */
function inOrder(parameters: readonly StoredTensor[], masks: readonly StoredTensor[]): Pair[] {
  const matrices = parameters.filter(({ name, shape }) => shape.length >= 2 && isMainParameter(name));
  const fits = (mask: number, matrix: number) => hasSameAxes(masks[mask]!.shape, matrices[matrix]!.shape);
  // ways[i][j]: number of ways to assign the masks from i on to the matrices from j on, at most 2
  const ways = Array.from({ length: masks.length + 1 }, () => new Array<number>(matrices.length + 1).fill(0));
  ways[masks.length]!.fill(1);
  for (let i = masks.length - 1; i >= 0; i--)
    for (let j = matrices.length - 1; j >= 0; j--)
      ways[i]![j] = Math.min(2, ways[i]![j + 1]! + (fits(i, j) ? ways[i + 1]![j + 1]! : 0));
  if (ways[0]![0] !== 1) return [];
  const pairs: Pair[] = [];
  for (let i = 0, j = 0; i < masks.length; j++) {
    if (!fits(i, j) || ways[i + 1]![j + 1] === 0) continue;
    pairs.push([masks[i]!, matrices[j]!]);
    i++;
  }
  return pairs;
}
