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
/** Letters of all names together. */
const MOST_LETTERS = 2e7;
const LONGEST_NAME = 2 ** 18;

/**
 * Visits dictionaries, lists and the fields of objects, each once. So a value that contains itself is no problem, and a value with several
 * references is listed at the first one. `tensorOf` distinguishes tensors from their containers.
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
      if (found.size >= MOST_TENSORS) throw new Error(`it has more than ${MOST_TENSORS / 1e6} million tensors`);
      letters += next.path?.length ?? 0;
      if (letters > MOST_LETTERS) throw new Error('the names of its tensors are too long');
      const parts = partsOf(next.path);
      const name = unused(parts.join('.'), { found, counts });
      found.set(name, { name, root: parts.length > 1 ? parts[0] : undefined, tensor });
    } else if (isContainer(next.value) && !seen.has(next.value)) {
      seen.add(next.value);
      const path = next.path;
      const inner = childrenOf(next.value).map(([key, child]) => ({ value: child, path: under(path, key) }));
      for (const child of inner.reverse()) pending.push(child); // the first is taken next
    }
  }
  return [...found.values()];
}

/** A path. Paths share their beginnings, so that deep nesting needs little memory. */
interface Path {
  before: Path | undefined;
  part: string;
  length: number;
}

function under(before: Path | undefined, part: string | undefined): Path | undefined {
  if (part === undefined) return before;
  const length = (before?.length ?? 0) + part.length + 1;
  if (length > LONGEST_NAME) throw new Error('it has a name of more than 250,000 characters');
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

/** Returns the children of a value, each with its part of the name. */
function childrenOf(value: List | Dictionary | Made): [string | undefined, Value][] {
  if (value instanceof List) return value.items.map((item, index) => [String(index), item]);
  if (value instanceof Dictionary) return fieldsOf(value);
  const pairs = value.name === 'collections.OrderedDict' ? pairsOf(value.args[0]) : [];
  const own: [undefined, Value][] = [value.fields, value.items].map((inner) => [undefined, inner]);
  const state: [undefined, Value][] =
    value.state instanceof Dictionary && !isMapping(value) ? [[undefined, value.state]] : [];
  return [...pairs, ...own, ...state];
}

/** Classes whose state is ignored, because it does not contain their items. For a state dict it contains the versions of its modules. */
function isMapping({ name }: Made): boolean {
  return /^collections\.(OrderedDict|defaultdict|Counter)$/.test(name);
}

/** Returns the items of an `OrderedDict` that has them as an argument. */
function pairsOf(items: Value | undefined): [string, Value][] {
  if (!(items instanceof List)) return [];
  return items.items.flatMap((pair, index): [string, Value][] =>
    pair instanceof List && pair.items.length === 2 ? [[partOf(pair.items[0]!, index), pair.items[1]!]] : [],
  );
}

const TENSORS_OF_A_MODULE = ['_parameters', '_buffers', '_modules'];

/** The entries of a dictionary. Of the attributes of a PyTorch module only its tensors and modules, which its state dict names directly. */
function fieldsOf(fields: Dictionary): [string | undefined, Value][] {
  const isModule = TENSORS_OF_A_MODULE.every((name) => fields.get(name) !== undefined);
  if (isModule) return TENSORS_OF_A_MODULE.map((name) => [undefined, fields.get(name)!]);
  return fields.entries.map(([key, item], index) => [partOf(key, index), item]);
}

function partOf(key: Value, index: number): string {
  if (typeof key === 'string') return key;
  return typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean' ? String(key) : `#${index}`;
}

/** Returns the name, numbered if another tensor has it. `counts` says how often each name was wanted. */
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
