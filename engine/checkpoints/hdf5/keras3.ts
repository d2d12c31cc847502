/**
 * Names the variables of Keras 3. The file only numbers them: `layers/conv2d_1/vars/0` becomes `stem/kernel` if the layer is named `stem`.
 */
import { kerasLayout } from '../layout';
import type { ModelConfig } from './config';
import { snakeCase } from './config';
import type { DatasetFound } from './messages';
import type { Listing, NamedDataset } from './names';

const VARIABLE = /^(?:(.*)\/)?vars\/(\d+)$/s;
const CONTAINER = /^(layers|_layer_checkpoint_dependencies)$/;
const PRUNING = 'prune_low_magnitude';

/** Names of the variables for each class of layers, in the order in which Keras numbers them. */
const VARIABLES: [RegExp, string[]][] = [
  [/^(dense|einsum_dense|depthwise_conv[12]d|conv[123]d(_transpose)?)$/, ['kernel', 'bias']],
  [/^separable_conv[12]d$/, ['depthwise_kernel', 'pointwise_kernel', 'bias']],
  [/(^|_)cell$/, ['kernel', 'recurrent_kernel', 'bias']],
  [/^batch_normalization$/, ['gamma', 'beta', 'moving_mean', 'moving_variance']],
  [/^(layer|group)_normalization$/, ['gamma', 'beta']],
  [/^embedding$/, ['embeddings']],
];

/** Matches layers inside another layer. Keras names them after an attribute, not after their class. */
const PART = /^(layer|forward_layer|backward_layer|\w+_dense)$/;

/** Names the numbered variables. They are in the order of the model's description. Returns `undefined` if there are none. */
export function nameByClass(listing: Listing, config: ModelConfig | undefined): NamedDataset[] | undefined {
  const owners = new Map<string, DatasetFound[]>();
  for (const dataset of listing.datasets) {
    const owner = VARIABLE.exec(dataset.path);
    if (owner) owners.set(owner[1] ?? '', [...(owners.get(owner[1] ?? '') ?? []), dataset]);
  }
  if (owners.size === 0) return undefined;
  const order = new Map([...(config?.byPath.keys() ?? [])].map((path, i) => [path, i]));
  const rank = (owner: string) => order.get(owner.replace(/(\/cell|\/\w+_dense)$/, '')) ?? Infinity;
  const sorted = [...owners].sort(([a], [b]) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
  return sorted.flatMap(([owner, variables]) => nameVariables(owner, variables, { listing, config }));
}

interface Context {
  listing: Listing;
  config: ModelConfig | undefined;
}

function nameVariables(owner: string, variables: DatasetFound[], context: Context): NamedDataset[] {
  if (/^optimizer(\/|$)/.test(owner))
    return variables.map((dataset) => ({ dataset, name: dataset.path, collection: 'optimizer' }));
  const layer = layerNameOf(owner, context);
  const kind = classOf(owner, context);
  const names = namesOf(kind, variables);
  return variables.map((dataset, i) => {
    const variable = names[i] ?? `vars/${i}`;
    const layout = layoutOf(dataset, { variable, kind, owner });
    return { dataset, name: layer === '' ? variable : `${layer}/${variable}`, ...(layout !== undefined && { layout }) };
  });
}

/** Returns the names of the layers on a path, joined. Leaves out the pruning wrapper of TensorFlow Model Optimization. */
function layerNameOf(owner: string, context: Context): string {
  const parts = owner.split('/');
  const names = parts.flatMap((part, i) => {
    if (part === '' || CONTAINER.test(part)) return [];
    const path = parts.slice(0, i + 1).join('/');
    if (kindOf(part) !== PRUNING) return nameAt(path, context) ?? part;
    const isWhole = i === parts.length - 1; // its mask and threshold are named after the layer inside
    return isWhole ? wrappedName(path, context) : [];
  });
  return names.join('/');
}

function wrappedName(wrapper: string, context: Context): string {
  const inner = nameAt(`${wrapper}/layer`, context);
  return inner ?? nameAt(wrapper, context)?.replace(`${PRUNING}_`, '') ?? 'layer';
}

function nameAt(path: string, { listing, config }: Context): string | undefined {
  const configured = config?.byPath.get(path.replaceAll('_layer_checkpoint_dependencies', 'layers'));
  return configured?.name ?? listing.groups.get(`${path}/vars`)?.attributes['name']?.[0];
}

/** Returns the class of a layer as it is written in paths. If the description does not have the layer, uses the last part of the path. */
function classOf(owner: string, { config }: Context): string {
  const configured = config?.byPath.get(owner.replaceAll('_layer_checkpoint_dependencies', 'layers'));
  return configured ? snakeCase(configured.className) : kindOf(owner.split('/').at(-1)!);
}

function kindOf(part: string): string {
  return part.replace(/_\d+$/, '');
}

function namesOf(kind: string, variables: DatasetFound[]): readonly string[] {
  const shapes = variables.map(({ shape }) => shape);
  if (kind === PRUNING) return pruningNames(shapes.length);
  const named = VARIABLES.find(([pattern]) => pattern.test(kind))?.[1] ?? [];
  // If scale or shift is missing, we do not know which one. Only the statistics, which come last, can be named.
  if (kind === 'batch_normalization' && shapes.length < 4)
    return shapes.map((_, i) => (i < shapes.length - 2 ? `vars/${i}` : named[i + 4 - shapes.length]!));
  if (kind.endsWith('_normalization')) return shapes.length === named.length ? named : [];
  const isKernel = (shapes[0]?.length ?? 0) >= 2 && (shapes.length < 2 || shapes[1]!.length < shapes[0]!.length);
  return named.length === 0 && PART.test(kind) && isKernel ? ['kernel', 'bias'] : named;
}

/** The pruning wrapper has a mask and a threshold for each weight, followed by a counter. */
function pruningNames(count: number): string[] {
  const pairs = Array.from({ length: Math.floor(count / 2) }, (_, i) => (i === 0 ? '' : `_${i}`));
  return [...pairs.flatMap((suffix) => [`mask${suffix}`, `threshold${suffix}`]), 'pruning_step'];
}

/** Returns the axes of a kernel. An unnamed matrix (`vars/0`) counts as a kernel too. */
function layoutOf(
  { shape }: DatasetFound,
  { variable, kind, owner }: { variable: string; kind: string; owner: string },
): string | undefined {
  const rank = shape.length;
  if (rank < 2 || !/kernel$|^vars\//.test(variable) || kind === PRUNING) return undefined;
  if (/(query|key|value)_dense$/.test(owner) && rank === 3) return 'IOO';
  if (owner.endsWith('_dense')) return 'I'.repeat(rank - 1) + 'O';
  const depthwise = kind.startsWith('depthwise') || variable === 'depthwise_kernel';
  return kerasLayout(rank, { depthwise, transposed: kind.endsWith('_transpose') });
}
