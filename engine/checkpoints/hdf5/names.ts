/** Names the datasets of an HDF5 file: in files of Keras by layer and variable, in other files by path. */
import { inNaturalOrder } from '../../vocabulary/text';
import { kerasLayout } from '../layout';
import type { ModelConfig } from './config';
import { nameByClass } from './keras3';
import type { DatasetFound, Found, GroupFound } from './messages';

export interface NamedDataset {
  dataset: DatasetFound;
  name: string;
  /** First part of the tensor's path, such as `optimizer`, if the tensor does not belong to the model. */
  collection?: string;
  /** The axes of a kernel by letters (`LayerHeader.layout`). */
  layout?: string;
}

export interface Listing {
  groups: ReadonlyMap<string, GroupFound>;
  /** Sorted by path in natural order: `2` before `10`. HDF5 itself sorts `10` before `2`. */
  datasets: DatasetFound[];
}

/** Names all datasets. They are in the order of the model, if the file has this order. Names are unique. */
export function nameDatasets(found: Found[], config: ModelConfig | undefined): NamedDataset[] {
  const groups = new Map(found.flatMap((one) => (one.kind === 'group' ? [[one.path, one]] : [])));
  const datasets = found.filter((one) => one.kind === 'dataset');
  datasets.sort((a, b) => comparePaths(a.path.split('/'), b.path.split('/')));
  const listing = { groups, datasets };
  const named = nameByLists(listing, config) ?? nameByClass(listing, config) ?? [];
  const known = new Set(named.map(({ dataset }) => dataset));
  const others = datasets.filter((dataset) => !known.has(dataset)).map((dataset) => nameByPath(dataset));
  return withUniqueNames([...named, ...others]);
}

function comparePaths(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at === -1 ? a.length - b.length : inNaturalOrder(a[at]!, b[at] ?? '');
}

function nameByPath(dataset: DatasetFound): NamedDataset {
  const { path } = dataset;
  return { dataset, name: path, ...(/^optimizer(_weights)?\//.test(path) && { collection: 'optimizer' }) };
}

/**
 * Names datasets by the lists of layers and weights that Keras 2 and the legacy format of Keras 3 store in attributes. Returns `undefined`
 * for other files.
 */
function nameByLists({ groups, datasets }: Listing, config: ModelConfig | undefined): NamedDataset[] | undefined {
  const base = ['', 'model_weights'].find((path) => listOf(groups.get(path), 'layer_names'));
  if (base === undefined) return undefined;
  const byPath = new Map(datasets.map((dataset) => [dataset.path, dataset]));
  const layers = [...(listOf(groups.get(base), 'layer_names') ?? []), 'top_level_model_weights'];
  return layers.flatMap((layer) => {
    const folder = base === '' ? layer : `${base}/${layer}`;
    const weights = listOf(groups.get(folder), 'weight_names') ?? [];
    return weights.flatMap((weight): NamedDataset[] => {
      const dataset = byPath.get(`${folder}/${weight}`);
      if (!dataset) return [];
      byPath.delete(dataset.path); // a list may name a dataset twice
      const name = withoutWrapper(weight);
      const layout = layoutOfVariable(dataset, name, config?.byName.get(layer)?.className ?? '');
      return [{ dataset, name, ...(layout !== undefined && { layout }) }];
    });
  });
}

/** Returns the list with this name, which Keras may have split into several attributes. */
function listOf(group: GroupFound | undefined, name: string): string[] | undefined {
  const keys = Object.keys(group?.attributes ?? {}).filter((key) => key.replace(/\d+$/, '') === name);
  if (keys.length === 0) return undefined;
  return keys.sort(inNaturalOrder).flatMap((key) => group!.attributes[key]!);
}

/** Returns the axes of a kernel. They depend on its name and on the class of its layer. */
export function layoutOfVariable(
  { shape }: Pick<DatasetFound, 'shape'>,
  name: string,
  className: string,
): string | undefined {
  if (shape.length < 2 || !/(^|[/_])kernel(:0)?$/.test(name)) return undefined;
  const depthwise = className.startsWith('Depthwise') || /depthwise_kernel(:0)?$/.test(name);
  return kerasLayout(shape.length, { depthwise, transposed: className.endsWith('Transpose') });
}

/**
 * Removes the pruning wrapper of TensorFlow Model Optimization from the name of a variable: `prune_low_magnitude_conv/conv/mask:0` becomes
 * `conv/mask:0`.
 */
export function withoutWrapper(name: string): string {
  const parts = name.split('/');
  const plain = parts.map((part) => part.replace(/^prune_low_magnitude_(?=.)/, ''));
  return plain.filter((part, i) => i === 0 || part !== plain[i - 1] || part === parts[i - 1]).join('/');
}

function withUniqueNames(named: NamedDataset[]): NamedDataset[] {
  const times = new Map<string, number>();
  for (const { name } of named) times.set(name, (times.get(name) ?? 0) + 1);
  const unique = named.map((one) => (times.get(one.name) === 1 ? one : { ...one, name: one.dataset.path }));
  const taken = new Set<string>();
  return unique.map((one) => {
    const name = taken.has(one.name) ? `/${one.dataset.path}` : one.name;
    taken.add(name);
    return { ...one, name };
  });
}
