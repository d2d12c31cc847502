/**
 * tfjs' WASM backend on memory that threads share. Its build for threads is the only one with such memory, and starts eight workers for kernels
 * that training does not use; here they are replaced by stubs, and ./pool.ts runs our kernels on threads.
 */
import { env } from '@tensorflow/tfjs-core';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';

/** A stub of a worker for Emscripten's start, which reports that its program has loaded. */
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

/** Runs `start`, which initializes the backend, such that it uses the build with shared memory and stub workers; then restores everything. */
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
