/** Describes a network independently of any backend: its named entries in PyTorch's state-dict order, and its forward pass. */
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** The distributions of PyTorch's and torchvision's default initializations. */
export type Initializer =
  | { kind: 'uniform'; bound: number } // kaiming_uniform(a = √5) has bound 1/√fan_in for weight and bias alike
  | { kind: 'normal'; deviation: number }
  | { kind: 'constant'; value: number };

export type Role =
  | 'weight' // of a convolution or linear layer
  | 'bias'
  | 'normalization' // ψ: scale or shift of batch or layer norm
  | 'buffer'; // running statistics and their counter

export interface Entry {
  /** State-dict name, for example `layer1.0.conv1.weight`. */
  name: string;
  /** Shape in PyTorch's layout. */
  shape: readonly number[];
  dtype: 'F32' | 'I64';
  role: Role;
  /**
   * Whether the layer of this entry has a mask. Every convolution has one, and every linear layer except the classifier (official
   * code: models/utils.py).
   */
  prunable: boolean;
  initializer: Initializer;
}

/** The shape of the input images (height × width × channels), and the number of classes. */
export interface DataShape {
  height: number;
  width: number;
  channels: number;
  classes: number;
}

/**
 * The operations of a forward pass. The trainer implements them: it multiplies by masks, interpolates the scales and shifts of
 * normalization layers (ψ) and collects batch statistics. The backend fuses operations. Images are NHWC. Names are those of layers, without
 * `.weight`.
 */
export interface ForwardContext {
  /**
   * Batch norm over N, H, W, followed by relu if `relu`. Entries: `name.weight`, `name.bias`, `name.running_mean`, `name.running_var`. The
   * ε that is added to the variance is 1e-5.
   */
  batchNorm(x: Tensor4D, name: string, relu: boolean): Tensor4D;
  /** Layer norm over the last axis. Entries: `name.weight`, `name.bias`. ε is 1e-5. */
  layerNorm<T extends Tensor>(x: T, name: string): T;
  /** Convolution without bias, with PyTorch's symmetric padding. */
  conv2d(x: Tensor4D, name: string, options: { stride: number; padding: number }): Tensor4D;
  /** Maps x [.., in] to [.., out] by a linear layer, or by a Conv1d with kernel size 1. Adds the bias if the layer has one. */
  linear(x: Tensor, name: string): Tensor;
  relu<T extends Tensor>(x: T): T;
  /** relu(x + shortcut), the end of a residual block. */
  addRelu(x: Tensor4D, shortcut: Tensor4D): Tensor4D;
  /** The exact GELU, x · Φ(x). */
  gelu<T extends Tensor>(x: T): T;
  maxPool(x: Tensor4D, options: { size: number; stride: number; padding: number }): Tensor4D;
  /** The mean over H and W: [N, H, W, C] → [N, C]. */
  globalMean(x: Tensor4D): Tensor2D;
}

/** Whether a network has running statistics. Batch norm has them and uses them in eval mode; layer norm has none. */
export function hasBatchNorm({ entries }: Pick<Architecture, 'entries'>): boolean {
  return entries.some(({ name }) => name.endsWith('.running_mean'));
}

export interface Architecture {
  /** Name for messages and metadata, for example `resnet20`. */
  name: string;
  entries: readonly Entry[];
  data: DataShape;
  /** Maps images in NHWC order to logits [N, classes]. */
  forward(images: Tensor4D, context: ForwardContext): Tensor2D;
}
