/**
 * Reads the topology of a model.json: a LayersModel of TensorFlow.js, or a Keras 2 or Keras 3 model as JSON, sequential or functional. Nothing
 * in the file is executed.
 */
import { UserError } from '../../errors';
import { isObject, parseStrictly, quote } from '../../json/strict';
import type { Topology, TopologyLayer } from '../../vocabulary/runOptions';
import { INPUT } from './classes';
import { refusedLayer } from './config';
import { checkNames } from './names';
import { connectionsOf, endOf } from './connections';

const DEEPEST = 200;
const MOST_LAYERS = 10_000;
const EXPORT = 'Save the model with model.save() of TensorFlow.js, or write model.to_json() of Keras into the file.';

/** Parses the text of a file. Throws UserError that names the file and, if possible, the layer. */
export function parseTopology(text: string, file: string): Topology {
  const model = modelIn(text, file);
  const config = isObject(model['config']) ? model['config'] : {};
  // Keras 2.2 and older store the list of layers of a sequential model without a configuration around it.
  const listed = Array.isArray(model['config']) ? (model['config'] as unknown[]) : config['layers'];
  if (!Array.isArray(listed) || listed.length === 0) throw refused(file, 'has no list of layers', EXPORT);
  if (listed.length > MOST_LAYERS)
    throw refused(file, `has ${listed.length} layers`, `At most ${MOST_LAYERS} are supported.`);
  const isSequential = model['class_name'] === 'Sequential';
  const layers = listed.map((layer: unknown, i) => parseLayer(layer, i, file));
  checkNames(layers, file);
  if (isSequential) return sequential(layers, listed[0], file);
  const named = new Map(layers.map((layer) => [layer.name, layer]));
  const connected = layers.map((layer, i) => ({ ...layer, from: connectionsOf(listed[i], layer, { named, file }) }));
  const output = endOf(config['output_layers'], { what: 'output_layers', file });
  return { layers: ordered(connected, output, file), output };
}

/** Returns the object with the class and the layers, which different tools put at different places. */
function modelIn(text: string, file: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = parseStrictly(text, DEEPEST);
  } catch (error) {
    throw new UserError(`${file} ${(error as Error).message}. ${EXPORT}`, { cause: error, field: 'model.path' });
  }
  if (!isObject(parsed)) throw refused(file, 'is not a JSON object', EXPORT);
  const topology = isObject(parsed['modelTopology']) ? parsed['modelTopology'] : parsed;
  if (Array.isArray(topology['node']))
    throw refused(
      file,
      'is a graph model, in which the layers are lost',
      'Convert the original Keras model to a tfjs_layers_model, or write its to_json() into the file.',
    );
  const model = isObject(topology['model_config']) ? topology['model_config'] : topology;
  const { class_name: name } = model;
  if (name === 'Sequential' || name === 'Functional' || name === 'Model') return model;
  if (name === undefined)
    throw refused(file, 'is not a model of TensorFlow.js or Keras (it has no "class_name")', EXPORT);
  throw refused(
    file,
    `has the class ${quote(JSON.stringify(name))}`,
    'Only Sequential and Functional models have a list of layers. Build the model as one of these.',
  );
}

function parseLayer(layer: unknown, i: number, file: string): TopologyLayer {
  const { class_name: className, config } = isObject(layer) ? layer : {};
  if (typeof className !== 'string' || !isObject(config))
    throw refused(file, `has no class and configuration for its layer ${i + 1}`, EXPORT);
  const name = isObject(layer) && typeof layer['name'] === 'string' ? layer['name'] : config['name'];
  if (typeof name !== 'string') throw refused(file, `has no name for its layer ${i + 1}`, EXPORT);
  return { name, class: className, config: kept(config), from: [] };
}

/** Parts of a configuration that have no effect here. Regularizers and constraints have none either, but they are kept for the notes. */
const WITHOUT_EFFECT = /^(name|dtype|seed|sparse|ragged|optional|quantization_config|synchronized|renorm.*)$/;

/** Returns the fields that are recorded. Null means that a field has its default. */
function kept(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config)
      .filter(
        ([field, value]) => value !== null && !WITHOUT_EFFECT.test(field) && !(field === 'trainable' && value === true),
      )
      .map(([field, value]) => [field, isObject(value) ? shortened(value) : value]),
  );
}

/** Returns the class and configuration of an initializer. */
function shortened({ class_name: name, config }: Record<string, unknown>): Record<string, unknown> {
  const fields = isObject(config) ? Object.entries(config).filter(([, value]) => value !== null) : [];
  return { class_name: name, config: Object.fromEntries(fields) };
}

/** Connects each layer to the one before it. A sequential model may have no layer for the images. */
function sequential(layers: readonly TopologyLayer[], first: unknown, file: string): Topology {
  const names = new Set(layers.map(({ name }) => name));
  const begins = layers[0]!.class === INPUT ? [] : [inputFor(first, names, file)];
  const all = [...begins, ...layers];
  return {
    layers: all.map((layer, i) => ({ ...layer, from: i === 0 ? [] : [all[i - 1]!.name] })),
    output: all.at(-1)!.name,
  };
}

function inputFor(first: unknown, names: ReadonlySet<string>, file: string): TopologyLayer {
  const config = isObject(first) && isObject(first['config']) ? first['config'] : {};
  const shape = config['batch_input_shape'] ?? config['batch_shape'];
  if (shape === undefined)
    throw refused(
      file,
      'does not say the shape of its images',
      'Give the model an InputLayer, or its first layer an input_shape, and export it again.',
    );
  let name = 'input';
  while (names.has(name)) name += '_';
  return { name, class: INPUT, config: { batch_input_shape: shape }, from: [] };
}

/** Returns the layers that the output needs, each after its inputs, in the order of the file if possible. Throws UserError if layers are connected in a circle. */
function ordered(layers: readonly TopologyLayer[], output: string, file: string): TopologyLayer[] {
  const named = new Map(layers.map((layer) => [layer.name, layer]));
  const end = named.get(output);
  if (!end) throw refused(file, `has the output ${quote(output)}, which is not one of its layers`, EXPORT);
  const states = new Map<string, 'open' | 'done'>();
  const order: TopologyLayer[] = [];
  const stack = [{ layer: end, next: 0 }];
  states.set(output, 'open');
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const source = top.layer.from[top.next++];
    if (source === undefined) {
      states.set(top.layer.name, 'done');
      order.push(top.layer);
      stack.pop();
    } else if (states.get(source) === 'open') {
      throw refusedLayer(file, top.layer, { is: 'is connected in a circle', remedy: 'Correct the file' });
    } else if (!states.has(source)) {
      states.set(source, 'open');
      stack.push({ layer: named.get(source)!, next: 0 });
    }
  }
  const places = new Map(layers.map(({ name }, i) => [name, i]));
  const inFile = [...order].sort((a, b) => places.get(a.name)! - places.get(b.name)!);
  const isAfterInputs = ({ name, from }: TopologyLayer) =>
    from.every((source) => places.get(source)! < places.get(name)!);
  return inFile.every(isAfterInputs) ? inFile : order;
}

function refused(file: string, is: string, remedy: string): UserError {
  return new UserError(`${file} ${is}. ${remedy}`, { field: 'model.path' });
}
