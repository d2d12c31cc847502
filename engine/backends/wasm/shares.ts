/**
 * Distributes a job over threads. The two functions here run in the main thread and, as text, in workers. So they may use only their
 * arguments.
 *
 * A ticket contains the number of the job and, in its low 8 bits, the number of parts that no thread has taken yet. The description of
 * a job changes only when no parts are left. So if a thread reads the description and then succeeds in taking a part, the description
 * was complete.
 */
import type { SimdKernel, TileRows } from './simd/load';

export type KernelFunction = (...args: number[]) => void;

/** Memory that all threads see. */
export interface Board {
  /** [ticket] */
  ticket: Int32Array;
  /** [number of parts that are done, 1 if a part has failed] */
  done: Int32Array;
  /** [kernel, number of arguments, units, units in each part, parts] */
  job: Int32Array;
  values: Float64Array;
}

export interface WorkerData extends Board {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  rows: TileRows;
  names: readonly SimdKernel[];
  thread: number;
  /** Number of checks of the ticket before a worker sleeps. */
  patience: number;
}

/** Takes parts and computes them until none is left. Returns the ticket at that time. */
export function takeShares({ ticket, done, job, values }: Board, kernels: KernelFunction[], thread: number): number {
  for (;;) {
    const seen = Atomics.load(ticket, 0);
    const left = seen & 255;
    if (left === 0) return seen;
    const [kernel = 0, count = 0, units = 0, size = 0, parts = 0] = job;
    const args = Array.from(values.subarray(0, count));
    if (Atomics.compareExchange(ticket, 0, seen, seen - 1) !== seen) continue;
    const first = (parts - left) * size;
    try {
      kernels[kernel]!(...args, first, Math.min(units, first + size), thread);
    } catch {
      Atomics.store(done, 1, 1);
    }
    if (Atomics.add(done, 0, 1) + 1 === parts) Atomics.notify(done, 0);
  }
}

/** The loop of a worker: waits for a new ticket and computes parts, until the worker is terminated. */
export function serve(
  { module, memory, rows, names, thread, patience, ...board }: WorkerData,
  take: typeof takeShares,
): void {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, rows } });
  const kernels = names.map((name) => exports[name] as KernelFunction);
  for (;;) {
    const seen = take(board, kernels, thread);
    let looks = 0;
    while (looks < patience && Atomics.load(board.ticket, 0) === seen) looks++;
    if (looks === patience) Atomics.wait(board.ticket, 0, seen);
  }
}
