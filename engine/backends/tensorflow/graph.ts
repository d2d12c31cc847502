/** Writes a recorded computation as a SavedModel, TensorFlow's graph file (tensorflow/core/protobuf/saved_model.proto). */
import { PbfWriter } from 'pbf';
import type { NodeBackend, OperationAttribute } from './executor';
import type { Constant, Operation, Recording } from './record';

/** A tensor that is passed to the graph at each run. */
export interface Feed {
  name: string;
  id: number;
  shape: readonly number[];
  dtype: number;
}

/** A tensor that stays in the graph between runs. If a run changes the tensor, `next` is its new value. */
export interface Variable extends Feed {
  next: number | undefined;
}

export interface Graph {
  recording: Recording;
  feeds: readonly Feed[];
  variables: readonly Variable[];
}

/** The names of the tensors to feed and to fetch. */
export const DONE = 'done:0';
export const tensorOf = ({ name }: Feed) => `${name}:0`;
export const readOf = ({ name }: Feed) => `${name}/read:0`;
export const valueOf = ({ name }: Feed) => `${name}/value:0`;
export const loadedOf = ({ name }: Feed) => `${name}/loaded:0`;

type Types = NodeBackend['binding'];

interface Node {
  name: string;
  operation: string;
  inputs?: readonly string[];
  attributes: readonly NodeAttribute[];
}

type NodeAttribute = OperationAttribute | { name: string; tensor: Constant };

/** Version of the graph definition, which every TensorFlow since 2.9 can read. */
const PRODUCER = 1087;

/** Returns the bytes of saved_model.pb with one graph under the tag `serve`. */
export function writeSavedModel(graph: Graph, types: Types): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 1); // saved_model_schema_version
  pbf.writeMessage(2, writeMetaGraph, { nodes: nodesOf(graph, types), types });
  return pbf.finish();
}

function nodesOf({ recording, feeds, variables }: Graph, types: Types): Node[] {
  const place = new Map<number, string>();
  for (const feed of feeds) place.set(feed.id, feed.name);
  for (const variable of variables) place.set(variable.id, `${variable.name}/read`);
  recording.constants.forEach(({ id }, i) => place.set(id, `constant${i}`));
  recording.operations.forEach(({ outputs }, i) => {
    outputs.forEach((id, k) => place.set(id, k === 0 ? `operation${i}` : `operation${i}:${k}`));
  });
  const at = (id: number) => place.get(id)!;
  const assigned = variables.filter(({ next }) => next !== undefined);
  return [
    ...feeds.map((feed) => placeholder(feed, feed.name, types)),
    ...recording.constants.map((constant, i) => constantNode(`constant${i}`, constant, types)),
    ...recording.operations.map((operation, i) => operationNode(`operation${i}`, operation, at)),
    ...variables.flatMap((variable) => variableNodes(variable, at, types)),
    done('done', assigned.map(({ name }) => `^${name}/assign`), types), // prettier-ignore
  ];
}

function operationNode(name: string, operation: Operation, at: (id: number) => string): Node {
  return { name, operation: operation.name, inputs: operation.inputs.map(at), attributes: operation.attributes };
}

/**
 * Returns the nodes of a resource variable. A separate run initializes the variable. The computation reads it first, and then assigns its
 * new value, if there is one.
 */
function variableNodes(variable: Variable, at: (id: number) => string, types: Types): Node[] {
  const { name, shape, dtype, next } = variable;
  const type = { name: 'dtype', type: types.TF_ATTR_TYPE, value: dtype };
  const assign = (to: string, inputs: string[]): Node => ({
    name: `${name}/${to}`,
    operation: 'AssignVariableOp',
    inputs: [name, ...inputs],
    attributes: [type],
  });
  return [
    {
      name,
      operation: 'VarHandleOp',
      attributes: [
        type,
        shapeAttribute(shape, types),
        { name: 'shared_name', type: types.TF_ATTR_STRING, value: name },
      ],
    },
    { name: `${name}/read`, operation: 'ReadVariableOp', inputs: [name], attributes: [type] },
    placeholder(variable, `${name}/value`, types),
    assign('load', [`${name}/value`]),
    done(`${name}/loaded`, [`^${name}/load`], types),
    ...(next === undefined ? [] : [assign('assign', [at(next), `^${name}/read`])]),
  ];
}

