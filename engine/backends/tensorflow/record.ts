/** What TensorFlow is told to do while a computation runs: every operation tfjs-node executes, and every constant it makes, in order. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Binding, NodeBackend, OperationAttribute, OutputMetadata } from './executor';

export interface Recording {
  constants: Constant[];
  operations: Operation[];
}

/** `id` is the addon's number of the tensor; none is given twice. */
export interface Constant {
  id: number;
  shape: readonly number[];
  /** TensorFlow's number of the type. */
  dtype: number;
  bytes: Uint8Array;
}

export interface Operation {
  name: string;
  attributes: readonly OperationAttribute[];
  inputs: readonly number[];
  outputs: readonly number[];
}

/** A computation that does more than its operations say, so that they cannot stand for it. */
export class NotCapturable extends Error {}

/** Ids of what was given and of what was left. */
export interface Recorded {
  recording: Recording;
  given: number[];
  results: (number | undefined)[];
}

/**
 * Runs a computation as it stands and writes down what it does. `given` are the tensors that the computation
 * may read beside what it makes itself; what `run` returns are its results.
 * Throws NotCapturable where it reads a tensor of TensorFlow's that was not given, or looks at values. A tensor that was not given and is
 * not on the device yet is taken for a constant.
 */
export function record(
  backend: NodeBackend,
  given: readonly Tensor[],
  run: () => readonly (Tensor | undefined)[],
): Recorded {
  const { binding } = backend;
  const recording: Recording = { constants: [], operations: [] };
  const ids = backend.getInputTensorIds(given);
  backend.binding = listening(binding, typesOf(backend, given, ids), recording);
  try {
    const results = run().map((tensor) => tensor && backend.getInputTensorIds([tensor])[0]);
    return { recording, given: ids, results };
  } finally {
    backend.binding = binding;
  }
}

/** TensorFlow's numbers of the types. */
function typesOf(backend: NodeBackend, tensors: readonly Tensor[], ids: readonly number[]): Map<number, number> {
  return new Map(ids.map((id, i) => [id, backend.getDTypeInteger(tensors[i]!.dtype)]));
}

/** tfjs-node leaves this operation's type to be seen from its input, which a graph does not. */
function infer(
  binding: Binding,
  name: string,
  { attributes, type }: { attributes: OperationAttribute[]; type: number },
): OperationAttribute[] {
  if (name !== 'ExpandDims') return attributes;
  return [...attributes, { name: 'T', type: binding.TF_ATTR_TYPE, value: type }];
}

/** The addon, as it tells of what it is asked. */
function listening(binding: Binding, known: Map<number, number>, { constants, operations }: Recording): Binding {
  const overrides: Partial<Binding> = {
    executeOp(name: string, attributes: OperationAttribute[], inputs: number[], count: number): OutputMetadata[] {
      if (!inputs.every((id) => known.has(id))) throw new NotCapturable(`${name} reads a tensor from outside`);
      const outputs = binding.executeOp(name, attributes, inputs, count);
      const inferred = infer(binding, name, { attributes, type: known.get(inputs[0]!)! });
      operations.push({ name, attributes: inferred, inputs, outputs: outputs.map(({ id }) => id) });
      for (const output of outputs) known.set(output.id, output.dtype);
      return outputs;
    },
    createTensor(shape: number[], dtype: number, values: unknown): number {
      if (!ArrayBuffer.isView(values)) throw new NotCapturable('it makes a tensor of text');
      const id = binding.createTensor(shape, dtype, values);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
      constants.push({ id, shape: [...shape], dtype, bytes });
      known.set(id, dtype);
      return id;
    },
    tensorDataSync(): never {
      throw new NotCapturable('it reads values while it computes');
    },
  };
  // The addon's properties are read-only, so they cannot be assigned over.
  return Object.create(binding, Object.getOwnPropertyDescriptors(overrides)) as Binding;
}
