/**
 * Tensors that do not belong to a backend: typed arrays with a shape, in PyTorch's layouts (conv OIHW, Conv1d [out, in, k], linear
 * [out, in]).
 */

export type HostTensor =
  | { dtype: 'F32'; shape: readonly number[]; data: Float32Array }
  | { dtype: 'U8'; shape: readonly number[]; data: Uint8Array }
  | { dtype: 'I64'; shape: readonly number[]; data: BigInt64Array };

/** Parameters and buffers by name, in the order of the state dict. */
export type StateDict = Map<string, HostTensor>;

/**
 * Masks of prunable layers by layer name, with 0 or 1 for each weight. For example, `layer1.0.conv1` has the mask for
 * `layer1.0.conv1.weight`.
 */
export type Masks = Map<string, Uint8Array>;

/**
 * The content of a checkpoint: a network between two training steps. The values of pruned weights are kept, so every reader must
 * multiply by the mask.
 */
export interface NetworkState {
  tensors: StateDict;
  masks: Masks;
}

/** Returns the float32 data of a named tensor. Throws if the tensor is missing or has another dtype. */
export function floats(tensors: StateDict, name: string): Float32Array {
  const tensor = tensors.get(name);
  if (tensor?.dtype !== 'F32') throw new Error(`no float32 tensor ${name}`);
  return tensor.data;
}

/** Returns the name of the layer of a weight: `conv1` for `conv1.weight`. PyTorch's bare parameters, such as `in_proj_weight`, are their own layer. */
export function layerNameOf(weight: string): string {
  return weight.replace(/\.weight$/, '');
}

/** Returns the name of the weight of a layer. */
export function weightNameOf(layer: string): string {
  return layer.endsWith('_weight') ? layer : `${layer}.weight`;
}

/** Returns the name of the bias of a layer. */
export function biasNameOf(layer: string): string {
  return weightNameOf(layer).replace(/weight$/, 'bias');
}

/** The greatest number of dimensions in PyTorch and NumPy. */
export const MOST_DIMENSIONS = 64;

/** Returns the number of elements of a shape, which is 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

/** Whether two shapes differ only in axes of length 1. Then the numbers of both tensors are in the same order. */
export function isReshaped(a: readonly number[], b: readonly number[]): boolean {
  const long = (shape: readonly number[]) => shape.filter((length) => length !== 1).join();
  return long(a) === long(b);
}
