/** Measures one backend in a process of its own, so that a driver that hangs or crashes takes nothing along. */
import { startBackend } from '../backends/startBackend';
import { ChildError, documentIn, runNode, throwIfCancelled } from '../children';
import { buildArchitecture } from '../models/registry';
import type { Speed } from '../vocabulary/backends';
import type { Measure, Work } from './calibrate';
import { FIRST_BATCH, measureSpeed, rehearse } from './rehearse';

/** What the parent asks of the measuring process. */
interface Task {
  backend: Speed['name'];
  work: Work;
  /** How long to measure. */
  seconds: number;
}

const SECONDS = 2;
/** A backend that has not finished its first batch by then is stopped, and counts as at most this slow. */
const LONGEST_MS = 60_000;
const SLOWEST = (1000 * FIRST_BATCH) / LONGEST_MS;

/** The verb of the command line that runs `measureHere`. */
export const MEASURE_VERB = 'measure-backend';

/** Returns a `Measure` that starts `cli`, the command line's program, for each backend. */
export function measureIn(cli: string): Measure {
  return async (backend, work, signal) => {
    const task: Task = { backend, work, seconds: SECONDS };
    const limit = AbortSignal.timeout(LONGEST_MS);
    try {
      const either = signal ? AbortSignal.any([signal, limit]) : limit;
      const args = [cli, MEASURE_VERB, JSON.stringify(task), '--json'];
      const { stdout } = await runNode(args, { signal: either, tied: true });
      return { name: backend, ...(documentIn(stdout) as { examplesPerSecond: number }) };
    } catch (error) {
      throwIfCancelled(signal);
      if (limit.aborted) return { name: backend, examplesPerSecond: SLOWEST };
      if (error instanceof ChildError) return { name: backend, examplesPerSecond: 0, problem: error.lastLine };
      throw error;
    }
  };
}

/** The measuring process: trains on noise and returns examples per second. `task` is a `Task` as JSON. */
export async function measureHere(task: string): Promise<{ examplesPerSecond: number }> {
  process.once('disconnect', () => process.exit(1)); // the parent is gone
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
