/** Lists the groups and datasets of an HDF5 file. Runs in the thread. Does not follow links. */
import type { Metadata } from 'h5wasm' with { 'resolution-mode': 'import' };
import { oneLine } from '../../vocabulary/text';
import type { Dtype } from '../dtypes';
import type { OpenFile } from './library';
import type { DatasetFound, Found } from './messages';

const MOST_OBJECTS = 100_000;
const DEEPEST = 200;
const LARGEST_ATTRIBUTE = 2 ** 24;

/**
 * Names of the attributes that describe a Keras model. Keras splits a long list into several attributes: `weight_names0`, `weight_names1` …
 */
const DESCRIBING = /^(layer_names|weight_names)\d*$|^(name|model_config|keras_version|backend)$/;

/** Lists the groups and datasets that are in the file itself. Throws an `Error` with the reason if the file is not valid. */
export function listFile(open: OpenFile): Found[] {
  const { module, file } = open;
  const root = groupAt(open, '');
  const names = module.get_names(file, '/', true);
  if (names.length > MOST_OBJECTS) throw new Error(`it has more than ${MOST_OBJECTS} objects`);
  return [root, ...names.flatMap((path) => describe(open, path))];
}

function describe(open: OpenFile, path: string): Found[] {
  const { module, file } = open;
  if (path.split('/').length > DEEPEST) throw new Error(`its groups are nested more than ${DEEPEST} levels deep`);
  const target = module.get_symbolic_link(file, path) as string | null;
  const { filename } = module.get_external_link(file, path) as { filename?: string };
  const isLink = target !== null || filename !== undefined;
  if (isLink) return [];
  const type = module.get_type(file, path);
  if (type === module.H5G_GROUP) return [groupAt(open, path)];
  return type === module.H5G_DATASET ? [datasetAt(open, path)] : [];
}

function groupAt({ module, file, Group }: OpenFile, path: string): Found {
  const place = path === '' ? '/' : path;
  const names = module.get_attribute_names(file, place).filter((name) => DESCRIBING.test(name));
  const described = names.flatMap((name): [string, string[]][] => {
    const { type, size, total_size: count } = module.get_attribute_metadata(file, place, name);
    if (CLASSES[type] !== 'string' || size * count > LARGEST_ATTRIBUTE) return [];
    const value = new Group(file, place).get_attribute(name, true);
    return [[name, [value].flat(2).map(String)]];
  });
  return { kind: 'group', path, attributes: Object.fromEntries(described) };
}

function datasetAt(open: OpenFile, path: string): DatasetFound {
  const { module, file } = open;
  const metadata = module.get_dataset_metadata(file, path);
  const shape = metadata.shape ?? [];
  const { chunks } = metadata;
  const dtype = dtypeOf(open, path, metadata);
  return { kind: 'dataset', path, shape, dtype, ...(chunks && { chunks }) };
}

function dtypeOf(open: OpenFile, path: string, metadata: Metadata): DatasetFound['dtype'] {
  const uncounted = typeNameOf(metadata);
  const counted = countedOf(open, path, metadata);
  if (!counted) return { uncounted };
  const reason = obstacle(open, path, metadata);
  return reason === undefined ? { counted } : { uncounted: counted, reason };
}

function countedOf({ module, file, Group }: OpenFile, path: string, metadata: Metadata): Dtype | undefined {
  const { size, signed, shape, enum_type: members } = metadata;
  const type = CLASSES[metadata.type];
  if (!shape) return undefined; // the dataset has no numbers and no shape
  if (type === 'float') return FLOATS[size];
  if (type === 'integer') return (signed ? INTEGERS : UNSIGNED)[size];
  if (type === 'enum' && size === 1 && isBoolean(members?.members)) return 'bool';
  // Keras stores bfloat16 as plain bytes, and names the type in the attribute `dtype`.
  const isOpaque = type === 'opaque' && size === 2;
  if (!isOpaque || !module.get_attribute_names(file, path).includes('dtype')) return undefined;
  return new Group(file, path).get_attribute('dtype', true) === 'bfloat16' ? 'bfloat16' : undefined;
}

const FLOATS: Partial<Record<number, Dtype>> = { 2: 'float16', 4: 'float32', 8: 'float64' };
const INTEGERS: Partial<Record<number, Dtype>> = { 1: 'int8', 2: 'int16', 4: 'int32', 8: 'int64' };
const UNSIGNED: Partial<Record<number, Dtype>> = { 1: 'uint8', 2: 'uint16', 4: 'uint32', 8: 'uint64' };

function isBoolean(members: Record<string, number> | undefined): boolean {
  return members !== undefined && Object.keys(members).sort().join() === 'FALSE,TRUE' && members['FALSE'] === 0;
}

/** Names of HDF5's classes of types. The position of a name is the number of its class. */
const CLASSES = 'integer float time string bitfield opaque compound reference enum vlen array complex'.split(' ');

function typeNameOf({ type, size, compound_type: compound }: Metadata): string {
  const isComplex = compound?.members.map(({ name }) => name).join() === 'r,i';
  return isComplex ? `complex${8 * size}` : (CLASSES[type] ?? 'unknown');
}

/** Returns the reason why the numbers of a dataset cannot be read; undefined if they can be read. */
function obstacle({ module, file, size: fileSize }: OpenFile, path: string, metadata: Metadata): string | undefined {
  const { shape, size, total_size: count, virtual_sources: sources } = metadata;
  if (sources?.some((source) => source.file_name !== '.')) return 'its numbers are in other files';
  const filter = module.get_dataset_filters(file, path).find(({ id }) => !FILTERS.has(id));
  if (filter) return `it is compressed by ${oneLine(filter.name) || `filter ${filter.id}`}`;
  if (!shape!.every(Number.isSafeInteger) || size * count > Math.max(SMALL, DENSEST * fileSize))
    return 'most of its numbers were never written';
  if (count === 0 || metadata.chunks) return undefined;
  return isStored({ module, file, path, metadata }) ? undefined : 'its numbers are not in this file';
}

/** Numbers of the filters that are built into the library: deflate, shuffle, Fletcher-32, n-bit, scale-offset. */
const FILTERS = new Set([1, 2, 3, 5, 6]);
/** Deflate packs at most 1032 bytes into one. So if a dataset is larger than this times the file, some of its chunks were never written. */
const DENSEST = 1032;
const SMALL = 2 ** 26;

/**
 * Whether the last number of a dataset without chunks can be read. It cannot if the numbers are in another file, because other files are
 * never opened.
 */
function isStored({
  module,
  file,
  path,
  metadata,
}: Pick<OpenFile, 'module' | 'file'> & { path: string; metadata: Metadata }) {
  const { size } = metadata;
  const shape = metadata.shape!;
  const place = module._malloc(size);
  try {
    const last = shape.map((length) => BigInt(length - 1));
    const one = shape.map(() => 1n);
    const [count, offset] = shape.length === 0 ? [null, null] : [one, last];
    module.get_dataset_data(file, path, count, offset, count, BigInt(place));
    return true;
  } catch (error) {
    if ((error as Error).name === 'RuntimeError') throw error; // the library has aborted
    return false;
  } finally {
    module._free(place);
  }
}
