/** Reads which layers a layer of a functional model gets its inputs from, in the forms of Keras 2, Keras 3 and TensorFlow.js. */
import { UserError } from '../../errors';
import { isObject } from '../../json/strict';
import type { TopologyLayer } from '../../vocabulary/runOptions';
import { refusedLayer } from './config';

interface Context {
  named: ReadonlyMap<string, TopologyLayer>;
  file: string;
}

/** Returns the names of the inputs of a layer, in order. Throws UserError if it is used several times, or if a name is unknown. */
export function connectionsOf(listed: unknown, layer: TopologyLayer, { named, file }: Context): string[] {
  const nodes =
    isObject(listed) && Array.isArray(listed['inbound_nodes']) ? (listed['inbound_nodes'] as unknown[]) : [];
  const refused = (is: string, remedy: string) => refusedLayer(file, layer, { is, remedy });
  if (nodes.length > 1)
    throw refused(`is used ${nodes.length} times`, 'Each layer can be used once. Make a layer for each use');
  const references = nodes.length === 0 ? [] : referencesOf(nodes[0]);
  if (!references) throw refused('has connections in an unknown form', 'Export the model again');
  for (const { name, node, tensor } of references) {
    if (!named.has(name))
      throw refused(`has the input ${JSON.stringify(name.slice(0, 80))}, which is not a layer`, 'Correct the file');
    if (node !== 0 || tensor !== 0)
      throw refused(
        `uses output ${tensor} of call ${node} of ${JSON.stringify(name.slice(0, 80))}`,
        'Only layers with one output that are called once are supported',
      );
  }
  return references.map(({ name }) => name);
}

interface Reference {
  name: string;
  node: number;
  tensor: number;
}

/** Returns the references of a call; undefined for an unknown form. */
function referencesOf(node: unknown): Reference[] | undefined {
  if (isObject(node)) return collect(node['args']);
  if (!Array.isArray(node)) return undefined;
  const references = (node as unknown[]).map(asReference);
  return references.every((reference) => reference !== undefined) ? references : undefined;
}

/** Keras 3: tensors anywhere in the arguments of a call. An argument that is not a tensor is a form that is not known here. */
function collect(value: unknown): Reference[] | undefined {
  if (Array.isArray(value)) {
    const parts = (value as unknown[]).map(collect);
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  }
  const config = isObject(value) && value['class_name'] === '__keras_tensor__' ? value['config'] : undefined;
  const reference = isObject(config) ? asReference(config['keras_history']) : undefined;
  return reference && [reference];
}

/** Reads `["conv", 0, 0]`, which may have the options of the call at its end. */
function asReference(value: unknown): Reference | undefined {
  const [name, node, tensor] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof name !== 'string' || typeof node !== 'number' || typeof tensor !== 'number') return undefined;
  return { name, node, tensor };
}

/** Returns the only layer in a list such as `output_layers`: `[["conv", 0, 0]]`, or `["conv", 0, 0]` in Keras 3. */
export function endOf(value: unknown, { what, file }: { what: string; file: string }): string {
  const list = Array.isArray(value) ? (value as unknown[]) : [];
  const single = asReference(list);
  const references = single ? [single] : list.map(asReference);
  const [first] = references;
  if (first && references.length === 1) return first.name;
  throw new UserError(
    `${file} has ${references.length} layers in "${what}", but must have one. Export a model with one input and one output.`,
    { field: 'model.path' },
  );
}
