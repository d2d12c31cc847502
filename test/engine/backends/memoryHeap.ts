/** A heap for the kernels of the wasm backend in memory of its own, without tfjs. */
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';
import type { Heap } from '../../../engine/backends/wasm/heap';
import { createPool, type PoolOptions } from '../../../engine/backends/wasm/pool';
import { sizeOf } from '../../../engine/tensors';

/** Returns a heap with `pages` of 64 KiB. Memory that is freed is not used again, and is filled with NaN so that no kernel reads it. */
export function memoryHeap(options: PoolOptions, pages = 1024): Heap & { dispose(): void } {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65_536, shared: true });
  const pool = createPool(memory, options);
  const addresses = new WeakMap<DataId, number>();
  const address = ({ dataId }: TensorInfo) => addresses.get(dataId)!;
  const floats = (tensor: TensorInfo | undefined) =>
    new Float32Array(memory.buffer, address(tensor!), sizeOf(tensor!.shape));
  let next = 2 ** 16; // the first addresses belong to the compiler
  return {
    pool,
    allocate: (shape) => {
      const dataId = {};
      addresses.set(dataId, next);
      next += 128 * Math.ceil((4 * sizeOf(shape)) / 128);
      const tensor: TensorInfo = { dataId, shape: [...shape], dtype: 'float32' };
      floats(tensor).fill(NaN);
      return tensor;
    },
    floats,
    integers: (tensor) => new Int32Array(memory.buffer, address(tensor!), sizeOf(tensor!.shape)),
    address,
    free: (...tensors) => {
      for (const tensor of tensors) floats(tensor).fill(NaN);
    },
    dispose: () => {
      pool.dispose();
    },
  };
}
