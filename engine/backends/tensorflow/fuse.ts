/**
 * Replaces operations of a recorded computation by Winning Sign's operations that read and write fewer tensors, with the same bytes as
 * results. They end a residual block, relu(batch norm of x + addend), or are batch norm and then swish, with the gradients. Only a recording
 * shows what else uses a tensor.
 */
import type { Binding } from './executor';
import { OperationGraph } from './operationGraph';
import type { Operation, Recording } from './record';

/** Returns the recording with fewer operations. `results` are the ids of the tensors that must remain. */
export function fuse(
  recording: Recording,
  results: readonly (number | undefined)[],
  types: Pick<Binding, 'TF_ATTR_INT'>,
): Recording {
  const graph = new OperationGraph(recording.operations, new Set(results));
  for (const operation of recording.operations) {
    if (operation.name === 'Relu') fuseSum(graph, operation);
    if (operation.name === 'SignSwish') fuseSwish(graph, operation);
    if (operation.name === 'SignBatchNormGradient') fuseGradient(graph, operation, types);
  }
  return { ...recording, operations: graph.list() };
}

/** Replaces relu(y + addend), where y is a batch norm without relu that nothing else needs. */
function fuseSum(graph: OperationGraph, relu: Operation): void {
  const added = graph.sumOf(relu.inputs[0]!);
  if (!added) return;
  const [left, right] = added.terms;
  for (const [y, addend] of [
    [left, right],
    [right, left],
  ] as const) {
    const norm = graph.maker(y, 'SignBatchNorm');
    if (norm?.outputs[0] !== y || !isPlain(norm) || !graph.isUsedOnce(y)) continue;
    graph.replace([norm, added.operation, relu], {
      name: 'SignBatchNormAdd',
      attributes: norm.attributes.filter(({ name }) => name === 'epsilon'),
      inputs: [...norm.inputs, addend],
      outputs: [relu.outputs[0]!, ...norm.outputs.slice(1)],
      shapes: norm.shapes,
    });
    return;
  }
}

/**
 * Replaces the gradient of relu, and that of the batch norm before it. If the gradient of the result is a sum that nothing else needs, also
 * replaces the addition.
 */
function fuseGradient(graph: OperationGraph, gradient: Operation, { TF_ATTR_INT }: Pick<Binding, 'TF_ATTR_INT'>): void {
  const [passed, x, scale, , mean, inverse] = gradient.inputs as [number, number, number, number, number, number];
  const relu = graph.maker(passed, 'ReluGrad');
  if (!relu || !isPlain(gradient)) return;
  const [dy, y] = relu.inputs as [number, number];
  const added = graph.sumOf(dy);
  const terms = added ? added.terms : [dy];
  graph.replace([gradient, relu, ...(added ? [added.operation] : [])], {
    name: 'SignBatchNormAddGradient',
    attributes: [{ name: 'N', type: TF_ATTR_INT, value: terms.length }],
    inputs: [...terms, y, x, scale, mean, inverse],
    outputs: [...gradient.outputs, passed],
    shapes: [...gradient.shapes, ...relu.shapes],
  });
}

/**
 * Replaces a batch norm and the swish after it, and their gradients, if there are any. The gradient of swish needs the result of the batch
 * norm; the operation that replaces it computes this result again.
 */
function fuseSwish(graph: OperationGraph, swish: Operation): void {
  const [y] = swish.inputs as [number];
  const norm = graph.maker(y, 'SignBatchNorm');
  if (norm?.outputs[0] !== y || !isPlain(norm)) return;
  const others = graph.users(y)?.filter((user) => user !== swish);
  const slope = others?.[0];
  if (!others || others.length > 1) return;
  const gradient = slope && gradientAfter(graph, slope, norm);
  if (slope && !gradient) return;
  graph.replace([norm, swish], {
    name: 'SignBatchNormSwish',
    attributes: norm.attributes.filter(({ name }) => name === 'epsilon'),
    inputs: norm.inputs,
    outputs: [...swish.outputs, ...norm.outputs.slice(1)],
    shapes: norm.shapes,
  });
  if (!slope || !gradient) return;
  graph.replace([slope, gradient], {
    name: 'SignBatchNormSwishGradient',
    attributes: [],
    inputs: [slope.inputs[0]!, ...gradient.inputs.slice(1)],
    outputs: gradient.outputs,
    shapes: gradient.shapes,
  });
}

/** Returns the gradient of the batch norm, if `slope` is the gradient of the swish after it and nothing else needs that. */
function gradientAfter(graph: OperationGraph, slope: Operation, norm: Operation): Operation | undefined {
  const [y, , , inverse] = norm.outputs;
  if (slope.name !== 'SignSwishGradient' || slope.inputs[0] === y) return undefined;
  const users = graph.users(slope.outputs[0]!);
  const gradient = users?.length === 1 ? users[0]! : undefined;
  if (gradient?.name !== 'SignBatchNormGradient' || !isPlain(gradient)) return undefined;
  const [dy, x, ...rest] = gradient.inputs;
  const isOfNorm = dy === slope.outputs[0] && x === norm.inputs[0] && rest.at(-1) === inverse;
  return isOfNorm ? gradient : undefined;
}

/** Whether a batch norm has no relu. */
function isPlain({ attributes }: Operation): boolean {
  return attributes.some(({ name, value }) => name === 'relu' && value === false);
}
