/** Batch, layer and group norm. Batch and layer norm are computed in one pass forward and one pass backward. */
import { ones, reshape, transpose, zeros } from '@tensorflow/tfjs-core';
import type { Rank, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { BatchNormAttributes, LayerNormAttributes } from './attributes';
import { scaleChannels } from './channels';
import { addBias } from './elementwise';
import { defineGradient, keptByName, runFirstDifferentiable, runKernel, runKernels } from './kernel';

export interface NormalizedBatch {
  y: Tensor4D;
  /** Mean of each channel. */
  mean: Tensor1D;
  /** Unbiased variance of each channel (divided by N·H·W − 1), as in the running statistics of PyTorch. */
  variance: Tensor1D;
}

/** Batch norm over N, H, W with the statistics of the batch. Only `y` is differentiable. */
export function batchNorm(
  x: Tensor4D,
  psi: { scale: Tensor1D; shift: Tensor1D },
  attributes: BatchNormAttributes,
): NormalizedBatch {
  const [y, mean, variance] = runFirstDifferentiable('SignBatchNorm', { x, ...psi }, attributes);
  return { y: y as Tensor4D, mean: mean as Tensor1D, variance: variance as Tensor1D };
}

/** Batch norm with given statistics. The result is not differentiable. */
export function normalize(
  x: Tensor4D,
  inputs: { mean: Tensor1D; variance: Tensor1D; scale: Tensor1D; shift: Tensor1D },
  attributes: BatchNormAttributes,
): Tensor4D {
  return runKernel('SignNormalize', { x, ...inputs }, attributes) as Tensor4D;
}

/** Layer norm over the last axis. */
export function layerNorm<T extends Tensor>(
  x: T,
  psi: { scale: Tensor1D; shift: Tensor1D },
  attributes: LayerNormAttributes,
): T {
  return runFirstDifferentiable('SignLayerNorm', { x, ...psi }, attributes)[0] as T;
}

/**
 * Group norm (Wu & He 2018): normalizes each group of neighbouring channels of each image, over H, W and the channels of the group. Scale and
 * shift have one element for each channel.
 */
export function groupNorm(
  x: Tensor4D,
  { scale, shift }: { scale: Tensor1D; shift: Tensor1D },
  { groups, epsilon }: { groups: number; epsilon: number },
): Tensor4D {
  const [n, height, width, channels] = x.shape;
  const [area, members] = [height * width, channels / groups];
  const size = area * members;
  const byGroup = transpose(reshape(x, [n, area, groups, members]), [0, 2, 1, 3]);
  const plain = { scale: ones<Rank.R1>([size]), shift: zeros<Rank.R1>([size]) };
  const rows = layerNorm(reshape(byGroup, [n * groups, size]), plain, { epsilon });
  const normalized = transpose(reshape(rows, [n, groups, area, members]), [0, 2, 1, 3]);
  const factors = addBias(zeros<Rank.R2>([n, channels]), scale);
  return addBias(scaleChannels(reshape(normalized, x.shape), factors), shift);
}

defineGradient('SignBatchNorm', {
  attributes: ['epsilon', 'relu'],
  inputsToSave: ['x', 'scale', 'shift'],
  outputsToSave: [true, true, true, true, true, true],
  of: (dy, saved, { epsilon, relu }) => {
    const [x, scale, shift, y, ...kept] = saved as [Tensor, Tensor, Tensor, Tensor, ...Tensor[]];
    const inputs = { dy, x, scale, shift, y, ...keptByName(kept) };
    const [dx, dscale, dshift] = runKernels('SignBatchNormGradient', inputs, { epsilon, relu });
    return { x: () => dx!, scale: () => dscale!, shift: () => dshift! };
  },
});

defineGradient('SignLayerNorm', {
  attributes: ['epsilon'], // the kept tensors depend on it
  inputsToSave: ['x', 'scale'],
  outputsToSave: [false, true, true],
  of: (dy, saved) => {
    const [x, scale, ...kept] = saved as [Tensor, Tensor, ...Tensor[]];
    const inputs = { dy, x, scale, ...keptByName(kept) };
    const [dx, dscale, dshift] = runKernels('SignLayerNormGradient', inputs, {});
    return { x: () => dx!, scale: () => dscale!, shift: () => dshift! };
  },
});
