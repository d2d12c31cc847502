/**
 * Kernels of our own, which each backend registers under these names beside tfjs' own: fused passes, and gradients that tfjs lacks or
 * computes slowly. Their gradients are registered once, in the files beside this one.
 */
import { engine, type NamedAttrMap, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';

export const KERNELS = [
  'SignConvolve',
  'SignConvolveInputGradient',
  'SignConvolveFilterGradient',
  'SignBatchNorm',
  'SignBatchNormGradient',
  'SignNormalize',
  'SignLayerNorm',
  'SignLayerNormGradient',
  'SignAddBias',
  'SignBiasGradient',
  'SignAddRelu',
  'SignReluGradient',
  'SignGelu',
  'SignGeluGradient',
  'SignGlobalMean',
  'SignGlobalMeanGradient',
  'SignMaxPool',
  'SignMaxPoolGradient',
  'SignCrossEntropy',
  'SignCrossEntropyGradient',
] as const;
export type KernelName = (typeof KERNELS)[number];

/** Runs a kernel that has one output on the backend in use. */
export function runKernel(name: KernelName, inputs: NamedTensorMap, attributes: object = {}): Tensor {
  return engine().runKernel(name, inputs, attributes as NamedAttrMap);
}

/** Runs a kernel that has several outputs on the backend in use. */
export function runKernels(name: KernelName, inputs: NamedTensorMap, attributes: object = {}): Tensor[] {
  return engine().runKernel(name, inputs, attributes as NamedAttrMap);
}
