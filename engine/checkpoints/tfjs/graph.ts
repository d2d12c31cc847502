/** Finds out from the graph of a TensorFlow.js model how its weights are used. */
import { isObject } from '../../json/strict';
import { kerasLayout } from '../layout';
import type { StoredTensor } from '../reader';

interface Node {
  op: string;
  inputs: string[];
  transposed: boolean;
}

/** Which input of a node is its kernel, and how the kernel is laid out. */
interface KernelUse {
  input: number;
  depthwise?: boolean;
  transposed?: boolean;
}

const KERNELS: Partial<Record<string, KernelUse>> = {
  Conv2D: { input: 1 },
  _FusedConv2D: { input: 1 },
  Conv3D: { input: 1 },
  DepthwiseConv2dNative: { input: 1, depthwise: true },
  FusedDepthwiseConv2dNative: { input: 1, depthwise: true },
  Conv2DBackpropInput: { input: 1, transposed: true },
  MatMul: { input: 1 },
  _FusedMatMul: { input: 1 },
  BatchMatMul: { input: 1 },
  BatchMatMulV2: { input: 1 },
};

/** Nodes whose output is equal to their input. */
const UNCHANGED = /^(Identity|ReadVariableOp|StopGradient)$/;

export type Use = Pick<StoredTensor, 'layout' | 'role'>;

/** Returns a function that says how the graph uses a weight. */
export function usesOf(topology: unknown): (weight: { name: string; shape: readonly number[] }) => Use {
  const nodes = nodesOf(topology);
  const kernels = new Map<string, KernelUse & { outputsFirst: boolean }>();
  const statistics = new Set<string>();
  for (const { op, inputs, transposed } of nodes.values()) {
    const use = KERNELS[op];
    const kernel = use && inputs[use.input];
    if (use && kernel !== undefined) kernels.set(originOf(kernel, nodes), { ...use, outputsFirst: transposed });
    if (op.startsWith('FusedBatchNorm')) for (const input of inputs.slice(3, 5)) statistics.add(originOf(input, nodes));
  }
  return ({ name, shape }) => {
    const use = kernels.get(name);
    if (statistics.has(name)) return { role: 'statistics' };
    if (!use || shape.length < 2) return {};
    return { layout: use.outputsFirst ? 'I'.repeat(shape.length - 2) + 'OI' : kerasLayout(shape.length, use) };
  };
}

function nodesOf(topology: unknown): Map<string, Node> {
  const { node } = isObject(topology) ? topology : {};
  const nodes = Array.isArray(node) ? (node as unknown[]).filter(isObject) : [];
  return new Map(
    nodes.map(({ name, op, input, attr }) => {
      const inputs = Array.isArray(input) ? input.filter((one): one is string => typeof one === 'string') : [];
      const parsed = { op: String(op), inputs: inputs.map(withoutPort), transposed: isTransposed(attr) };
      return [String(name), parsed];
    }),
  );
}

/** Whether a matrix product transposes its second matrix. */
function isTransposed(attributes: unknown): boolean {
  const { transpose_b: transposed, adj_y: adjoint } = isObject(attributes) ? attributes : {};
  return [transposed, adjoint].some((attribute) => isObject(attribute) && attribute['b'] === true);
}

/** Returns the node of an input: `dense/kernel` for `dense/kernel:0`, which is its first output. */
function withoutPort(input: string): string {
  return input.replace(/:\d+$/, '');
}

const LONGEST_CHAIN = 100;

function originOf(name: string, nodes: ReadonlyMap<string, Node>): string {
  let origin = name;
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    const node = nodes.get(origin);
    if (!node || !UNCHANGED.test(node.op) || node.inputs[0] === undefined) break;
    origin = node.inputs[0];
  }
  return origin;
}