function placeholder({ shape, dtype }: Feed, name: string, types: Types): Node {
  const type = { name: 'dtype', type: types.TF_ATTR_TYPE, value: dtype };
  return { name, operation: 'Placeholder', attributes: [type, shapeAttribute(shape, types)] };
}

function constantNode(name: string, tensor: Constant, types: Types): Node {
  const type = { name: 'dtype', type: types.TF_ATTR_TYPE, value: tensor.dtype };
  return { name, operation: 'Const', attributes: [type, { name: 'value', tensor }] };
}

/** Returns a small tensor that can be fetched only after the nodes `after` have run. */
function done(name: string, after: readonly string[], types: Types): Node {
  const tensor = { id: -1, shape: [], dtype: types.TF_INT32, bytes: new Uint8Array(4) };
  return { ...constantNode(name, tensor, types), inputs: after };
}

function shapeAttribute(shape: readonly number[], types: Types): OperationAttribute {
  return { name: 'shape', type: types.TF_ATTR_SHAPE, value: shape };
}

function writeMetaGraph({ nodes, types }: { nodes: Node[]; types: Types }, pbf: PbfWriter): void {
  pbf.writeMessage(
    1,
    (tag: string, info) => {
      info.writeStringField(4, tag);
    },
    'serve',
  );
  pbf.writeMessage(2, (all: Node[], graph) => {
    for (const node of all) graph.writeMessage(1, writeNode, { node, types });
    graph.writeMessage(4, (version: number, versions) => { versions.writeVarintField(1, version); }, PRODUCER);
  }, nodes); // prettier-ignore
}

function writeNode({ node, types }: { node: Node; types: Types }, pbf: PbfWriter): void {
  pbf.writeStringField(1, node.name);
  pbf.writeStringField(2, node.operation);
  for (const input of node.inputs ?? []) pbf.writeStringField(3, input);
  for (const attribute of node.attributes) pbf.writeMessage(5, writeEntry, { attribute, types });
}

/** Writes one entry of the map from names to AttrValue. */
function writeEntry({ attribute, types }: { attribute: NodeAttribute; types: Types }, pbf: PbfWriter): void {
  pbf.writeStringField(1, attribute.name);
  if ('tensor' in attribute)
    pbf.writeMessage(
      2,
      (tensor: Constant, value) => {
        value.writeMessage(8, writeTensor, tensor);
      },
      attribute.tensor,
    );
  else pbf.writeMessage(2, writeValue, { attribute, types });
}

function writeValue({ attribute, types }: { attribute: OperationAttribute; types: Types }, pbf: PbfWriter): void {
  const { type, value } = attribute;
  if (type === types.TF_ATTR_SHAPE) pbf.writeMessage(7, writeShape, value as readonly number[]);
  else if (Array.isArray(value)) pbf.writeMessage(1, writeList, { attribute, types });
  else if (type === types.TF_ATTR_STRING) pbf.writeStringField(2, value as string);
  else if (type === types.TF_ATTR_INT) pbf.writeVarintField(3, value as number);
  else if (type === types.TF_ATTR_FLOAT) pbf.writeFloatField(4, value as number);
  else if (type === types.TF_ATTR_BOOL) pbf.writeBooleanField(5, value as boolean);
  else pbf.writeVarintField(6, value as number);
}

function writeList({ attribute, types }: { attribute: OperationAttribute; types: Types }, pbf: PbfWriter): void {
  const { type, value } = attribute;
  if (type === types.TF_ATTR_INT) pbf.writePackedVarint(3, value as number[]);
  else if (type === types.TF_ATTR_FLOAT) pbf.writePackedFloat(4, value as number[]);
  else if (type === types.TF_ATTR_BOOL) pbf.writePackedBoolean(5, value as boolean[]);
  else pbf.writePackedVarint(6, value as number[]);
}

function writeTensor({ shape, dtype, bytes }: Constant, pbf: PbfWriter): void {
  pbf.writeVarintField(1, dtype);
  pbf.writeMessage(2, writeShape, shape);
  pbf.writeBytesField(4, bytes);
}

function writeShape(shape: readonly number[], pbf: PbfWriter): void {
  for (const size of shape)
    pbf.writeMessage(
      2,
      (length: number, dim) => {
        dim.writeVarintField(1, length);
      },
      size,
    );
}
