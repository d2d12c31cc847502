/** Gives access to tensors on the heap of tfjs' WASM backend as typed arrays, so that a fused kernel can be a plain loop. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { createPool, type Pool, type PoolOptions } from './pool';
import { kernelsOf } from '../operations/kernel';

/**
 * The memory in which a kernel works. Allocate all outputs before you create a view: if the heap grows, existing views become invalid.
 */
export interface Heap {
  /** Runs vector kernels in the memory of tfjs's WASM module. */
  pool: Pool;
  allocate(shape: readonly number[]): TensorInfo;
  floats(tensor: TensorInfo | undefined): Float32Array;
  integers(tensor: TensorInfo | undefined): Int32Array;
  /** Offset of a tensor, in bytes. */
  address(tensor: TensorInfo): number;
  free(...tensors: TensorInfo[]): void;
}

/** The part of the tfjs backend that is used here. */
export type HeapBackend = Pick<
  BackendWasm,
  'makeOutput' | 'typedArrayFromHeap' | 'dataIdMap' | 'disposeData' | 'incRef'
> & {
  wasm: WithMemory;
};

/** Emscripten keeps the memory of a module in one of two places: in its exports, or in `wasmMemory` if threads share a given memory. */
interface WithMemory {
  asm?: { memory?: WebAssembly.Memory };
  wasmMemory?: WebAssembly.Memory;
}

export function heapOf(backend: HeapBackend): Heap {
  return {
    pool: poolOf(backend),
    allocate: (shape) => backend.makeOutput([...shape], 'float32'),
    floats: (tensor) => backend.typedArrayFromHeap(tensor!) as Float32Array,
    integers: (tensor) => backend.typedArrayFromHeap(tensor!) as Int32Array,
    address: (tensor) => backend.dataIdMap.get(tensor.dataId).memoryOffset,
    free: (...tensors) => {
      for (const { dataId } of tensors) backend.disposeData(dataId);
    },
  };
}

const pools = new WeakMap<HeapBackend, Pool>();

/** Sets the pool of a backend. The owner of the backend disposes the pool. */
export function startPool(backend: HeapBackend, options: PoolOptions): Pool {
  const memory = backend.wasm.wasmMemory ?? backend.wasm.asm?.memory;
  if (!memory) throw new Error('the WASM backend does not export its memory');
  const pool = createPool(memory, options);
  pools.set(backend, pool);
  return pool;
}

function poolOf(backend: HeapBackend): Pool {
  const pool = pools.get(backend);
  if (!pool) throw new Error('the WASM backend was started without its kernels');
  return pool;
}

/** Registers one of our kernels for the WASM backend. */
export const defineKernel = kernelsOf('wasm', heapOf);
