/**
 * Starts tfjs' WASM backend with memory that threads share. Only its build for threads has such memory. That build starts eight workers for
 * kernels that training does not use. They are replaced by stubs here, and ./pool.ts runs our kernels on threads.
 */
import { env } from '@tensorflow/tfjs-core';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';

/** A stub of a worker. It only reports to Emscripten that its program has loaded. */
class StandIn {
  private hear: ((message: object) => void) | undefined;

  on(event: string, listener: (message: object) => void): void {
    if (event === 'message') this.hear = listener;
  }

  postMessage({ cmd }: { cmd: string }): void {
    if (cmd === 'load') queueMicrotask(() => this.hear?.({ cmd: 'loaded' }));
  }

  ref = (): void => undefined;
  unref = (): void => undefined;
  terminate = (): void => undefined;
}

/** Runs `start`, which initializes the backend, with the build for shared memory and with stub workers. Restores everything afterwards. */
export async function withSharedMemory(start: () => Promise<void>): Promise<void> {
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
  setThreadsCount(1);
  const worker = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  // Emscripten assigns Node's own class to this name before it uses it.
  Object.defineProperty(globalThis, 'Worker', { configurable: true, get: () => StandIn, set: () => undefined });
  try {
    await start();
  } finally {
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    if (worker) Object.defineProperty(globalThis, 'Worker', worker);
    else Reflect.deleteProperty(globalThis, 'Worker');
  }
}
