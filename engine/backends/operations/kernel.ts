/**
 * Kernels of our own, which each backend registers under these names beside tfjs' own: fused passes, and gradients that tfjs lacks or
 * computes slowly. Their gradients are registered once, in the files beside this one.
 */
import { engine, getKernel, registerKernel, unregisterKernel, util } from '@tensorflow/tfjs-core';
import type {
  KernelFunc,
  NamedAttrMap,
  NamedTensorInfoMap,
  NamedTensorMap,
  Tensor,
  TensorInfo,
} from '@tensorflow/tfjs-core';

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

/** Outputs that a kernel keeps for its gradient, as inputs of that: how many there are, and what they hold, is each backend's own affair. */
export function keptByName(kept: readonly Tensor[]): NamedTensorMap {
  return Object.fromEntries(kept.map((tensor, i) => [`kept${i}`, tensor]));
}

/** The gradient of a kernel's first output; tfjs hands over a list where a backend's kernel has several. */
export function ofFirst(dys: Tensor | Tensor[]): Tensor {
  return Array.isArray(dys) ? dys[0]! : dys;
}

/** What a kernel computes of its inputs and its attributes `A`, with what its backend gives it to compute with. */
export type Run<A, C> = (inputs: NamedTensorInfoMap, attributes: A, context: C) => TensorInfo | TensorInfo[];

/** Registers kernels of ours for one backend. */
export function kernelsOf<C>(backendName: string, contextOf: (backend: never) => C) {
  return <A = unknown>(name: KernelName, run: Run<A, C>): void => {
    registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => run(inputs, attrs as A, contextOf(backend as never)),
    });
  };
}

/** Puts a kernel of ours in the place of tfjs' own, which it may call for what it does not do. */
export function replaceKernel(name: string, backendName: string, around: (stock: KernelFunc) => KernelFunc): void {
  const stock = getKernel(name, backendName);
  unregisterKernel(name, backendName);
  registerKernel({ ...stock, kernelFunc: around(stock.kernelFunc) });
}

/** Number of elements of a tensor. */
export function elements(tensor: TensorInfo | undefined): number {
  return util.sizeFromShape(tensor!.shape);
}

/** Size of the last axis. */
export function lastAxis(tensor: TensorInfo | undefined): number {
  return tensor!.shape.at(-1)!;
}
