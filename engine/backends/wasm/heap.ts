/** Tensors as typed arrays on the heap of tfjs' WASM backend, so that a fused kernel can be one plain loop over them. */
import { registerKernel, util, type NamedTensorInfoMap, type TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelName } from '../operations/kernel';

/** What a kernel is given besides its inputs. Allocate every output before the first view: growing the heap detaches the views taken earlier. */
export interface Heap {
  allocate(shape: readonly number[]): TensorInfo;
  floats(tensor: TensorInfo | undefined): Float32Array;
  integers(tensor: TensorInfo | undefined): Int32Array;
}

/** What is used here of tfjs' backend. */
export type HeapBackend = Pick<BackendWasm, 'makeOutput' | 'typedArrayFromHeap'>;

export function heapOf(backend: HeapBackend): Heap {
  return {
    allocate: (shape) => backend.makeOutput([...shape], 'float32'),
    floats: (tensor) => backend.typedArrayFromHeap(tensor!) as Float32Array,
    integers: (tensor) => backend.typedArrayFromHeap(tensor!) as Int32Array,
  };
}

type Run<A> = (inputs: NamedTensorInfoMap, attributes: A, heap: Heap) => TensorInfo | TensorInfo[];

/** Registers a kernel of ours for the WASM backend. `A` is the type of its attributes. */
export function defineKernel<A = unknown>(name: KernelName, run: Run<A>): void {
  registerKernel({
    kernelName: name,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => run(inputs, attrs as A, heapOf(backend as HeapBackend)),
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
