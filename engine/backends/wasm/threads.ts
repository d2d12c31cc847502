/**
 * Threads for tfjs' WASM backend in Node. tfjs has them in browsers only: it hands its workers their program as a blob's URL, which Node's
 * workers do not take, and its build starts half as many threads as there are processors. Both are put right while it starts.
 */
import { env } from '@tensorflow/tfjs-core';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import workerFactory from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js';
import { wasmWorkerContents } from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.worker.js';
import os from 'node:os';
import { Worker } from 'node:worker_threads';

/** The build keeps a pool of this many workers. */
export const MOST_THREADS = 8;

/** The program of a worker: Emscripten's, with the module it would otherwise load from a URL. */
const PROGRAM = `
var WasmBackendModuleThreadedSimd = ${workerFactory.toString()};
globalThis.WasmBackendModuleThreadedSimd = WasmBackendModuleThreadedSimd;
${wasmWorkerContents.replaceAll('\n', '\\n')}
globalThis.importScripts = () => undefined;
`;

/** Keeps the process alive while it starts, and never after: a process that has nothing else to do may end. */
class ProgramWorker extends Worker {
  private started = false;

  constructor() {
    super(PROGRAM, { eval: true });
    workers.push(this);
  }

  override ref(): void {
    if (!this.started) super.ref();
  }

  release(): void {
    this.started = true;
    this.unref();
  }
}

const workers: ProgramWorker[] = [];

/** Runs `start`, which initializes the backend, where it finds workers and `count` threads; then puts everything back. */
export async function withThreads(count: number, start: () => Promise<void>): Promise<void> {
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
  setThreadsCount(count);
  const { cpus } = os;
  const worker = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  // Emscripten assigns Node's own class to this name before it uses it.
  Object.defineProperty(globalThis, 'Worker', { configurable: true, get: () => ProgramWorker, set: () => undefined });
  os.cpus = () => Array.from({ length: 2 * count }, () => cpus()[0]!);
  try {
    await start();
  } finally {
    os.cpus = cpus;
    for (const each of workers.splice(0)) each.release();
    if (worker) Object.defineProperty(globalThis, 'Worker', worker);
    else Reflect.deleteProperty(globalThis, 'Worker');
  }
}
