/** Where the runs of a study are executed. A study may use several places, so its states come from all of them. */
import type { StudyRun } from './expand';
import type { RunStateInSlurm } from './slurm/jobs';
import { withQueue } from './slurm/states';
import { readProgress } from './states';
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
