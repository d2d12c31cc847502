/** Parses the description of a model that Keras stores next to the weights. Uses only names from it and never executes anything. */
import { isObject, parseStrictly } from '../../json/strict';

export interface ConfiguredLayer {
  name: string;
  className: string;
}

export interface ModelConfig {
  /** The layers by their path in a file of Keras 3, such as `layers/conv2d_1`. They are in the order of the model. */
  byPath: Map<string, ConfiguredLayer>;
  /** The same layers by name. */
  byName: Map<string, ConfiguredLayer>;
}

const DEEPEST_CONFIG = 500;

/** Parses a description. Throws an `Error` with a message such as “is not JSON”. */
export function parseConfig(text: string): ModelConfig {
  return configOf(parseStrictly(text, DEEPEST_CONFIG));
}

/** Reads a description that is already parsed. */
export function configOf(described: unknown): ModelConfig {
  const byPath = new Map<string, ConfiguredLayer>();
  addChildren(byPath, '', described);
  return { byPath, byName: new Map([...byPath.values()].map((layer) => [layer.name, layer])) };
}

/** Returns the names of the layers that contain code. */
function lambdasOf({ byPath }: ModelConfig): string[] {
  return [...byPath.values()].flatMap(({ name, className }) => (className === 'Lambda' ? name : []));
}

const WRAPPED = ['layer', 'forward_layer', 'backward_layer'] as const;

function addChildren(layers: ModelConfig['byPath'], prefix: string, described: unknown): void {
  const config = isObject(described) && isObject(described['config']) ? described['config'] : {};
  const children = Array.isArray(config['layers']) ? (config['layers'] as unknown[]) : [];
  const used = new Map<string, number>();
  for (const child of children) {
    const kind = snakeCase(classOf(child));
    const count = used.get(kind) ?? 0;
    used.set(kind, count + 1);
    addLayer(layers, `${prefix}layers/${count === 0 ? kind : `${kind}_${count}`}`, child);
  }
  for (const key of WRAPPED) if (isObject(config[key])) addLayer(layers, prefix + key, config[key]);
}

function addLayer(layers: ModelConfig['byPath'], path: string, described: unknown): void {
  const config = isObject(described) ? described['config'] : undefined;
  const name = isObject(config) ? config['name'] : undefined;
  if (typeof name === 'string') layers.set(path, { name, className: classOf(described) });
  addChildren(layers, `${path}/`, described);
}

function classOf(described: unknown): string {
  const name = isObject(described) ? described['class_name'] : undefined;
  return typeof name === 'string' ? name : '';
}

/** Returns a class name as Keras writes it in paths: `Conv2D` is `conv2d`, `BatchNormalization` is `batch_normalization`. */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** Returns a metadata entry that names the Lambda layers of a model, which contain code. Returns no entry if there are none. */
export function lambdaMetadata(config: ModelConfig | undefined): Record<string, string> {
  const lambdas = config ? lambdasOf(config) : [];
  return lambdas.length > 0 ? { 'Lambda layers (not run)': lambdas.join(', ') } : {};
}
