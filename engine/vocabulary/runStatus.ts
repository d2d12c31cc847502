/** The statuses of a run, and what a person can do about each. */

/** How a run ended by its own account. */
export type Outcome = 'done' | 'diverged' | 'stopped' | 'failed';

/** `waiting`: its process has not begun. `interrupted`: its process is gone without an `ended` event (killed, out of memory, disk full). */
export type RunStatus = 'waiting' | 'running' | 'interrupted' | Outcome;

/** The codicon of each status. */
export const STATUS_ICONS: Record<RunStatus, string> = {
  waiting: 'watch',
  running: 'loading~spin',
  done: 'circle-filled',
  stopped: 'debug-pause',
  interrupted: 'debug-disconnect',
  diverged: 'warning',
  failed: 'error',
};

export type NextStep = 'stop' | 'resume' | 'none';

/** What a list and a panel offer for a run. `waiting` is resumable: its process ended before it could begin. */
export function nextStep({ status, stopping }: { status: RunStatus; stopping?: boolean | undefined }): NextStep {
  if (status === 'running') return stopping ? 'none' : 'stop';
  return status === 'done' || status === 'diverged' ? 'none' : 'resume';
}
