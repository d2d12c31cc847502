/** Reads the graph of an ONNX model: its tensors, and which of them are weights (`GraphProto`, `NodeProto` in onnx/onnx.proto). */
import type { ReadableTensor } from '../reader';
import type { UncountedTensor } from '../../vocabulary/checkpoint';
import { addDimensions, checkDimensions, readTensor, type TensorSource } from './tensor';
import { numbersOf, type Field } from './wire';

/** The stored tensor that a value of the graph is made from, and whether its two axes were swapped on the way. */
interface Origin {
  tensor: string;
  isTransposed: boolean;
}

export interface Graph {
  tensors: ReadableTensor[];
  listed: UncountedTensor[];
  roles: Map<string, ReadableTensor['role']>;
  origins: Map<string, Origin>;
}

interface Node {
  inputs: string[];
  outputs: string[];
  operator: string;
  attributes: Attribute[];
}

interface Attribute {
  name: string;
  number: number;
  numbers: number[];
  tensor?: Field;
  sparse?: Field;
  graphs: Field[];
}

/** Greatest depth of nested graphs. Nodes such as `If` and `Loop` contain graphs. */
const DEEPEST = 16;
/** Greatest number of inputs, outputs, attributes and graphs of a node together. */
const MOST_PARTS = 2 ** 14;
/** Greatest number of bytes of the numbers of an attribute. Only permutations of axes are needed. */
const MOST_NUMBERS = 2 ** 10;

export function noGraph(): Graph {
  return { tensors: [], listed: [], roles: new Map(), origins: new Map() };
}

/** Reads the graph at bytes [from, to) of the file, and adds its tensors and roles to `graph`. */
export async function addGraph(graph: Graph, { from, to }: Field, source: TensorSource, depth = 0): Promise<void> {
  if (depth > DEEPEST) throw new Error(`the graphs of the model are nested more than ${DEEPEST} levels deep`);
  await source.wire.walk(from, to, (field) => {
    if (!field.isRange) return undefined;
    if (field.number === 1) return addNode(graph, field, source, depth);
    if (field.number === 5) return addTensor(graph, field, source);
    return field.number === 15 ? addSparse(graph, field, source) : undefined;
  });
}

async function addTensor(graph: Graph, field: Field, source: TensorSource, name?: string): Promise<void> {
  const tensor = await readTensor(field, source, name);
  if ('fill' in tensor) graph.tensors.push(tensor);
  else graph.listed.push(tensor);
}

/** Lists a sparse tensor. It gets the name of the tensor that has its values. */
async function addSparse(graph: Graph, { from, to }: Field, source: TensorSource, output?: string): Promise<void> {
  let name = output ?? '';
  const shape: number[] = [];
  await source.wire.walk(from, to, (field) => {
    if (field.number === 3) return addDimensions(source.wire, field, shape);
    if (field.number !== 1 || !field.isRange) return undefined;
    return readTensor(field, source).then((values) => void (name ||= values.name));
  });
  checkDimensions({ name, shape });
  graph.listed.push({ name, dtype: 'sparse', shape });
}

async function addNode(graph: Graph, field: Field, source: TensorSource, depth: number): Promise<void> {
  const node = await parseNode(field, source);
  note(graph, node);
  for (const { name, tensor, sparse, graphs } of node.attributes) {
    if (node.operator === 'Constant' && name === 'value' && tensor)
      await addTensor(graph, tensor, source, node.outputs[0] ?? '');
    if (node.operator === 'Constant' && sparse) await addSparse(graph, sparse, source, node.outputs[0]);
    for (const inner of graphs) await addGraph(graph, inner, source, depth + 1);
  }
}

/** Operators whose output is still the same weight. They may change the numbers, but not their signs. */
const PASSING = new Set(['Identity', 'Cast', 'CastLike', 'DequantizeLinear']);
const CONVOLUTIONS = new Set(['Conv', 'ConvTranspose', 'ConvInteger', 'DeformConv']);
const RECURRENT = new Set(['LSTM', 'GRU', 'RNN']);

