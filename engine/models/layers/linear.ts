/** Linear layers, activations, and changes of shape, with PyTorch's names, layouts and default initialization. */
import { reshape, transpose } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Entry, Initializer } from '../network';
import { weightEntry } from './convolution';
import { uniformByFanIn } from './initializers';
import { operation, type Layer } from './layer';

/** A linear layer [out, in], or a Conv1d with kernel size 1 [out, in, 1]. It maps x [.., in] to [.., out]. */
export function linear(
  name: string,
  shape: readonly [number, number] | readonly [number, number, 1],
  { bias = true, prunable = true } = {},
): Layer {
  const initializer = uniformByFanIn(shape);
  const entries = [weightEntry(name, shape, { prunable, initializer })];
  if (bias) entries.push(biasEntry(name, shape[0], initializer));
  return { entries, forward: (x, net) => net.linear(x, name) };
}

/** The last linear layer. It is never pruned. */
export function classifier(name: string, shape: readonly [number, number]): Layer<Tensor, Tensor2D> {
  return linear(name, shape, { prunable: false }) as Layer<Tensor, Tensor2D>;
}

/** The entry of a bias. */
export function biasEntry(name: string, size: number, initializer: Initializer): Entry {
  return { name: `${name}.bias`, shape: [size], dtype: 'F32', role: 'bias', prunable: false, initializer };
}

export const relu: Layer = operation((x, net) => net.relu(x));
export const gelu: Layer = operation((x, net) => net.gelu(x));

/** Makes a row of each image, in the order of PyTorch: [N, H, W, C] → [N, C·H·W]. */
export const flatten: Layer<Tensor4D, Tensor2D> = operation((x) => {
  const [n, height, width, channels] = x.shape;
  return reshape(transpose(x, [0, 3, 1, 2]), [n, height * width * channels]);
});
