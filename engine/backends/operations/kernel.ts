/**
 * Registers our own kernels, which each backend has in addition to the kernels of tfjs. They compute several operations in one pass, or
 * gradients that tfjs does not have or computes slowly. The other files of this folder register the gradient functions that call these
 * kernels, once for all backends.
 */
import {
  engine,
  getKernel,
  registerGradient,
  registerKernel,
  unregisterKernel,
  util,
  version_core,
} from '@tensorflow/tfjs-core';
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

/** Runs a kernel with one output on the current backend. */
export function runKernel<N extends KernelName>(
  name: N,
  inputs: NamedTensorMap,
  attributes: KernelAttributes[N],
): Tensor {
  return engine().runKernel(name, inputs, attributes as NamedAttrMap);
}

/** Runs a kernel with several outputs on the current backend. */
export function runKernels<N extends KernelName>(
  name: N,
  inputs: NamedTensorMap,
  attributes: KernelAttributes[N],
): Tensor[] {
  return engine().runKernel(name, inputs, attributes as NamedAttrMap);
}

/**
 * Like `runKernels`, for a kernel whose first output alone is differentiable. Its gradient function gets one tensor. Otherwise tfjs would make
 * a tensor of zeros for each other output in each step. Throws if tfjs records the kernel elsewhere than at the end of its tape.
 */
export function runFirstDifferentiable<N extends KernelName>(
  name: N,
  inputs: NamedTensorMap,
  attributes: KernelAttributes[N],
): Tensor[] {
  const outputs = runKernels(name, inputs, attributes);
  const { activeTape, gradientDepth, kernelDepth } = engine().state;
  const isRecorded = gradientDepth > 0 && kernelDepth === 0;
  if (!isRecorded || outputs.length === 1) return outputs;
  const node = activeTape.at(-1);
  if (node?.outputs[0] !== outputs[0]) throw new Error(`${name} is not at the end of the tape of tfjs ${version_core}`);
  node!.outputs = outputs.slice(0, 1);
  return outputs;
}

/** Whether the current backend has an optional kernel. Without it, other kernels compute the same. */
export function hasKernel(name: KernelName): boolean {
  return (getKernel(name, engine().backendName) as unknown) !== undefined;
}

/** Returns the outputs of a kernel that are saved as inputs of its gradient. Each backend decides their number and content. */
export function keptByName(kept: readonly Tensor[]): NamedTensorMap {
  return Object.fromEntries(kept.map((tensor, i) => [`kept${i}`, tensor]));
}

/** Computes a kernel from its inputs, its attributes `A` and the tools of its backend. */
export type Run<A, C> = (inputs: NamedTensorInfoMap, attributes: A, context: C) => TensorInfo | TensorInfo[];

/**
 * Returns a function that registers our kernels for one backend. Each kernel lists the attributes that it implements and receives only
 * those. Calling it with another attribute throws.
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

/**
 * The gradient of one of our kernels, from the gradients `D` of its outputs. `attributes` lists the names of the attributes that the gradient
 * implements.
 */
export interface Gradient<N extends KernelName, A extends AttributeOf<N>, D = Tensor> extends Omit<
  GradConfig,
  'kernelName' | 'gradFunc'
> {
  attributes: readonly A[];
  of: (dy: D, saved: Tensor[], attributes: Pick<KernelAttributes[N], A>) => Record<string, () => Tensor>;
}

/** Registers the gradient of one of our kernels with one differentiable output, for all backends. */
export function defineGradient<N extends KernelName, A extends AttributeOf<N>>(
  kernelName: N,
  { of, ...gradient }: Gradient<N, A>,
): void {
  defineGradientOfAll(kernelName, { ...gradient, of: ([dy], ...given) => of(dy!, ...given) });
}

/** Registers the gradient of one of our kernels whose outputs are all differentiable, for all backends. */
export function defineGradientOfAll<N extends KernelName, A extends AttributeOf<N>>(
  kernelName: N,
  { attributes, of, ...saves }: Gradient<N, A, Tensor[]>,
): void {
  registerGradient({
    kernelName,
    ...saves,
    gradFunc: (dy, saved, given) => {
      checkAttributes(`the gradient of ${kernelName}`, given, attributes);
      return of([dy].flat(), saved, given as Pick<KernelAttributes[N], A>);
    },
  });
}

/**
 * Replaces a kernel of tfjs by our kernel. The kernel of tfjs still runs if a call has an attribute that ours does not implement, or
 * if ours passes the call on.
 */
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

/** Returns the number of elements of a tensor. */
export function elements(tensor: TensorInfo | undefined): number {
  return util.sizeFromShape(tensor!.shape);
}

/** Returns the size of the last axis. */
export function lastAxis(tensor: TensorInfo | undefined): number {
  return tensor!.shape.at(-1)!;
}
