/** Checks the backends in a separate process, because their native libraries may print to standard error, hang or crash. */
import { reportBackends } from '../backends/report';
import { ChildError, documentIn, runNode } from '../children';
import { command } from '../commands';
import { MachineError } from '../errors';
import { CLI } from '../runs/detached';
import type { BackendReport } from '../vocabulary/backends';

export interface Probe {
  /** The best first, as `reportBackends` returns them. */
  backends: BackendReport[];
  /** What the libraries printed to standard error. It helps only if a backend that should work does not. */
  printed: string;
}

/** Time limit. It is long enough to load the largest library from a network drive. */
const LONGEST_MS = 120_000;

/** The verb of the command line that runs `probeHere`. */
export const PROBE_VERB = 'probe-backends';

export interface ProbeOptions {
  /** The program of the command line. */
  cli?: string;
  timeLimitMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Starts the command line to check the backends. Throws MachineError with the last printed line if it crashes or hangs, and Cancelled if
 * the signal was aborted.
 */
export async function probeBackends({
  cli = CLI,
  timeLimitMs = LONGEST_MS,
  signal,
}: ProbeOptions = {}): Promise<Probe> {
  try {
    const { stdout, stderr } = await runNode([cli, PROBE_VERB, '{}', '--json'], {
      ...{ tied: true, timeLimitMs },
      ...(signal && { signal }),
    });
    return { backends: (documentIn(stdout) as { backends: BackendReport[] }).backends, printed: stderr.trimEnd() };
  } catch (error) {
    if (!(error instanceof ChildError) && !(error instanceof SyntaxError)) throw error;
    const last = error instanceof ChildError && error.lastLine !== error.message ? ` (${error.lastLine})` : '';
    const sentence = `The check of the backends did not finish: ${error.message}${last}.`;
    throw new MachineError(`${sentence} ${REMEDY}`, { cause: error });
  }
}

const REMEDY = `If TensorFlow or WebGPU causes this, remove it with “${command('backends', 'uninstall', 'NAME')}”, where NAME is tensorflow or webgpu.`;

/** Runs in the separate process. */
export async function probeHere(): Promise<{ backends: BackendReport[] }> {
  process.once('disconnect', () => process.exit(1)); // the parent has ended
  return { backends: await reportBackends() };
}