/** Records the role of each tensor that is an input of the node. Expects the nodes in topological order. */
function note(graph: Graph, { inputs, outputs, operator, attributes }: Node): void {
  const numberOf = (name: string) => attributes.find((attribute) => attribute.name === name)?.number ?? 0;
  const weight = (index: number, outputsLast: boolean) => {
    const name = inputs[index];
    if (name === undefined || name === '') return;
    const { tensor, isTransposed } = graph.origins.get(name) ?? { tensor: name, isTransposed: false };
    if (!graph.roles.has(tensor))
      graph.roles.set(tensor, outputsLast !== isTransposed ? 'weight with outputs last' : 'weight');
  };
  if (CONVOLUTIONS.has(operator)) weight(1, false);
  else if (operator === 'QLinearConv') weight(3, false);
  else if (operator === 'Gemm') weight(1, numberOf('transB') === 0);
  else if (operator === 'MatMul' || operator === 'MatMulInteger') weight(1, true);
  else if (operator === 'QLinearMatMul') weight(3, true);
  else if (RECURRENT.has(operator)) for (const index of [1, 2]) weight(index, false);
  else if (operator === 'BatchNormalization')
    for (const name of inputs.slice(3, 5)) graph.roles.set(name, 'statistics');
  else if (PASSING.has(operator) || operator === 'Transpose') {
    const [input = '', output = ''] = [inputs[0], outputs[0]];
    const origin = graph.origins.get(input) ?? { tensor: input, isTransposed: false };
    const permutation = attributes.find(({ name }) => name === 'perm')?.numbers.join() ?? '1,0';
    if (operator !== 'Transpose') graph.origins.set(output, origin);
    else if (permutation === '1,0') graph.origins.set(output, { ...origin, isTransposed: !origin.isTransposed });
  }
}

async function parseNode({ from, to }: Field, source: TensorSource): Promise<Node> {
  const node: Node = { inputs: [], outputs: [], operator: '', attributes: [] };
  const { wire } = source;
  let parts = 0;
  const countPart = () => {
    if (++parts > MOST_PARTS)
      throw new Error(`a node of the graph has more than ${MOST_PARTS} inputs, outputs, attributes and graphs`);
  };
  await wire.walk(from, to, (field) => {
    if (!field.isRange) return undefined;
    countPart();
    if (field.number === 1) return wire.text(field).then((text) => void node.inputs.push(text));
    if (field.number === 2) return wire.text(field).then((text) => void node.outputs.push(text));
    if (field.number === 4) return wire.text(field).then((text) => void (node.operator = text));
    return field.number === 5
      ? parseAttribute(field, source, countPart).then((attribute) => void node.attributes.push(attribute))
      : undefined;
  });
  return node;
}

async function parseAttribute({ from, to }: Field, { wire }: TensorSource, countPart: () => void): Promise<Attribute> {
  const attribute: Attribute = { name: '', number: 0, numbers: [], graphs: [] };
  await wire.walk(from, to, (field) => {
    if (field.number === 1 && field.isRange) return wire.text(field).then((text) => void (attribute.name = text));
    if (field.number === 3) attribute.number = Number(field.value);
    else if (field.number === 5) attribute.tensor = field;
    else if (field.number === 22) attribute.sparse = field;
    else if (field.number === 6 || field.number === 11) {
      countPart();
      attribute.graphs.push(field);
    } else if (field.number === 8 && !field.isRange && attribute.numbers.length < MOST_NUMBERS)
      attribute.numbers.push(Number(field.value));
    else if (field.number === 8 && field.isRange && field.to - field.from <= MOST_NUMBERS)
      return numbersOf(wire, field, MOST_NUMBERS).then((numbers) => void (attribute.numbers = numbers));
    return undefined;
  });
  return attribute;
}
