import type { RunSummary } from '../engine/protocol';
import type { RunChange } from './runs';
import { standing } from './words';

/** The notification about a run that has ended, with the command of its button. */
export interface Notice {
  severity: 'information' | 'warning' | 'error';
  sentence: string;
  action: { label: string; command: 'openRun' | 'resume' | 'showLog' };
}

/**
 * Returns the notice about a run that ended while this window was open. Returns undefined for other changes, and for a run that the
 * user stopped.
 */
export function noticeOf({ before, after }: Pick<RunChange, 'before' | 'after'>): Notice | undefined {
  if (!before || !after || (before.status !== 'running' && before.status !== 'waiting')) return undefined;
  const open = { label: 'Open', command: 'openRun' as const };
  switch (after.status) {
    case 'done':
      return { severity: 'information', sentence: `${after.name} is done: ${standing(after)}.`, action: open };
    case 'diverged':
      return { severity: 'warning', sentence: `${after.name} diverged${because(after)}.`, action: open };
    case 'interrupted': {
      const action = { label: 'Resume', command: 'resume' as const };
      return { severity: 'warning', sentence: `${after.name} was interrupted${because(after)}.`, action };
    }
    case 'failed': {
      const action = { label: 'Show Log', command: 'showLog' as const };
      return { severity: 'error', sentence: `${after.name} failed${because(after)}.`, action };
    }
    default:
      return undefined;
  }
}

/** Says that a run with the same options has already finished, so no run was started. */
export function finishedSentence(run: RunSummary | undefined): string {
  const result = run?.status === 'done' ? `: ${standing(run)}` : run?.status === 'diverged' ? ', and diverged' : '';
  const name = run?.name ?? 'The run';
  return `${name} has already finished with these options${result}. To train again, change an option, such as "seed".`;
}

function because({ message }: RunSummary): string {
  return message ? `: ${message.replace(/\.$/, '')}` : '';
}
