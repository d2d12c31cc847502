/** Says in the words of the command line what executes a study now, how long that takes, and how to continue if nothing does. */
import { command } from '../commands';
import { nameOf } from '../claim';
import { livenessOf } from '../processes';
import type { Execution } from '../studies/executors';
import { hasLiveJob, type RunStateInSlurm } from '../studies/slurm/jobs';
import type { ReadStudy } from '../studies/studyFile';
import { duration } from '../vocabulary/numbers';
import type { StudyStatus } from '../vocabulary/study';
import { blockedTexts } from './formatStudy';

/** The statuses of runs that the next `study run` executes. */
const CAN_CONTINUE: readonly StudyStatus[] = ['queued', 'interrupted', 'stopped', 'failed'];

/**
 * Returns the lines about an unfinished study.
 * @param left seconds for the rest on this machine, if they are known
 */
export function executionLines(
  study: Pick<ReadStudy, 'file'>,
  { process, jobs }: Execution,
  { states, left }: { states: readonly RunStateInSlurm[]; left: number | undefined },
): string[] {
  const time =
    left === undefined || left === 0 ? [] : [`About ${duration(left)} left, from the times of its finished runs.`];
  const inSlurm = jobs === 0 ? [] : [`${jobs} ${jobs === 1 ? 'run has a job' : 'runs have jobs'} in Slurm.`];
  if (process && livenessOf(process) === 'alive')
    return [`${capital(nameOf(process))} executes this study.`, ...inSlurm, ...time];
  if (process)
    return [`${capital(nameOf(process))} executes this study, unless it has ended since.`, ...inSlurm, ...time];
  if (jobs > 0) return inSlurm;
  const canContinue = states.some(({ status, conflict }) => !conflict && CAN_CONTINUE.includes(status));
  const isOfSlurm = states.some((state) => state.job !== undefined && !hasLiveJob(state));
  const isNew = states.every(({ status }) => status === 'waiting' || status === 'queued');
  const again = command('study', 'run', study.file, ...(isOfSlurm ? ['--executor', 'slurm'] : []));
  const rest =
    left === undefined || left === 0 ? '' : ` (about ${duration(left)}, from the times of its finished runs)`;
  return [
    ...blockedTexts(states),
    ...(canContinue
      ? [`No process executes this study. To ${isNew ? 'begin' : 'continue'}${rest}, run “${again}”.`]
      : []),
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
