/** Cancels the jobs of a study. */
import { MachineError } from '../../errors';
import type { ReadStudy } from '../studyFile';
import { killWaitOf, slurmHere, type Slurm } from './commands';
import { isLive } from './jobs';
import { readJobs } from './states';

export interface Cancelled {
  /** Number of runs whose job is cancelled. */
  runs: number;
  /** Seconds that a run gets to save its state. */
  seconds: number;
}

/** Greatest number of jobs that one call names. */
const AT_ONCE = 500;

/**
 * Cancels all jobs of a study that have not ended, and returns at once. Slurm sends SIGTERM to the runs that execute, so they save their
 * state and stop. It kills those that are not ready after `KillWait`; they lose what they did since their last saved state. A cancelled job
 * is not queued again. Returns undefined if the study has no such jobs. Throws MachineError if Slurm does not answer.
 */
export async function cancelStudy(
  study: Pick<ReadStudy, 'file' | 'name'>,
  slurm: Slurm = slurmHere,
): Promise<Cancelled | undefined> {
  const { jobs: known, problem } = await readJobs(study, { slurm, now: true });
  if (problem !== undefined) throw new MachineError(problem);
  const live = [...known.values()].filter(isLive).map(({ id }) => id);
  if (live.length === 0) return undefined;
  // All tasks of an array belong to this study, so the array is named as a whole.
  const jobs = [...new Set(live.map((id) => id.split('_')[0]!))];
  for (let i = 0; i < jobs.length; i += AT_ONCE) await slurm('scancel', jobs.slice(i, i + AT_ONCE));
  return { runs: live.length, seconds: await killWaitOf(slurm) };
}
