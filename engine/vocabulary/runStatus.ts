/** The statuses of a run, and the actions that a user can take in each status. */

/** The outcome of a run, as its process has logged it. */
export type Outcome = 'done' | 'diverged' | 'stopped' | 'failed';

/** `waiting`: the process has not begun. `interrupted`: the process ended without an `ended` event (killed, out of memory, disk full). */
export type RunStatus = 'waiting' | 'running' | 'interrupted' | Outcome;

export type NextStep = 'stop' | 'resume' | 'none';

/** The actions for a run. `waiting` is resumable, because the process may have ended before the training began. */
export function nextStep({ status, stopping }: { status: RunStatus; stopping?: boolean | undefined }): NextStep {
  if (status === 'running') return stopping ? 'none' : 'stop';
  return status === 'done' || status === 'diverged' ? 'none' : 'resume';
}
