/** Where the runs of a study are executed. A study may use several places, so its states come from all of them. */
import type { ProcessName } from '../processes';
import type { StudyRun } from './expand';
import { hasLiveJob, type RunStateInSlurm } from './slurm/jobs';
import { withQueue } from './slurm/states';
import { readProgress } from './states';
import { executorOf } from './holder';
import type { ReadStudy } from './studyFile';

export const EXECUTORS = {
  local: 'on this machine, until all runs have ended',
  slurm: 'as jobs of the Slurm cluster of this login node; the command ends when they are submitted',
} as const;

export type ExecutorName = keyof typeof EXECUTORS;

/** The states of the runs of a study, wherever they are executed. */
export interface StatesOfStudy {
  states: RunStateInSlurm[];
  /** Why a scheduler could not be asked. What is known without it is in the states. */
  problem?: string;
}

/** Returns the states of the runs, in their order. Those that are done or diverged have no overview. */
export async function statesOf(study: ReadStudy, runs: readonly StudyRun[]): Promise<StatesOfStudy> {
  return withQueue(study, await readProgress(study, runs));
}

/** What executes a study now. */
export interface Execution {
  /** The process of the local executor, which may be on another machine. */
  process?: ProcessName;
  /** Number of runs that a job of Slurm will still execute. */
  jobs: number;
}

/** Returns what executes a study now. */
export async function executionOf(
  study: Pick<ReadStudy, 'file' | 'name'>,
  states: readonly RunStateInSlurm[],
): Promise<Execution> {
  const process = await executorOf(study);
  return { ...(process && { process }), jobs: states.filter(hasLiveJob).length };
}
