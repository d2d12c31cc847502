/** What VS Code shows of a row besides its texts: its status, whether it unfolds, and which actions it has. Pure. */
import type { ListedRun } from '../../engine/protocol';
import { nextStep } from '../../engine/vocabulary/runStatus';
import type { StudyStatus } from '../../engine/vocabulary/study';
import { endedOf, totalOf } from '../../engine/vocabulary/studyCounts';
import { canResume, canRetry } from '../studies/words';
import { finalOf, type Row, type StudyRow } from './rows';

/** What VS Code has drawn of a row. */
export interface Looks {
  /** A text that is equal if the row looks and behaves as before, except for its figures. */
  state: string;
  /** Numbers that change while a run executes. */
  figures: string;
}

export function looksOf(row: Row): Looks {
  const { label, figures } = row;
  const method = 'method' in row ? row.method : '';
  const problem = 'problem' in row ? row.problem : '';
  return { state: [label, unfolds(row), contextOf(row), statusOf(row), method, problem].join('\0'), figures };
}

/** Returns whether a row has rows below it. */
export function unfolds(row: Row): boolean {
  return row.kind === 'seeds' || ('unfolds' in row && row.unfolds);
}

/** Returns the status of a row. Rows of checkpoints are done. */
export function statusOf(row: Row): StudyStatus {
  return row.kind === 'run' ? row.run.status : row.kind === 'seeds' || row.kind === 'study' ? row.status : 'done';
}

/** Returns the words that the manifest compares: what the row is, and the actions that it has. */
export function contextOf(row: Row): string {
  if (row.kind === 'run') return ['run', kindOf(row.run), ...actionsOf([row.run])].join('.');
  if (row.kind === 'seeds') return ['seeds', kindOf(row.runs[0]!), ...actionsOf(row.runs)].join('.');
  if (row.kind === 'study') return ['study', ...studyActionsOf(row)].join('.');
  return row.kind;
}

/** Whether the study can be stopped, started, resumed or tried again. One without a valid file can only be looked at. */
function studyActionsOf({ summary, problem }: StudyRow): string[] {
  if (!summary) return [];
  const { executing, stopping, counts } = summary;
  if (executing) return [stopping ? 'stopping' : 'stop'];
  if (problem !== undefined) return [];
  const retry = canRetry(summary) ? ['retry'] : [];
  if (endedOf(counts) === totalOf(counts)) return retry;
  return ['start', ...(canResume(summary) ? ['resume'] : []), ...retry];
}

/** A search, a training of a new initialization (`dense`), a transfer, or a measurement. */
function kindOf({ kind, source }: ListedRun): string {
  if (kind !== 'train') return kind;
  return source?.from === 'checkpoint' ? 'transfer' : 'dense';
}

function actionsOf(runs: readonly ListedRun[]): string[] {
  const steps = new Set(runs.map(nextStep));
  const idle = runs.every(({ status }) => status !== 'running');
  const final = runs.some((run) => finalOf(run) !== undefined);
  return [
    ...(steps.has('stop') ? ['stop'] : []),
    ...(steps.has('resume') ? ['resume'] : []),
    ...(idle ? ['idle'] : []),
    ...(final ? ['final'] : []),
  ];
}
