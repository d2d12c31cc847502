/** Linear layers, activations, and changes of shape, with PyTorch's names, layouts and default initialization. */
import { reshape, transpose } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../network';
import { biasEntry, weightEntry } from './convolution';
import { uniformByFanIn, type WeightInitializer } from './initializers';
import { operation, type Layer } from './layer';

export interface LinearOptions {
  /** Whether there is a bias, or how it is initialized. Default: as in PyTorch. */
  bias?: boolean | Initializer;
  prunable?: boolean;
  /** The initializer of the weight. Default: PyTorch's. */
  weight?: WeightInitializer;
  /** What is applied to the result. Default: nothing. */
  activation?: 'none' | 'gelu';
}

/** A linear layer [out, in], or a Conv1d with kernel size 1 [out, in, 1]. It maps x [.., in] to [.., out]. */
export function linear(
  name: string,
  shape: readonly [number, number] | readonly [number, number, 1],
  { bias = true, prunable = true, weight = uniformByFanIn, activation = 'none' }: LinearOptions = {},
): Layer {
  const entries = [weightEntry(name, shape, { prunable, initializer: weight(shape) })];
  if (bias) entries.push(biasEntry(name, shape[0], bias === true ? uniformByFanIn(shape) : bias));
  return { entries, forward: (x, net) => net.linear(x, name, activation) };
}

/** The last linear layer. It is never pruned. */
export function classifier(
  name: string,
  shape: readonly [number, number],
  options: Omit<LinearOptions, 'prunable'> = {},
): Layer<Tensor, Tensor2D> {
  return linear(name, shape, { ...options, prunable: false }) as Layer<Tensor, Tensor2D>;
}

export const relu: Layer = operation((x, net) => net.relu(x));
export const relu6: Layer = operation((x, net) => net.relu6(x));
export const swish: Layer = operation((x, net) => net.swish(x));

/** Dropout by `name`, which no other dropout of the network has. With `each` = `image`, it drops all values of an image together. */
export function dropout(name: string, rate: number, each: 'value' | 'image' = 'value'): Layer {
  return { entries: [], draws: rate > 0, forward: (x, net) => net.dropout(x, name, { rate, each }) };
}

/** Makes a row of each image, in the order of PyTorch: [N, H, W, C] → [N, C·H·W]. */
export const flatten: Layer<Tensor4D, Tensor2D> = operation((x) => {
  const [n, height, width, channels] = x.shape;
  return reshape(transpose(x, [0, 3, 1, 2]), [n, height * width * channels]);
});
