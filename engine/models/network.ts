/** Describes a network independently of any backend: its named entries in PyTorch's state-dict order, and its forward pass. */
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/** The distributions of PyTorch's, torchvision's and Keras' initializations. `center` is added to each value. */
export type Initializer =
  | { kind: 'uniform'; bound: number; center?: number } // kaiming_uniform(a = √5) has bound 1/√fan_in for weight and bias alike
  | { kind: 'normal'; deviation: number; limit?: number; center?: number } // values beyond ±limit are drawn again, as trunc_normal
  | { kind: 'constant'; value: number };

export type Role =
  | 'weight' // of a convolution or linear layer
  | 'bias'
  | 'normalization' // ψ: scale or shift of batch, layer or group norm
  | 'embedding' // positions
  | 'classToken'
  | 'buffer'; // running statistics and their counter

export interface Entry {
  /** State-dict name, for example `layer1.0.conv1.weight`. */
  name: string;
  /** Shape in PyTorch's layout. */
  shape: readonly number[];
  dtype: 'F32' | 'I64';
  role: Role;
  /**
   * Whether the layer of this entry has a mask. By default, every convolution has one, and every linear layer except the classifier. See
   * `officialRule.ts` for the other rule.
   */
  prunable: boolean;
  initializer: Initializer;
  /** Whether the forward pass does not use this entry. As in PyTorch, it then keeps its initial value: it is not even decayed. */
  unused?: boolean;
  /** For the running mean of batch norm: the weight of a new batch in the running statistics. Default: 0.1. */
  momentum?: number;
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
 * normalization layers (ψ), collects batch statistics and draws the masks of dropout. The backend fuses operations. Images are NHWC. A `name`
 * is that of a layer, without `.weight`, or of an entry where that is said.
 */
export interface ForwardContext extends ImageOperations, TokenOperations {
  /**
   * Batch norm over N, H, W. Entries: `name.weight`, `name.bias`, `name.running_mean`, `name.running_var`. As in layer and group norm, an
   * entry may be missing only if `PsiParts` say so.
   */
  batchNorm(x: Tensor4D, name: string, options: BatchNormShape): Tensor4D;
  /** Group norm over H, W and the channels of a group. Entries: `name.weight`, `name.bias`. The default ε is 1e-5. */
  groupNorm(x: Tensor4D, name: string, options: { groups: number; epsilon?: number } & PsiParts): Tensor4D;
  /** Layer norm over the last axis. Entries: `name.weight`, `name.bias`. */
  layerNorm<T extends Tensor>(x: T, name: string, options: { epsilon: number } & PsiParts): T;
  /** Convolution with PyTorch's symmetric padding. Adds the bias if the layer has one. */
  conv2d(x: Tensor4D, name: string, options: ConvolutionShape): Tensor4D;
  /**
   * Maps x [.., in] to [.., out] by a linear layer, or by a Conv1d with kernel size 1. Adds the bias if the layer has one, and then applies
   * `activation`.
   */
  linear(x: Tensor, name: string, activation?: 'none' | 'gelu'): Tensor;
  relu<T extends Tensor>(x: T): T;
  /** min(max(x, 0), 6). */
  relu6<T extends Tensor>(x: T): T;
  /** relu(x + shortcut), the end of a residual block. */
  addRelu(x: Tensor4D, shortcut: Tensor4D): Tensor4D;
  /** The exact GELU, x · Φ(x). */
  gelu<T extends Tensor>(x: T): T;
  /** x · σ(x), which is also named SiLU. */
  swish<T extends Tensor>(x: T): T;
  sigmoid<T extends Tensor>(x: T): T;
  /** x if x > 0, else e^x − 1. */
  elu<T extends Tensor>(x: T): T;
  /**
   * Sets values to 0 with probability `rate` and divides the others by 1 − rate, in training steps only. With `each` = `image`, all values of
   * an image are kept or dropped together (stochastic depth). `layer` is a name that no other call has.
   */
  dropout<T extends Tensor>(x: T, layer: string, options: { rate: number; each: 'value' | 'image' }): T;
}

/** Which entries a normalization layer has. By default, both. Without a scale, it counts as 1. Without a shift, it counts as 0. */
export interface PsiParts {
  hasScale?: boolean;
  hasShift?: boolean;
}

export interface BatchNormShape extends PsiParts {
  /** Whether relu follows. */
  relu: boolean;
  /** The number that is added to the variance. Default: 1e-5. */
  epsilon?: number;
  /** Whether the running variance is divided by N·H·W, as in Keras, and not by N·H·W − 1, as in PyTorch. */
  biased?: boolean;
}

/** Numbers of pixels that are added before and after the rows, and before and after the columns. */
export interface Padding {
  rows: readonly [number, number];
  columns: readonly [number, number];
  /** The added pixels: zeros, or the values of the nearest pixel of the image. */
  with: 'zeros' | 'edges';
}

export interface ConvolutionShape {
  stride: number;
  /** Number of zeros that are added on each of the four sides. */
  padding: number;
  /** Groups of channels. Each group of outputs sees only the inputs of its group. */
  groups?: number;
  /** Distance between neighbouring taps of the filter, in pixels. */
  dilation?: number;
}

export interface PoolShape {
  size: number;
  stride: number;
  padding: number;
}

/** Operations on images [N, H, W, C] without parameters. */
interface ImageOperations {
  pad(x: Tensor4D, padding: Padding): Tensor4D;
  maxPool(x: Tensor4D, options: PoolShape): Tensor4D;
  /** The mean of each window. Padding counts as zeros. */
  averagePool(x: Tensor4D, options: PoolShape): Tensor4D;
  /** The means of size × size windows that cover the image, as AdaptiveAvgPool2d of PyTorch. */
  adaptiveAveragePool(x: Tensor4D, size: number): Tensor4D;
  /** The mean over H and W: [N, H, W, C] → [N, C]. */
  globalMean(x: Tensor4D): Tensor2D;
  /** Multiplies each channel of each image by its factor in [N, C]. */
  scaleChannels(x: Tensor4D, factors: Tensor2D): Tensor4D;
  /** Channel j of group i becomes channel i of group j. */
  shuffleChannels(x: Tensor4D, groups: number): Tensor4D;
  concatChannels(images: readonly Tensor4D[]): Tensor4D;
}

/** Operations on sequences of tokens [N, T, dim]. */
interface TokenOperations {
  /** Puts the token in the entry `name` before the tokens of each sequence. */
  prependToken(x: Tensor3D, name: string): Tensor3D;
  /** Adds the positions in the entry `name` to each sequence. */
  addPositions(x: Tensor3D, name: string): Tensor3D;
  /** [N, T, dim] → [N, dim]. */
  takeToken(x: Tensor3D, index: number): Tensor2D;
  /** Self-attention of queries, keys and values, which `projected` [N, T, 3·dim] has one after another. */
  attention(projected: Tensor3D, heads: number): Tensor3D;
}

/** Whether an entry counts batches. Training does not use the counter, because the momentum of running statistics is constant. */
export function isCounter({ role, name }: Entry): boolean {
  return role === 'buffer' && name.endsWith('.num_batches_tracked');
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
  /** Whether a training step draws random numbers, for dropout or stochastic depth. */
  draws: boolean;
  /** Maps images in NHWC order to logits [N, classes]. */
  forward(images: Tensor4D, context: ForwardContext): Tensor2D;
}
