/** Where the runs of a study are executed. A study may use several places, so its states come from all of them. */
import type { StudyRun } from './expand';
import type { RunStateInSlurm } from './slurm/jobs';
import { readStatesInSlurm } from './slurm/states';
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

/** Returns the states of the runs, in their order. Asks Slurm only if runs of the study were submitted. */
export async function statesOf(study: ReadStudy, runs: readonly StudyRun[]): Promise<StatesOfStudy> {
  const { states, problem } = await readStatesInSlurm(study, runs);
  return { states, ...(problem !== undefined && { problem }) };
}
