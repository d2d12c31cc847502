/** The rows of the tree of runs. Types and ids only; `grow.ts` makes the rows, and the view draws them. */
import type { ListedRun } from '../../engine/protocol';
import type { Done } from '../../engine/vocabulary/looks';
import type { Method } from '../../engine/vocabulary/runOptions';
import type { Said } from '../words';
import type { StudyStatus, StudySummary } from '../../engine/vocabulary/study';

interface Base {
  /** A text that no other row has. The row keeps it as long as it is about the same thing. */
  id: string;
  /** What tells the row from its neighbours. It leaves out what the rows above say. */
  label: string;
  /** Status and results. The most important is first, because a narrow row cuts the end. */
  figures: string;
}

/** A study: the runs of a folder `NAME.study`, or a study file without runs. */
export interface StudyRow extends Base {
  kind: 'study';
  /** Absolute path of the folder with the run directories. */
  folder: string;
  /** Absolute path of the study file. Absent if it is missing. */
  file?: string;
  /** Absent until the engine has read the study file. */
  summary?: StudySummary;
  /** What is wrong with the study file. */
  problem?: string;
  /** The status that stands for all runs. */
  status: StudyStatus;
  unfolds: boolean;
}

/** How the rows of runs look. Absent for a measurement between runs of different methods. */
interface Look {
  /** The method of the search that the run comes from, which decides its hue. */
  method?: Method;
  /** What was done, which decides the mark. Absent for measurements. */
  done?: Done;
}

/** One run. */
export interface RunRow extends Base, Look {
  kind: 'run';
  run: ListedRun;
  /** Why the last read of the run failed. */
  problem?: string;
  unfolds: boolean;
}

/** Several runs that differ only in their seeds. */
export interface SeedsRow extends Base, Look {
  kind: 'seeds';
  runs: readonly ListedRun[];
  status: StudyStatus;
  said: Said;
}

/** A round of a search, which is also its checkpoint. */
export interface RoundRow extends Base {
  kind: 'round';
  run: ListedRun;
  round: number;
  file: string;
  method?: Method;
  unfolds: boolean;
}

/** A checkpoint that is not a round. */
export interface CheckpointRow extends Base {
  kind: 'checkpoint';
  run: ListedRun;
  file: string;
  role: 'initialization' | 'final';
}

/** A run that could never be read. */
export interface UnreadableRow extends Base {
  kind: 'unreadable';
  directory: string;
  problem: string;
}

export type Row = StudyRow | RunRow | SeedsRow | RoundRow | CheckpointRow | UnreadableRow;

/** A run that could never be read, or whose last read failed. */
export interface Problem {
  directory: string;
  message: string;
}

/** Returns the checkpoint that a run has ended with, or the newest one of a search. Undefined if it has none. */
export function finalOf({ result, rounds }: Pick<ListedRun, 'result' | 'rounds'>): string | undefined {
  return result && 'checkpoint' in result ? result.checkpoint : rounds.at(-1)?.checkpoint;
}

/** Returns the runs that a row is about. Rows of rounds and checkpoints are about files, not runs. */
export function runsOf(row: Row): readonly ListedRun[] {
  if (row.kind === 'run') return [row.run];
  return row.kind === 'seeds' ? row.runs : [];
}

/** Returns the checkpoints that a row offers to commands: of a run its final one. */
export function filesOf(row: Row): string[] {
  switch (row.kind) {
    case 'round':
    case 'checkpoint':
      return [row.file];
    case 'run':
    case 'seeds':
      return runsOf(row).flatMap((run) => finalOf(run) ?? []);
    default:
      return [];
  }
}
