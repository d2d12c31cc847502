/** Chooses one of several state dicts in a file, such as the weights and their average. */
import { UserError } from '../errors';
import { quote } from '../json/strict';
import { didYouMean } from '../nearest';
import { isMainParameter } from './conventions';
import type { CheckpointReader, StoredTensor } from './reader';

/** Top-level keys of optimizers and gradients. The tensors below them may have the names of weights. */
const TRAINING = /^opt|optim|sched|scaler|grad/i;

/**
 * Returns the names of the state dicts that have the weights of a network. The first one is shown. The list is empty if the file has only
 * the state dict that is shown.
 */
export function stateDictsIn(reader: CheckpointReader): string[] {
  const names = new Set(reader.state === undefined ? [] : [reader.state]);
  for (const { name, shape, collection } of reader.tensors)
    if (collection !== undefined && !TRAINING.test(collection) && shape.length >= 2 && isWeight(name))
      names.add(collection);
  if (reader.state === undefined && names.size === 0) return networksIn(reader);
  return names.size > 1 || reader.state === undefined ? [...names] : [];
}

/** torch.nn.utils.prune renames a weight to `weight_orig`. */
function isWeight(name: string): boolean {
  return isMainParameter(name.replace(/_orig$/, ''));
}

/**
 * Returns the top-level names of a file in which every tensor belongs to one of several networks, such as a generator and a discriminator.
 * Their names tell them from the modules of a single network.
 */
function networksIn(reader: CheckpointReader): string[] {
  const weights = new Map<string, Set<string>>();
  for (const { name, collection } of reader.tensors) {
    const [, root, rest] = /^([^./]+)[./](.+)$/s.exec(name) ?? [];
    if (collection !== undefined) continue;
    if (root === undefined || rest === undefined) return []; // a file of one network
    const own = weights.get(root) ?? new Set();
    weights.set(root, isWeight(rest) ? own.add(rest) : own);
  }
  const roots = [...weights.keys()];
  return roots.length > 1 && roots.every((root) => NETWORK.test(root) && weights.get(root)!.size > 0) ? roots : [];
}

/** Names of the networks in a file of several: of a GAN, of distillation, and of actor and critic. */
const NETWORK =
  /^(net_?)?([GD]|gen|generator|dis|disc|discriminator|student|teacher|actor|critic)(_?([ABXY]|\d+|ema|model|net|state_dict))?$/i;

/**
 * Returns a reader that shows the tensors below `state`, a path in the file, as the tensors of the model. If there is no tensor below it,
 * throws a UserError that names the state dicts of the file.
 */
export function withState(reader: CheckpointReader, state: string): CheckpointReader {
  if (state === reader.state) return reader;
  const chosen = new Map<string, string>(); // new names and stored names of the model
  for (const tensor of reader.tensors) {
    const path = pathOf(reader, tensor);
    if (isBelow(path, state)) chosen.set(path.slice(state.length + 1), tensor.name);
  }
  if (chosen.size === 0) throw noSuchState(reader, state);
  const storedNames = new Map(chosen);
  const tensors = reader.tensors.map(({ tiedTo: _, ...tensor }): StoredTensor => {
    const path = pathOf(reader, tensor);
    const { collection: __, ...plain } = tensor;
    if (isBelow(path, state)) return { ...plain, name: path.slice(state.length + 1) };
    const name = chosen.has(path) ? `./${path}` : path;
    storedNames.set(name, tensor.name);
    return { ...plain, name, collection: /^[^./]+/.exec(path)?.[0] ?? path };
  });
  const stored = (name: string) => storedNames.get(name) ?? name;
  return {
    ...reader,
    ...{ state, tensors },
    bytes: (name, from, to) => reader.bytes(stored(name), from, to),
    read: (name, from, into) => reader.read(stored(name), from, into),
  };
}

/** Returns the path of a tensor in the file. The names of the model are relative to its state dict. */
function pathOf({ state }: CheckpointReader, { name, collection }: StoredTensor): string {
  return collection === undefined && state !== undefined ? `${state}.${name}` : name;
}

function isBelow(path: string, state: string): boolean {
  return path.startsWith(state) && /^[./]./s.test(path.slice(state.length));
}

function noSuchState(reader: CheckpointReader, state: string): UserError {
  const names = stateDictsIn(reader);
  const has = names.length > 0 ? `It has ${names.map(quote).join(', ')}` : 'It has only one state dict';
  return new UserError(`${reader.file} has no state dict ${quote(state)}. ${has}.${didYouMean(state, names)}`);
}
