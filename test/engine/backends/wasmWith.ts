/** Starts the wasm backend with or without Winograd's transforms, also if it is already running. */
import { engine, type KernelBackend } from '@tensorflow/tfjs-core';
import type { Backend } from '../../../engine/backends/backend';
import { startBackend } from '../../../engine/backends/startBackend';
import { heapOf, type HeapBackend } from '../../../engine/backends/wasm/heap';

/**
 * Returns the running backend with this choice. It also counts for other users of the backend in this process, until it is chosen again.
 */
export async function startWasmWith({ winograd }: { winograd: boolean }): Promise<Backend> {
  const backend = await startBackend('wasm');
  heapOf(engine().backend as KernelBackend & HeapBackend).pool.winograd = winograd;
  return backend;
}
