/** Batch norm and layer norm. Each is computed in one pass forward and one pass backward. */
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { BatchNormAttributes, LayerNormAttributes } from './attributes';
import { defineGradient, keptByName, ofFirst, runKernel, runKernels } from './kernel';

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
  const [y, mean, variance] = runKernels('SignBatchNorm', { x, ...psi }, attributes);
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
  return runKernels('SignLayerNorm', { x, ...psi }, attributes)[0] as T;
}

defineGradient('SignBatchNorm', {
  attributes: ['epsilon', 'relu'],
  inputsToSave: ['x', 'scale', 'shift'],
  outputsToSave: [true, true, true, true, true, true],
  of: (dys, saved, { epsilon, relu }) => {
    const [x, scale, shift, y, ...kept] = saved as [Tensor, Tensor, Tensor, Tensor, ...Tensor[]];
    const inputs = { dy: ofFirst(dys), x, scale, shift, y, ...keptByName(kept) };
    const [dx, dscale, dshift] = runKernels('SignBatchNormGradient', inputs, { epsilon, relu });
    return { x: () => dx!, scale: () => dscale!, shift: () => dshift! };
  },
});

defineGradient('SignLayerNorm', {
  attributes: ['epsilon'], // the kept tensors depend on it
  inputsToSave: ['x', 'scale'],
  outputsToSave: [false, true, true],
  of: (dys, saved) => {
    const [x, scale, ...kept] = saved as [Tensor, Tensor, ...Tensor[]];
    const inputs = { dy: ofFirst(dys), x, scale, ...keptByName(kept) };
    const [dx, dscale, dshift] = runKernels('SignLayerNormGradient', inputs, {});
    return { x: () => dx!, scale: () => dscale!, shift: () => dshift! };
  },
});
