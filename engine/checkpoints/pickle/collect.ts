/** Finds the tensors in the values of a pickle. The name of a tensor is the path to it, joined by dots. */
import { Dictionary, List, Made, type Value } from './values';

export interface Found<T> {
  name: string;
  /** First part of the name, if there is more than one. */
  root: string | undefined;
  tensor: T;
}

/** Greatest number of tensors in a file. Each is an object in memory. */
const MOST_TENSORS = 1e6;
/** Greatest number of characters in the names of all tensors together. */
const MOST_LETTERS = 2e7;
const LONGEST_NAME = 2 ** 18;

/**
 * Finds the tensors in dictionaries, lists and the fields of objects. Visits each container once, even if it contains itself or is
 * referenced several times. `tensorOf` returns undefined for a value that is not a tensor.
 */
export function collect<T>(value: Value, tensorOf: (value: Value) => T | undefined): Found<T>[] {
  const found = new Map<string, Found<T>>();
  const counts = new Map<string, number>();
  let letters = 0;
  const seen = new Set<Value>();
  const pending: { value: Value; path: Path | undefined }[] = [{ value, path: undefined }];
  for (let next; (next = pending.pop());) {
    const tensor = tensorOf(next.value);
    if (tensor !== undefined) {
      if (found.size >= MOST_TENSORS) throw new Error(`the file has more than ${MOST_TENSORS / 1e6} million tensors`);
      letters += next.path?.length ?? 0;
      if (letters > MOST_LETTERS) throw new Error('the names of the tensors are too long in total');
      const parts = partsOf(next.path);
      const name = unused(parts.join('.'), { found, counts });
      found.set(name, { name, root: parts.length > 1 ? parts[0] : undefined, tensor });
    } else if (isContainer(next.value) && !seen.has(next.value)) {
      seen.add(next.value);
      const path = next.path;
      const inner = childrenOf(next.value).map(([key, child]) => ({ value: child, path: under(path, key) }));
      for (const child of inner.reverse()) pending.push(child); // the first child is visited next
    }
  }
  return [...found.values()];
}

/** A path to a value. Paths share their beginnings, so deep nesting needs little memory. */
interface Path {
  before: Path | undefined;
  part: string;
  length: number;
}

function under(before: Path | undefined, part: string | undefined): Path | undefined {
  if (part === undefined) return before;
  const length = (before?.length ?? 0) + part.length + 1;
  if (length > LONGEST_NAME) throw new Error('the name of a tensor has more than 250,000 characters');
  return { before, part, length };
}

function partsOf(path: Path | undefined): string[] {
  const parts: string[] = [];
  for (let at = path; at; at = at.before) parts.push(at.part);
  return parts.reverse();
}

function isContainer(value: Value): value is List | Dictionary | Made {
  return value instanceof List || value instanceof Dictionary || value instanceof Made;
}

/** Returns the children of a value. Each comes with the part that it adds to the name; undefined if it adds none. */
function childrenOf(value: List | Dictionary | Made): [string | undefined, Value][] {
  if (value instanceof List) return value.items.map((item, index) => [String(index), item]);
  if (value instanceof Dictionary) return fieldsOf(value);
  const pairs = value.name === 'collections.OrderedDict' ? pairsOf(value.args[0]) : [];
  const own: [undefined, Value][] = [value.fields, value.items].map((inner) => [undefined, inner]);
  const state: [undefined, Value][] =
    value.state instanceof Dictionary && !isMapping(value) ? [[undefined, value.state]] : [];
  return [...pairs, ...own, ...state];
}

/**
 * Whether an object is a mapping. Its items are not in its state, so the state is ignored. The state of a state dict has the versions of
 * its modules.
 */
function isMapping({ name }: Made): boolean {
  return /^collections\.(OrderedDict|defaultdict|Counter)$/.test(name);
}

/** Returns the items that an `OrderedDict` was constructed with. */
function pairsOf(items: Value | undefined): [string, Value][] {
  if (!(items instanceof List)) return [];
  return items.items.flatMap((pair, index): [string, Value][] =>
    pair instanceof List && pair.items.length === 2 ? [[partOf(pair.items[0]!, index), pair.items[1]!]] : [],
  );
}

const TENSORS_OF_A_MODULE = ['_parameters', '_buffers', '_modules'];

/** Returns the entries of a dictionary. If it has the attributes of a PyTorch module, returns only the tensors and submodules. */
function fieldsOf(fields: Dictionary): [string | undefined, Value][] {
  const isModule = TENSORS_OF_A_MODULE.every((name) => fields.get(name) !== undefined);
  if (isModule) return TENSORS_OF_A_MODULE.map((name) => [undefined, fields.get(name)!]);
  return fields.entries.map(([key, item], index) => [partOf(key, index), item]);
}

function partOf(key: Value, index: number): string {
  if (typeof key === 'string') return key;
  return typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean' ? String(key) : `#${index}`;
}

/** Returns the name, with a number if another tensor already has this name. `counts` has the number of tensors that wanted each name. */
function unused(
  name: string,
  { found, counts }: { found: ReadonlyMap<string, unknown>; counts: Map<string, number> },
): string {
  let count = counts.get(name) ?? 0;
  let free: string;
  do free = ++count === 1 ? name : `${name} (${count})`;
  while (found.has(free));
  counts.set(name, count);
  return free;
}
