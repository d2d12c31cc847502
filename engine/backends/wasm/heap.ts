/** Tensors as typed arrays on the heap of tfjs' WASM backend, so that a fused kernel can be one plain loop over them. */
import { registerKernel, util, type NamedTensorInfoMap, type TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { loadSimdKernels, type SimdKernels } from './simd/load';
import type { KernelName } from '../operations/kernel';

/** What a kernel is given besides its inputs. Allocate every output before the first view: growing the heap detaches the views taken earlier. */
export interface Heap {
  /** The vector kernels, on the same memory. */
  simd: SimdKernels;
  allocate(shape: readonly number[]): TensorInfo;
  floats(tensor: TensorInfo | undefined): Float32Array;
  integers(tensor: TensorInfo | undefined): Int32Array;
  /** Where a tensor begins, in bytes. */
  address(tensor: TensorInfo): number;
  free(...tensors: TensorInfo[]): void;
}

/** What is used here of tfjs' backend. */
export type HeapBackend = Pick<
  BackendWasm,
  'makeOutput' | 'typedArrayFromHeap' | 'dataIdMap' | 'disposeData' | 'incRef'
> & {
  wasm: WithMemory;
};

/** Emscripten exports its memory, or is given one that threads share. */
interface WithMemory {
  asm?: { memory?: WebAssembly.Memory };
  wasmMemory?: WebAssembly.Memory;
}

export function heapOf(backend: HeapBackend): Heap {
  return {
    simd: simdOf(backend),
    allocate: (shape) => backend.makeOutput([...shape], 'float32'),
    floats: (tensor) => backend.typedArrayFromHeap(tensor!) as Float32Array,
    integers: (tensor) => backend.typedArrayFromHeap(tensor!) as Int32Array,
    address: (tensor) => backend.dataIdMap.get(tensor.dataId).memoryOffset,
    free: (...tensors) => {
      for (const { dataId } of tensors) backend.disposeData(dataId);
    },
  };
}

const loaded = new WeakMap<HeapBackend, SimdKernels>();

function simdOf(backend: HeapBackend): SimdKernels {
  const known = loaded.get(backend);
  if (known) return known;
  const memory = backend.wasm.wasmMemory ?? backend.wasm.asm?.memory;
  if (!memory) throw new Error('the WASM backend does not show its memory');
  const simd = loadSimdKernels(memory);
  loaded.set(backend, simd);
  return simd;
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
