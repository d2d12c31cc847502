/** The attributes of our kernels. A check refuses attributes that a kernel does not implement. */

export interface ConvolutionAttributes {
  stride: number;
  /** Number of zeros that are added on each of the four sides. */
  padding: number;
}

/** Shape of the operand whose gradient is computed. The shape cannot be derived from the other attributes. */
export type ConvolutionGradientAttributes = ConvolutionAttributes & { shape: readonly number[] };

export interface GroupAttributes {
  /** Number of groups of channels. */
  groups: number;
}

export interface PoolAttributes {
  size: number;
  stride: number;
  padding: number;
}

export interface BatchNormAttributes {
  epsilon: number;
  /** Whether the kernel also applies relu to the result. */
  relu: boolean;
}

export interface LayerNormAttributes {
  epsilon: number;
}

/** relu6: min(max(x, 0), 6). swish (SiLU): x · σ(x). sigmoid: σ(x) = 1 / (1 + e^(−x)). elu: x if x > 0, else e^x − 1. */
export type Activation = 'relu6' | 'swish' | 'sigmoid' | 'elu';

/** What a linear layer applies to its result. gelu: x · Φ(x). */
export type LinearActivation = 'none' | 'gelu';

/** The part of each row that a slice takes, or that is not padding. */
export interface SliceAttributes {
  begin: number;
  size: number;
  /** Size of a whole row. */
  row: number;
}

export interface DropoutAttributes {
  /** Probability that a value becomes 0, in [0, 1). */
  rate: number;
  /** Number of neighbouring values that share a draw. */
  each: number;
  /** Hash of the name of the layer, an unsigned 32-bit number. It makes the draws of layers differ. */
  layer: number;
}

/** A kernel without attributes. */
type None = object;

/** Our kernels with their attributes. */
export interface KernelAttributes {
  SignConvolve: ConvolutionAttributes;
  SignConvolveInputGradient: ConvolutionGradientAttributes;
  SignConvolveFilterGradient: ConvolutionGradientAttributes;
  SignDepthwise: ConvolutionAttributes;
  SignDepthwiseInputGradient: ConvolutionGradientAttributes;
  SignDepthwiseFilterGradient: ConvolutionGradientAttributes;
  /** Optional, like the next three: convolution with one tap in groups. */
  SignGroupConvolve: GroupAttributes;
  SignGroupConvolveInputGradient: GroupAttributes;
  SignGroupConvolveFilterGradient: GroupAttributes;
  SignShuffle: GroupAttributes;
  SignBatchNorm: BatchNormAttributes;
  SignBatchNormGradient: BatchNormAttributes;
  SignNormalize: BatchNormAttributes;
  SignLayerNorm: LayerNormAttributes;
  SignLayerNormGradient: None;
  SignAddBias: None;
  SignBiasGradient: None;
  SignAddRelu: None;
  SignReluGradient: None;
  SignGelu: None;
  SignGeluGradient: None;
  SignLinear: { activation: LinearActivation };
  SignLinearGradient: None;
  SignActivate: { activation: Activation };
  SignActivateGradient: { activation: Activation };
  SignScale: None;
  SignScaleGradient: None;
  SignSoftmax: { factor: number };
  SignSoftmaxGradient: { factor: number };
  SignSlice: SliceAttributes;
  SignPad: SliceAttributes;
  /** `sizes` are the sizes of the rows of the results, which add up to the size of a row. */
  SignSplit: { sizes: readonly number[] };
  /** `sizes` are the sizes of the rows of the inputs x0, x1, …, which the kernel joins. */
  SignConcat: { sizes: readonly number[] };
  SignDropout: DropoutAttributes;
  SignGlobalMean: None;
  /** `shape` is that of the images, [N, H, W, C]. */
  SignGlobalMeanGradient: { shape: [number, number, number, number] };
  SignMaxPool: PoolAttributes;
  SignMaxPoolGradient: PoolAttributes;
  SignCrossEntropy: None;
  SignCrossEntropyGradient: None;
  /** `top` is the number of classes that are predicted for each example. */
  SignCountTop: { top: number };
  SignNorm: None;
}

export type KernelName = keyof KernelAttributes;

/** The names of a kernel's attributes. */
export type AttributeOf<N extends KernelName> = keyof KernelAttributes[N] & string;

/** Throws if `given` has an attribute that is not in `implemented`, because ignoring an attribute would compute a different result. */
export function checkAttributes(of: string, given: object | undefined, implemented: readonly string[]): void {
  const ignored = ignoredAttribute(given, implemented);
  if (ignored !== undefined) throw new Error(`${of} does not implement the attribute "${ignored}"`);
}

/** Returns the first given attribute that is not implemented. */
export function ignoredAttribute(given: object = {}, implemented: readonly string[]): string | undefined {
  for (const [name, value] of Object.entries(given) as [string, unknown][])
    if (value !== undefined && value !== null && !implemented.includes(name)) return name;
  return undefined;
}
