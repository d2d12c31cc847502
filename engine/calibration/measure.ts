/** Measures one backend in a separate process, so that a driver that hangs or crashes does no harm. */
import { startBackend } from '../backends/startBackend';
import { ChildError, documentIn, runNode, throwIfCancelled } from '../children';
import { buildArchitecture } from '../models/registry';
import type { Speed } from '../vocabulary/backends';
import type { Measure, Work } from './calibrate';
import { FIRST_BATCH, measureSpeed, rehearse } from './rehearse';

/** The task that the measuring process receives. */
interface Task {
  backend: Speed['name'];
  work: Work;
  /** Duration of the measurement. */
  seconds: number;
}

const SECONDS = 2;
/** Time limit of a measurement. A backend that exceeds the limit is stopped, and its speed counts as one batch in this time. */
const LONGEST_MS = 60_000;
const TICK_MS = 1_000;
const SLOWEST = (1000 * FIRST_BATCH) / LONGEST_MS;

/** The verb of the command line that runs `measureHere`. */
export const MEASURE_VERB = 'measure-backend';

/**
 * Returns a `Measure` that starts `cli`, the program of the command line, for each backend.
 * @param threads number of threads of the measured process; by default as many as a run has
 */
export function measureIn(cli: string, { threads }: { threads?: number } = {}): Measure {
  return async (backend, work, signal) => {
    const task: Task = { backend, work, seconds: SECONDS };
    const limit = wakingLimit(LONGEST_MS);
    try {
      const either = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
      const args = [cli, MEASURE_VERB, JSON.stringify(task), '--json'];
      const { stdout } = await runNode(args, {
        ...{ signal: either, tied: true },
        ...(threads !== undefined && { env: { WINNING_SIGN_THREADS: String(threads) } }),
      });
      return { name: backend, ...(documentIn(stdout) as { examplesPerSecond: number }) };
    } catch (error) {
      throwIfCancelled(signal);
      if (limit.signal.aborted) return { name: backend, examplesPerSecond: SLOWEST };
      if (error instanceof ChildError) return { name: backend, examplesPerSecond: 0, problem: error.lastLine };
      throw error;
    } finally {
      limit.dispose();
    }
  };
}

/** Returns a signal that is aborted after a time during which this process was not stopped and the machine did not sleep. */
export function wakingLimit(limitMs: number, tickMs = TICK_MS): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  let left = Math.ceil(limitMs / tickMs);
  const timer = setInterval(() => {
    if (--left <= 0) controller.abort();
  }, tickMs);
  return {
    signal: controller.signal,
    dispose: () => {
      clearInterval(timer);
    },
  };
}

/** Runs in the measuring process. Trains on random images and returns examples per second. `task` is a `Task` as JSON. */
export async function measureHere(task: string): Promise<{ examplesPerSecond: number }> {
  process.once('disconnect', () => process.exit(1)); // the parent has ended
  const { backend: name, work, seconds } = JSON.parse(task) as Task;
  const architecture = buildArchitecture(work.model, work.data);
  const backend = await startBackend(name);
  try {
    const start = (batch: number) => rehearse(architecture, backend, { batch, method: 'lrr' });
    const { ms, batch } = await measureSpeed(start, { batch: work.batchSize, seconds });
    return { examplesPerSecond: (1000 * batch) / ms };
  } finally {
    backend.dispose();
  }
}
