/** Records every operation and every constant of a running computation, in order. */
import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import { Emptied } from './emptied';
import type { Binding, NodeBackend, OperationAttribute, OutputMetadata } from './executor';

export interface Recording {
  constants: Constant[];
  operations: Operation[];
}

/** A tensor of TensorFlow. `id` is the unique number that the addon gives the tensor. */
export interface Constant {
  id: number;
  shape: readonly number[];
  /** The number that TensorFlow gives this type. */
  dtype: number;
  bytes: Uint8Array;
}

export interface Operation {
  name: string;
  attributes: readonly OperationAttribute[];
  inputs: readonly number[];
  outputs: readonly number[];
  /** The shape of each output. */
  shapes: readonly (readonly number[])[];
}

/**
 * Thrown if a computation does something that cannot be recorded. Repeating the recording would then not do the same as the computation.
 */
export class NotCapturable extends Error {}

/** The operations of a computation, and the ids of the given tensors and of the results. */
export interface Recorded {
  recording: Recording;
  given: number[];
  results: (number | undefined)[];
}

/**
 * Runs a computation and records its operations. `run` returns the results of the computation. The computation may use the tensors in
 * `given` and those that it makes. If it uses another tensor that is not on the device yet, that tensor is recorded as a constant. Throws
 * NotCapturable if it uses another tensor that is on the device, or if it reads values.
 * Only the shapes of large results are right: their memory is freed at once, because all of them together may need several times the memory
 * of a step. All tensors that the computation makes are disposed.
 */
export function record(
  backend: NodeBackend,
  given: readonly Tensor[],
  run: () => readonly (Tensor | undefined)[],
): Recorded {
  const { binding } = backend;
  const recording: Recording = { constants: [], operations: [] };
  const ids = backend.getInputTensorIds(given);
  const results: Recorded['results'] = [];
  backend.binding = listening(binding, typesOf(backend, given, ids), recording);
  try {
    tidy(() => {
      for (const tensor of run()) results.push(tensor && backend.getInputTensorIds([tensor])[0]);
    });
    return { recording, given: ids, results };
  } finally {
    backend.binding = binding;
  }
}

/** The numbers that TensorFlow uses for types. */
function typesOf(backend: NodeBackend, tensors: readonly Tensor[], ids: readonly number[]): Map<number, number> {
  return new Map(ids.map((id, i) => [id, backend.getDTypeInteger(tensors[i]!.dtype)]));
}

/** Adds the type to `ExpandDims`. tfjs-node does not pass the type of this operation, but a graph needs it. */
function infer(
  binding: Binding,
  name: string,
  { attributes, type }: { attributes: OperationAttribute[]; type: number },
): OperationAttribute[] {
  if (name !== 'ExpandDims') return attributes;
  return [...attributes, { name: 'T', type: binding.TF_ATTR_TYPE, value: type }];
}

/** Returns the addon with functions that record their calls. */
function listening(binding: Binding, known: Map<number, number>, { constants, operations }: Recording): Binding {
  const emptied = new Emptied(binding);
  const overrides: Partial<Binding> = {
    executeOp(name: string, attributes: OperationAttribute[], inputs: number[], count: number): OutputMetadata[] {
      if (!inputs.every((id) => known.has(id)))
        throw new NotCapturable(`${name} uses a device tensor that is neither an argument nor in a cell`);
      const outputs = emptied.lend(inputs, (lent) => binding.executeOp(name, attributes, lent, count));
      const inferred = infer(binding, name, { attributes, type: known.get(inputs[0]!)! });
      const shapes = outputs.map(({ shape }) => shape);
      operations.push({ name, attributes: inferred, inputs, outputs: outputs.map(({ id }) => id), shapes });
      for (const output of outputs) {
        known.set(output.id, output.dtype);
        emptied.add(output);
      }
      return outputs;
    },
    deleteTensor(id: number): void {
      if (!emptied.has(id)) binding.deleteTensor(id);
    },
    createTensor(shape: number[], dtype: number, values: unknown): number {
      if (!ArrayBuffer.isView(values)) throw new NotCapturable('it makes a string tensor');
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
  // The properties of the addon are read-only, so they cannot be assigned.
  return Object.create(binding, Object.getOwnPropertyDescriptors(overrides)) as Binding;
}
