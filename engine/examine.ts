/** Runs the doctor in a separate process, because the native libraries of backends may print, hang or crash. */
import { ChildError, documentIn, runNode } from './children';
import type { DoctorCheck } from './vocabulary/backends';

/** Time limit. The slowest library may have to load from a network drive. */
const LONGEST_MS = 120_000;

/** Returns the checks of `winning-sign doctor`. If it crashes or does not end, returns a failed check. */
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
        detail: `the checks failed: ${error.message}${last}`,
        remedy:
          'Run “winning-sign doctor” in a terminal to see where it stops. To remove an installed backend, run “winning-sign backends uninstall NAME”.',
      },
    ];
  }
}
