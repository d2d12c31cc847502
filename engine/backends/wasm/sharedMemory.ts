/**
 * Starts tfjs' WASM backend with memory that threads share. Only the threaded build of tfjs has such memory. That build starts eight
 * workers for kernels that training does not use. Here the workers are replaced by stubs, and ./pool.ts runs our kernels on threads.
 */
import { env } from '@tensorflow/tfjs-core';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';

/** A stub of a worker. It only reports to Emscripten that it has loaded. */
class StandIn {
  private listener: ((message: object) => void) | undefined;

  on(event: string, listener: (message: object) => void): void {
    if (event === 'message') this.listener = listener;
  }

  postMessage({ cmd }: { cmd: string }): void {
    if (cmd === 'load') queueMicrotask(() => this.listener?.({ cmd: 'loaded' }));
  }

  ref = (): void => undefined;
  unref = (): void => undefined;
  terminate = (): void => undefined;
}

/** Runs `start`, which initializes the backend, and lets it use the threaded build and stub workers. Restores everything afterwards. */
export async function withSharedMemory(start: () => Promise<void>): Promise<void> {
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
  setThreadsCount(1);
  const worker = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  // Emscripten assigns Node's own class to this name before use, so the assignment must be intercepted.
  Object.defineProperty(globalThis, 'Worker', { configurable: true, get: () => StandIn, set: () => undefined });
  try {
    await start();
  } finally {
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    if (worker) Object.defineProperty(globalThis, 'Worker', worker);
    else Reflect.deleteProperty(globalThis, 'Worker');
  }
}
