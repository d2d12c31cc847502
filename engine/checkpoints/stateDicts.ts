/** Chooses one of several state dicts in a file, such as the weights and their average. */
import { UserError } from '../errors';
import { quote } from '../json/strict';
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
    if (collection !== undefined && !TRAINING.test(collection) && shape.length >= 2 && isMainParameter(name))
      names.add(collection);
  return names.size > 1 || reader.state === undefined ? [...names] : [];
}

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
  const names = stateDictsIn(reader).map(quote);
  const has = names.length > 0 ? `It has ${names.join(', ')}` : 'It has only one state dict';
  return new UserError(`${reader.file} has no state dict ${quote(state)}. ${has}.`);
}
