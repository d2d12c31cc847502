/** Runs the vector kernels. Uses several threads if the memory is shared. */
import { Worker } from 'node:worker_threads';
import { serve, takeShares, type Board, type KernelFunction, type WorkerData } from './shares';
import {
  compileSimdKernels,
  SIMD_KERNELS,
  TILE_ROWS,
  type InstructionSet,
  type SimdKernel,
  type TileRows,
} from './simd/load';

/** How the work of a kernel can be split: the number of units, and the approximate number of operations in each. */
export interface Work {
  units: number;
  cost: number;
}

export interface Pool {
  readonly threads: number;
  /** Whether the kernels add products without rounding them first, which depends on the instruction set and on the processor. */
  readonly fuses: boolean;
  /** Whether convolutions may use the transforms of ./winograd.ts, whose results differ in the last bits. It may change between two calls. */
  winograd: boolean;
  /** Whether GELU is computed in single precision. */
  readonly gelu32: boolean;
  /** Runs a kernel and returns when all of its work is done. */
  run(kernel: SimdKernel, args: readonly number[], work: Work): void;
  /** Ends the worker threads. */
  dispose(): void;
}

/** Greatest number of threads. In measurements more threads did not help, because passes over activations wait for memory. */
export const MOST_THREADS = 8;

/**
 * Number of parts per thread into which a job is split. With several parts, other threads can do the work of a late or interrupted
 * thread.
 */
const PARTS = 8;
/** Minimum number of operations in a part. With fewer, splitting takes longer than the work that it saves (a few microseconds). */
const LEAST_COST = 20_000;
/** Number of checks for new work before a worker sleeps (about 50 µs). During training the next job usually comes within this time. */
const PATIENCE = 10_000;
/**
 * Number of one-second waits after which a thread counts as hung. One long wait would not work, because the clock also runs while the
 * process is suspended (Ctrl-Z, a cluster). With short waits, a suspension of any length counts as one wait.
 */
const MOST_WAITS = 60;
/** Greatest number of arguments of a kernel. */
const MOST_ARGUMENTS = 40;

export interface PoolOptions {
  /** Includes the calling thread, so 1 means that there are no workers. */
  threads: number;
  set: InstructionSet;
  winograd: boolean;
  gelu32: boolean;
  /** For tests. */
  rows?: TileRows;
}

export function createPool(
  memory: WebAssembly.Memory,
  { threads, set, winograd, gelu32, rows = TILE_ROWS }: PoolOptions,
): Pool {
  const module = compileSimdKernels(memory, set);
  const { exports } = new WebAssembly.Instance(module, { env: { memory, rows } });
  const kernels = SIMD_KERNELS.map((name) => exports[name] as KernelFunction);
  const workers = threads > 1 ? new Workers(kernels, { module, memory, rows, threads }) : undefined;
  return {
    threads,
    winograd,
    gelu32,
    fuses: (exports['fuses'] as () => number)() !== 0,
    run(kernel, args, { units, cost }) {
      const parts = Math.min(units, threads * PARTS, Math.floor((units * cost) / LEAST_COST));
      const index = SIMD_KERNELS.indexOf(kernel);
      if (workers && parts > 1) workers.run({ kernel: index, args, units, size: Math.ceil(units / parts) });
      else kernels[index]!(...args, 0, units, 0);
    },
    dispose: () => {
      workers?.dispose();
    },
  };
}

const PROGRAM = `(${serve.toString()})(require('node:worker_threads').workerData, ${takeShares.toString()})`;

/** A pool of worker threads. */
class Workers {
  private readonly board: Board = createBoard();
  private readonly workers: Worker[];
  private problem: Error | undefined;
  private disposed = false;

  constructor(
    private readonly kernels: KernelFunction[],
    { threads, ...instance }: Pick<WorkerData, 'module' | 'memory' | 'rows'> & { threads: number },
  ) {
    this.workers = Array.from({ length: threads - 1 }, (_, i) => {
      const workerData: WorkerData = {
        ...this.board,
        ...instance,
        names: SIMD_KERNELS,
        thread: i + 1,
        patience: PATIENCE,
      };
      const worker = new Worker(PROGRAM, { eval: true, workerData });
      worker.unref();
      worker.once('error', (error: Error) => (this.problem ??= error));
      worker.once('exit', () => {
        if (!this.disposed)
          this.problem ??= new Error('a thread of the WASM backend ended unexpectedly. Resume the run.');
      });
      return worker;
    });
  }

  run({ kernel, args, units, size }: { kernel: number; args: readonly number[]; units: number; size: number }): void {
    if (this.problem) throw this.problem;
    const { ticket, done, job, values } = this.board;
    const parts = Math.ceil(units / size);
    job.set([kernel, args.length, units, size, parts]);
    values.set(args);
    Atomics.store(done, 0, 0);
    Atomics.store(ticket, 0, (((Atomics.load(ticket, 0) >>> 8) + 1) << 8) | parts);
    Atomics.notify(ticket, 0);
    takeShares(this.board, this.kernels, 0);
    this.awaitOthers(parts);
    if (Atomics.load(done, 1) === 0) return;
    this.problem = new Error(`the kernel ${SIMD_KERNELS[kernel]} failed`);
    throw this.problem;
  }

  dispose(): void {
    this.disposed = true;
    for (const worker of this.workers) void worker.terminate();
  }

  private awaitOthers(parts: number): void {
    const { done } = this.board;
    for (let looks = 0; looks < PATIENCE; looks++) if (Atomics.load(done, 0) === parts) return;
    let count = Atomics.load(done, 0);
    for (let waits = 0; waits < MOST_WAITS; waits++) {
      if (count === parts) return;
      Atomics.wait(done, 0, count, 1_000);
      const now = Atomics.load(done, 0);
      if (now !== count) waits = 0;
      count = now;
    }
    this.problem = new Error('a thread of the WASM backend does not respond. Resume the run.');
    throw this.problem;
  }
}

/** Each field has its own cache lines, so that reading a field does not wait for writes to another. */
function createBoard(): Board {
  const line = 128;
  const buffer = new SharedArrayBuffer(3 * line + MOST_ARGUMENTS * Float64Array.BYTES_PER_ELEMENT);
  return {
    ticket: new Int32Array(buffer, 0, 1),
    done: new Int32Array(buffer, line, 2),
    job: new Int32Array(buffer, 2 * line, 5),
    values: new Float64Array(buffer, 3 * line, MOST_ARGUMENTS),
  };
}
