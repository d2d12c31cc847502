/** Fits tensors to an architecture. This is checked for files before a run is made, and for networks before training. */
import { modulePath, byPath, parameterPath } from '../checkpoints/modulePath';
import { UserError, type Advice } from '../errors';
import { layerNameOf, isReshaped, weightNameOf, type HostTensor, type Masks, type NetworkState } from '../tensors';
import { draw } from './initialize';
import type { Architecture, Entry } from './network';

/**
 * What is needed of an entry: its values, only its shape because its mask is used, or nothing. An optional entry is used if it is there.
 * A missing one is drawn.
 */
export type Need = 'values' | 'mask' | 'optional' | 'nothing';

export interface FitOptions {
  /** Returns what is needed of an entry. By default, buffers are optional and all other entries are needed. */
  needs?: (entry: Entry) => Need;
  /** What the tensors must fit, for messages (default `this run`), and what to do if they do not. */
  target?: { name: string; advice: Advice };
  /** Returns sentences that explain why an entry has another shape in the file, with a remedy, if it knows. */
  explain?: (entry: Entry, found: readonly number[]) => string | undefined;
}

const SET_MODEL = 'Set "model" to the architecture of the checkpoint.';
const RUN = { name: 'this run', advice: { terminal: SET_MODEL, window: SET_MODEL } };

const NEEDS = ({ role }: Entry): Need => (role === 'buffer' ? 'optional' : 'values');

/**
 * Throws UserError with `place` if tensors do not fit an architecture. The message names the first tensor that is missing or has a
 * wrong shape, or else an unknown parameter. Names may differ in wrappers (`renamed`), and shapes in axes of length 1. Tensors that are not
 * needed, and those of an optimizer, are ignored.
 */
export function checkFit(
  place: string,
  tensors: ReadonlyMap<string, { shape: readonly number[] }>,
  architecture: Architecture,
  { needs = NEEDS, explain, target = RUN }: FitOptions = {},
): void {
  const { name: model, entries } = architecture;
  const named = renamed(tensors, architecture);
  for (const entry of entries) {
    const { name, shape } = entry;
    const found = named.get(name);
    const need = needs(entry);
    if (need === 'nothing' || (found ? isReshaped(found.shape, shape) : need === 'optional')) continue;
    const remedy =
      entry.role === 'buffer' && !found
        ? 'Save the whole state_dict() of the model, which includes the buffers of its normalization layers.'
        : found && explain?.(entry, found.shape);
    const sentence = `${place} does not fit ${target.name}: tensor ${name} is ${found ? shapeText(found.shape) : 'missing'}, but must be ${shapeText(shape)} for ${model}.`;
    throw remedy === undefined
      ? new UserError(sentence, { advice: target.advice })
      : new UserError(`${sentence} ${remedy}`);
  }
  const known = new Set(entries.map(({ name }) => name));
  const extra = [...named.keys()].find((name) => PARAMETER.test(name) && !known.has(name));
  if (extra !== undefined)
    throw new UserError(`${place} does not fit ${target.name}: it has ${extra}, but ${model} has no such parameter.`, {
      advice: target.advice,
    });
}

const PARAMETER = /^(?!optimizer\/).+\.(weight|bias)$/s;

/**
 * Returns the tensors under the names of an architecture. A tensor belongs to an entry if their names are equal, or else if only this tensor
 * has the name without wrappers (`module.`, `_orig_mod.`, …). All other tensors keep their names.
 */
export function renamed<T>(
  tensors: ReadonlyMap<string, T>,
  { entries }: Pick<Architecture, 'entries'>,
): Map<string, T> {
  const names = namesIn([...tensors.keys()], entries);
  return new Map(Array.from(tensors, ([name, tensor]) => [names.get(name) ?? name, tensor]));
}

/** Returns the names that wrappers added to the names of an architecture, such as `_orig_mod.`, each once. */
export function wrappersOf(names: Iterable<string>, { entries }: Pick<Architecture, 'entries'>): string[] {
  const left = [...namesIn([...names], entries).keys()].map((name) => modulePath(name).left);
  return [...new Set(left)].filter((wrapper) => wrapper !== '');
}

/** Returns a map from names in a file to names of entries, for names that differ. */
function namesIn(names: readonly string[], entries: readonly Entry[]): Map<string, string> {
  const given = new Set(names);
  const known = new Set(entries.map(({ name }) => name));
  const others = byPath(
    names.filter((name) => !known.has(name)),
    parameterPath,
  );
  return new Map(
    entries.flatMap(({ name }): [string, string][] => {
      const other = given.has(name) ? undefined : others.get(parameterPath(name));
      return other === undefined ? [] : [[other, name]];
    }),
  );
}

/**
 * Returns a network that passed `checkFit`, with exactly the entries of the architecture that are needed: their names, order and shapes.
 * Missing buffers are those of a new network. Throws UserError with `place` if a parameter has another dtype.
 */
export function fitted(
  place: string,
  { tensors, masks }: NetworkState,
  { architecture, needs = NEEDS }: { architecture: Architecture } & FitOptions,
): NetworkState {
  const named = renamed(tensors, architecture);
  const masksByWeight = renamed(
    new Map(Array.from(masks, ([layer, mask]) => [weightNameOf(layer), mask])),
    architecture,
  );
  const needed = architecture.entries.filter((entry) => needs(entry) !== 'nothing');
  return {
    tensors: new Map(needed.map((entry) => [entry.name, asEntry(place, named.get(entry.name), entry)])),
    masks: new Map(Array.from(masksByWeight, ([name, mask]) => [layerNameOf(name), mask])) satisfies Masks,
  };
}

function asEntry(place: string, tensor: HostTensor | undefined, entry: Entry): HostTensor {
  if (tensor?.dtype === entry.dtype) return { ...tensor, shape: entry.shape };
  if (entry.role === 'buffer') return draw(entry, 0); // values of buffers do not depend on the seed
  throw new UserError(
    `${place} does not fit this run: tensor ${entry.name} ${tensor ? `has dtype ${tensor.dtype}` : 'is missing'}, but must have dtype ${entry.dtype}. Save the checkpoint again with parameters of this dtype.`,
  );
}

/** Returns a shape as text, such as `16 × 3 × 3 × 3`. */
export function shapeText(shape: readonly number[]): string {
  return shape.join(' × ') || 'a scalar';
}

/**
 * Throws UserError if a network has values that are not finite. Such a network has diverged or is corrupt, and one such value makes
 * the loss NaN. Entries whose values are not needed are not checked.
 */
export function checkFinite(
  checkpoint: string,
  { tensors }: NetworkState,
  { architecture, needs = NEEDS }: { architecture: Architecture } & FitOptions,
): void {
  for (const entry of architecture.entries) {
    const { name } = entry;
    const { dtype, data } = tensors.get(name) ?? {};
    if (dtype !== 'F32' || !data || needs(entry) === 'mask') continue;
    for (const value of data) if (!Number.isFinite(value)) throw notFinite(checkpoint, name);
  }
}

export function notFinite(checkpoint: string, tensor: string): UserError {
  return new UserError(
    `${checkpoint} has NaN or infinite values in ${tensor}, so it cannot be trained or interpolated. Choose another checkpoint.`,
  );
}
