/** Runs TensorFlow's operations by name, through tfjs-node. */
import type { DataType, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { tidy } from '@tensorflow/tfjs-core';
import type { AttributeOf, KernelAttributes, KernelName } from '../operations/attributes';
import { kernelsOf, type Run } from '../operations/kernel';

/** The part of the native addon that is used here. */
export interface Binding extends Record<
  | 'TF_ATTR_TYPE'
  | 'TF_ATTR_INT'
  | 'TF_ATTR_FLOAT'
  | 'TF_ATTR_BOOL'
  | 'TF_ATTR_STRING'
  | 'TF_ATTR_SHAPE'
  | 'TF_FLOAT'
  | 'TF_INT32',
  number
> {
  TF_Version: string;
  executeOp(name: string, attributes: OperationAttribute[], inputs: number[], outputs: number): OutputMetadata[];
  createTensor(shape: number[], dtype: number, values: unknown): number;
  tensorDataSync(id: number): unknown;
  deleteTensor(id: number): void;
  loadSavedModel(folder: string, tags: string): number;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): OutputMetadata[];
  deleteSavedModel(id: number): void;
}

/** `type` is one of the addon's TF_ATTR_ numbers. */
export interface OperationAttribute {
  name: string;
  type: number;
  value: unknown;
}

/** A tensor as the addon passes it. */
export interface OutputMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

/** The part of the tfjs-node backend that is used here. */
export interface NodeBackend {
  binding: Binding;
  isUsingGpuDevice: boolean;
  getDTypeInteger(dtype: DataType): number;
  /** Returns the addon's ids of tensors. Uploads tensors that are not on the device yet. */
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  createOutputTensor(output: OutputMetadata): Tensor;
  executeMultipleOutputs(name: string, attributes: object[], inputs: TensorInfo[], outputs: number): Tensor[];
}

/** Attributes by name. The type of each attribute follows from its value. `float` marks numbers that are not integers. */
export type Attributes = Record<
  string,
  'float32' | 'int32' | { text: string } | { float: number } | boolean | number | readonly number[]
>;

export interface Executor {
  /** Runs an operation with one output. */
  one(name: string, inputs: readonly (TensorInfo | undefined)[], attributes: Attributes): Tensor;
  /** Runs an operation with this many outputs. */
  many(
    name: string,
    inputs: readonly (TensorInfo | undefined)[],
    call: { attributes: Attributes; outputs: number },
  ): Tensor[];
}

/** Registers one of our kernels for TensorFlow. Its intermediate tensors are disposed. */
export function defineKernel<N extends KernelName, A extends AttributeOf<N>>(
  name: N,
  implemented: readonly A[],
  run: (...given: Parameters<Run<Pick<KernelAttributes[N], A>, Executor>>) => Tensor | Tensor[],
): void {
  define(name, implemented, (...given) => tidy(() => run(...given)));
}

const define = kernelsOf('tensorflow', executor);

/** Returns the input of a kernel as a tensor. This is only a cast, because the engine of tfjs always passes tensors. */
export function asTensor(info: TensorInfo | undefined): Tensor {
  return info as Tensor;
}

function executor(backend: NodeBackend): Executor {
  const many: Executor['many'] = (name, inputs, { attributes, outputs }) => {
    const encoded = Object.entries(attributes).map(([key, value]) => ({
      name: key,
      ...encode(backend.binding, value),
    }));
    return backend.executeMultipleOutputs(name, encoded, inputs as TensorInfo[], outputs);
  };
  return { many, one: (name, inputs, attributes) => many(name, inputs, { attributes, outputs: 1 })[0]! };
}

function encode(binding: NodeBackend['binding'], value: Attributes[string]): { type: number; value: unknown } {
  if (value === 'float32') return { type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  if (value === 'int32') return { type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 };
  if (typeof value === 'number') return { type: binding.TF_ATTR_INT, value };
  if (typeof value === 'boolean') return { type: binding.TF_ATTR_BOOL, value };
  if ('text' in value) return { type: binding.TF_ATTR_STRING, value: value.text };
  if ('float' in value) return { type: binding.TF_ATTR_FLOAT, value: value.float };
  return { type: binding.TF_ATTR_INT, value };
}
