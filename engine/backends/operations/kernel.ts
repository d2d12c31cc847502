/**
 * Kernels of our own, which each backend registers under these names beside tfjs' own: fused passes, and gradients that tfjs lacks or
 * computes slowly. Their gradients are registered once, in the files beside this one.
 */
import { engine, getKernel, registerGradient, registerKernel, unregisterKernel, util } from '@tensorflow/tfjs-core';
import type {
  GradConfig,
  KernelFunc,
  NamedAttrMap,
  NamedTensorInfoMap,
  NamedTensorMap,
  Tensor,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import {
  checkAttributes,
  ignoredAttribute,
  type AttributeOf,
  type KernelAttributes,
  type KernelName,
} from './attributes';

/** Runs a kernel that has one output on the backend in use. */
export function runKernel<N extends KernelName>(
  name: N,
  inputs: NamedTensorMap,
  attributes: KernelAttributes[N],
): Tensor {
  return engine().runKernel(name, inputs, attributes as NamedAttrMap);
}

/** Runs a kernel that has several outputs on the backend in use. */
export function runKernels<N extends KernelName>(
  name: N,
  inputs: NamedTensorMap,
  attributes: KernelAttributes[N],
): Tensor[] {
  return engine().runKernel(name, inputs, attributes as NamedAttrMap);
}

/** Outputs that a kernel keeps as inputs of its gradient. Each backend decides how many there are and what they hold. */
export function keptByName(kept: readonly Tensor[]): NamedTensorMap {
  return Object.fromEntries(kept.map((tensor, i) => [`kept${i}`, tensor]));
}

/** The gradient of a kernel's first output; tfjs passes a list if the kernel has several outputs. */
export function ofFirst(dys: Tensor | Tensor[]): Tensor {
  return Array.isArray(dys) ? dys[0]! : dys;
}

/** Computes a kernel from its inputs, its attributes `A` and the tools of its backend. */
export type Run<A, C> = (inputs: NamedTensorInfoMap, attributes: A, context: C) => TensorInfo | TensorInfo[];

/**
 * Returns a function that registers our kernels for one backend. Each kernel names the attributes that it implements, sees only those,
 * and throws if it gets another.
 */
export function kernelsOf<C>(backendName: string, contextOf: (backend: never) => C) {
  return <N extends KernelName, A extends AttributeOf<N>>(
    name: N,
    implemented: readonly A[],
    run: Run<Pick<KernelAttributes[N], A>, C>,
  ): void => {
    registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        checkAttributes(`${name} of ${backendName}`, attrs, implemented);
        return run(inputs, attrs as Pick<KernelAttributes[N], A>, contextOf(backend as never));
      },
    });
  };
}

/** The gradient of one of our kernels, which names the attributes that it takes into account. */
export interface Gradient<N extends KernelName, A extends AttributeOf<N>> extends Omit<
  GradConfig,
  'kernelName' | 'gradFunc'
> {
  attributes: readonly A[];
  of: (
    dy: Tensor | Tensor[],
    saved: Tensor[],
    attributes: Pick<KernelAttributes[N], A>,
  ) => Record<string, () => Tensor>;
}

/** Registers the gradient of one of our kernels, for all backends. */
export function defineGradient<N extends KernelName, A extends AttributeOf<N>>(
  kernelName: N,
  { attributes, of, ...saves }: Gradient<N, A>,
): void {
  registerGradient({
    kernelName,
    ...saves,
    gradFunc: (dy, saved, given) => {
      checkAttributes(`the gradient of ${kernelName}`, given, attributes);
      return of(dy, saved, given as Pick<KernelAttributes[N], A>);
    },
  });
}

/** Replaces a kernel of tfjs by ours. Calls with an attribute that ours does not implement, and calls that ours passes on, still run tfjs' kernel. */
export function replaceKernel(
  { name, backend, implemented }: { name: string; backend: string; implemented: readonly string[] },
  around: (stock: KernelFunc) => KernelFunc,
): void {
  const stock = getKernel(name, backend);
  const ours = around(stock.kernelFunc);
  unregisterKernel(name, backend);
  registerKernel({
    ...stock,
    kernelFunc: (call) => (ignoredAttribute(call.attrs, implemented) === undefined ? ours : stock.kernelFunc)(call),
  });
}

/** Number of elements of a tensor. */
export function elements(tensor: TensorInfo | undefined): number {
  return util.sizeFromShape(tensor!.shape);
}

/** Size of the last axis. */
export function lastAxis(tensor: TensorInfo | undefined): number {
  return tensor!.shape.at(-1)!;
}
