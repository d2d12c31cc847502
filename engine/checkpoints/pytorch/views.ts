/** Reads tensors in the pickles of PyTorch: a storage, an offset, sizes and strides (`torch/_utils.py`, `torch/serialization.py`). */
import { quote } from '../../json/strict';
import { MOST_DIMENSIONS } from '../../tensors';
import { sizeOfDtype } from '../dtypes';
import type { Strided } from '../strided';
import { Dictionary, Global, List, Made, Persistent, type Value } from '../pickle/values';
import { elementOf, type Element } from './dtypes';

/** Describes a storage, which has a key in the file. */
export interface Storage {
  key: string;
  /** Dtype; undefined for an untyped storage, whose `count` is in bytes. */
  element: Element | undefined;
  count: number;
}

/** A tensor that is a view of a storage in the file. */
export interface View extends Strided {
  storage: Storage;
  shape: number[];
}

/** A tensor that is only listed, because its values cannot be read. */
export interface Listed {
  dtype: string;
  shape: number[];
}

/** Converts an object to a tensor. Returns undefined for other objects. Throws an `Error` if the tensor is not valid. */
export function tensorOf(value: Value): View | Listed | undefined {
  if (!(value instanceof Made)) return undefined;
  const inner = wrapped(value);
  if (inner) return tensorOf(inner);
  const rebuild = /^torch\._utils\._rebuild_(\w+)$/.exec(value.name)?.[1];
  if (rebuild === undefined) return undefined;
  if (rebuild === 'tensor' || rebuild === 'tensor_v2' || rebuild === 'tensor_v3') return view(value);
  return listed(rebuild, value);
}

/** Returns the tensor that a `Parameter` or an instance of a tensor subclass contains. */
function wrapped({ name, args }: Made): Value | undefined {
  if (/^torch\._utils\._rebuild_parameter(_with_state)?$/.test(name)) return args[0] ?? new List([]);
  if (name !== 'torch._tensor._rebuild_from_type_v2') return undefined;
  const [rebuild, , inner] = args;
  return rebuild instanceof Global && inner instanceof List ? new Made(rebuild, inner.items) : new List([]);
}

function view({ name, args }: Made): View | Listed {
  const [persistent, offset, size, stride] = args;
  const storage = storageOf(persistent);
  const shape = sizes(size, 'shape');
  const strides = sizes(stride, 'strides');
  if (shape.length !== strides.length)
    throw new Error(`a tensor of ${shape.length} dimensions has ${strides.length} strides`);
  if (!isSize(offset)) throw new Error('the offset of a tensor is not a whole number ≥ 0');
  const element = name.endsWith('_v3') ? dtypeOf(args[6]) : storage.element;
  if (element === undefined) throw new Error('a tensor has no dtype');
  checkWithin({ offset, shape, strides }, storage, element);
  if (typeof element !== 'string') return { dtype: element.uncounted, shape };
  if (isNegated(args[name.endsWith('_v3') ? 7 : 6])) return { dtype: `negated view of ${element}`, shape };
  return { storage, dtype: element, offset, shape, strides };
}

/** Whether the metadata of a view says that the values are the negated values of the storage. */
function isNegated(metadata: Value | undefined): boolean {
  return metadata instanceof Dictionary && metadata.get('neg') === true;
}

/** Describes a quantized, sparse, nested or meta tensor. */
function listed(rebuild: string, { args }: Made): Listed {
  return { dtype: kindOf(rebuild, args[0]), shape: shapeIn(args) ?? [] };
}

function kindOf(rebuild: string, first: Value | undefined): string {
  if (rebuild === 'qtensor') {
    const element = storageOf(first).element;
    return typeof element === 'object' ? `quantized (${element.uncounted.toLowerCase()})` : 'quantized';
  }
  if (rebuild === 'sparse_tensor') {
    const [layout] = first instanceof Made ? first.args : [];
    const name = typeof layout === 'string' ? /^torch\.sparse_(\w{3})$/.exec(layout)?.[1] : undefined;
    return name === undefined ? 'sparse' : `sparse (${name.toUpperCase()})`;
  }
  return rebuild === 'meta_tensor_no_storage' ? 'meta (no values)' : rebuild.replaceAll('_', ' ');
}

/** Returns the first list of sizes in the arguments, or in a list among them. */
function shapeIn(values: readonly Value[], depth = 0): number[] | undefined {
  for (const value of values) {
    const isShape = value instanceof Made && value.name === 'torch.Size';
    const items = isShape ? value.args : value instanceof List ? value.items : [];
    if (items.length > 0 && items.every(isSize)) return [...items];
    const inner = depth < 2 ? shapeIn(items, depth + 1) : undefined;
    if (inner) return inner;
  }
  return undefined;
}

/** Reads `('storage', class, key, location, count)`. */
export function storageOf(value: Value | undefined): Storage {
  const [tag, type, key, , count] = value instanceof Persistent && value.id instanceof List ? value.id.items : [];
  if (tag !== 'storage' || (typeof key !== 'string' && !isSize(key)) || !isSize(count))
    throw new Error('a tensor has no storage');
  const name = type instanceof Global ? type.member : '';
  const element = name === 'UntypedStorage' ? undefined : elementOf(name);
  if (element === undefined && name !== 'UntypedStorage')
    throw new Error(`a storage has the unknown type ${quote(name)}`);
  return { key: String(key), element, count };
}

function dtypeOf(value: Value | undefined): Element | undefined {
  if (!(value instanceof Global)) return undefined;
  const element = value.module === 'torch' ? elementOf(value.member) : undefined;
  if (element !== undefined) return element;
  // other formats of PyTorch, such as packed pairs of 4-bit floats
  if (value.module === 'torch' && /^(bits|q?u?int|float)\d\w*$/.test(value.member))
    return { uncounted: value.member, size: 1 };
  throw new Error(`a tensor has the unknown type ${value.name}`);
}

export function bytesOf(element: Element): number {
  return typeof element === 'string' ? sizeOfDtype(element) : element.size;
}

/** Checks that a view does not extend beyond its storage, because otherwise it would read another tensor. */
function checkWithin(
  { offset, shape, strides }: Pick<View, 'offset' | 'shape' | 'strides'>,
  { count, element: stored }: Storage,
  element: Element,
): void {
  const held = stored === undefined ? Math.floor(count / bytesOf(element)) : count;
  const isEmpty = shape.includes(0);
  const last = shape.reduce((index, size, axis) => index + (size - 1) * strides[axis]!, offset);
  if (isEmpty ? offset <= held : Number.isSafeInteger(last) && last < held) return;
  throw new Error(`a tensor of shape [${shape.join(', ')}] extends beyond its storage of ${held} elements`);
}

function sizes(value: Value | undefined, what: string): number[] {
  if (!(value instanceof List) || !value.items.every(isSize))
    throw new Error(`a tensor has no ${what} made of whole numbers ≥ 0`);
  if (value.items.length > MOST_DIMENSIONS)
    throw new Error(`a tensor has ${value.items.length} dimensions, more than the limit of ${MOST_DIMENSIONS}`);
  return value.items;
}

function isSize(value: Value | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
