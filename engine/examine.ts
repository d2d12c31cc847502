/** Runs the doctor in a separate process, because the native libraries of backends may print, hang or crash. */
import { ChildError, documentIn, runNode } from './children';
import { command } from './commands';
import type { DoctorCheck } from './vocabulary/backends';

/** Time limit. It is long enough to load the largest library from a network drive. */
const LONGEST_MS = 120_000;

/** Returns the checks of `winning-sign doctor`. If that process crashes or exceeds the time limit, returns one failed check. */
export async function examineWith(
  cli: string,
  { signal, timeLimitMs = LONGEST_MS }: { signal?: AbortSignal; timeLimitMs?: number },
): Promise<DoctorCheck[]> {
  try {
    const args = [cli, 'doctor', '--json'];
    const { stdout } = await runNode(args, { tied: true, timeLimitMs, ...(signal && { signal }) });
    return (documentIn(stdout) as { checks: DoctorCheck[] }).checks;
  } catch (error) {
    if (!(error instanceof ChildError) && !(error instanceof SyntaxError)) throw error;
    const last = error instanceof ChildError && error.lastLine !== error.message ? ` (${error.lastLine})` : '';
    return [
      {
        name: 'Doctor',
        ok: false,
        detail: `the doctor did not finish: ${error.message}${last}`,
        remedy: `Run “${command('doctor')}” in a terminal to see at which check it stops. If a backend causes the problem, remove the backend with “${command('backends', 'uninstall', 'NAME')}”.`,
      },
    ];
  }
}
