/** Reads masks from a separate file: open_lth's `mask.pth`, lists in module order, and dictionaries of NNI. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { quote } from '../json/strict';
import { isMainParameter, maskNameOf } from './conventions';
import { broadcast, hasSameAxes } from './maskForms';
import { byPath, parameterPath } from './modulePath';
import { modelTensors, withTensors, type CheckpointReader, type ReadableTensor, type StoredTensor } from './reader';

type Pair = readonly [mask: StoredTensor, weight: StoredTensor];

/** Adds the masks of another file to a checkpoint. Throws UserError if no mask fits. */
export function withMasksOf(reader: CheckpointReader, other: CheckpointReader): CheckpointReader {
  const pairs = pairsOf(reader, other);
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
  return {
    ...withTensors(reader, made),
    faults,
    maskFile: other.file,
    warnings: [...(reader.warnings ?? []), ...warnings],
  };
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

function pairsOf(reader: CheckpointReader, other: CheckpointReader): Pair[] {
  const masks = other.tensors;
  if (masks.length > 0 && masks.every(({ name }) => /(^|\.)\d+$/.test(name))) return inOrder(reader, masks);
  const weights = byPath(modelTensors(reader), ({ name }) => parameterPath(name));
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
function inOrder(reader: CheckpointReader, masks: readonly StoredTensor[]): Pair[] {
  const matrices = modelTensors(reader).filter(({ name, shape }) => shape.length >= 2 && isMainParameter(name));
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
