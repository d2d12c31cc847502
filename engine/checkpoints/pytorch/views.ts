/** Reads tensors in the pickles of PyTorch: a storage, an offset, sizes and strides (`torch/_utils.py`, `torch/serialization.py`). */
import { sizeOfDtype } from '../dtypes';
import type { Strided } from '../strided';
import { Global, List, Made, Persistent, type Value } from '../pickle/values';
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
  return { storage, dtype: element, offset, shape, strides };
}

/** Describes a quantized, sparse or meta tensor. */
function listed(rebuild: string, { args }: Made): Listed {
  const shape = args.flatMap((value) => (value instanceof List && value.items.every(isSize) ? [value.items] : []))[0];
  return { dtype: KINDS[rebuild] ?? rebuild.replaceAll('_', ' '), shape: shape ?? [] };
}

const KINDS: Record<string, string> = {
  qtensor: 'quantized',
  sparse_tensor: 'sparse',
  sparse_csr_tensor: 'sparse (compressed)',
  meta_tensor_no_storage: 'meta (no values)',
};

/** Reads `('storage', class, key, location, count)`. */
export function storageOf(value: Value | undefined): Storage {
  const [tag, type, key, , count] = value instanceof Persistent && value.id instanceof List ? value.id.items : [];
  if (tag !== 'storage' || (typeof key !== 'string' && !isSize(key)) || !isSize(count))
    throw new Error('a tensor has no storage');
  const name = type instanceof Global ? type.member : '';
  const element = name === 'UntypedStorage' ? undefined : elementOf(name);
  if (element === undefined && name !== 'UntypedStorage') throw new Error(`a storage has the unknown type "${name}"`);
  return { key: String(key), element, count };
}

function dtypeOf(value: Value | undefined): Element | undefined {
  const element = value instanceof Global && value.module === 'torch' ? elementOf(value.member) : undefined;
  if (element === undefined && value instanceof Global) throw new Error(`a tensor has the unknown type ${value.name}`);
  return element;
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

const MOST_DIMENSIONS = 64; // the limit of PyTorch

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
