/** What the states of jobs of Slurm mean for the runs of a study. */
import type { StudyStatus } from '../../vocabulary/study';
import type { RunState } from '../states';
import { hasEnded } from '../states';

/** A job of Slurm, which is a task if it is part of an array. */
export interface Job {
  /** Such as `12_3`, or `12` if it is not part of an array. */
  id: string;
  /** A state of Slurm, such as PENDING, or UNKNOWN if Slurm has forgotten the job. */
  state: string;
  /** Why it waits, or why it ended; may be empty. */
  reason: string;
  /** The nodes on which it runs or ran. Absent while it waits. */
  nodes?: string;
  /** Identifies the script. */
  command?: string;
  /** Time of its end, in ms since the epoch, or a later time if Slurm no longer knows it. */
  ended?: number;
}

/** The states in which a job has ended. In all others it waits, runs, or is just ending. */
const ENDED = ['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT', 'PREEMPTED', 'NODE_FAIL', 'BOOT_FAIL', 'OUT_OF_MEMORY', 'DEADLINE', 'REVOKED', 'UNKNOWN']; // prettier-ignore
const WAITING = ['PENDING', 'REQUEUED', 'REQUEUE_HOLD', 'REQUEUE_FED', 'SPECIAL_EXIT', 'CONFIGURING'];
const NEVER = 'DependencyNeverSatisfied';

/** Whether a job will still execute its run. */
export function isLive({ state, reason }: Job): boolean {
  return !ENDED.includes(state) && reason !== NEVER;
}

/** The state of a run of a study with its job. */
export interface RunStateInSlurm extends RunState {
  job?: Job;
}

/** Whether a job will still execute the run. */
export function hasLiveJob({ job }: RunStateInSlurm): boolean {
  return job !== undefined && isLive(job);
}

/** How a job ended that did not execute its run to the end, by the state that Slurm reports. */
export const ENDINGS: Readonly<Record<string, { status: StudyStatus; sentence: string }>> = {
  OUT_OF_MEMORY: {
    status: 'failed',
    sentence: 'needed more memory than it had. Raise "memory" in the Slurm profile, then submit again',
  },
  NODE_FAIL: { status: 'interrupted', sentence: 'ended because its node failed. Submit again to continue' },
  BOOT_FAIL: { status: 'interrupted', sentence: 'ended because its node did not start. Submit again to continue' },
  TIMEOUT: {
    status: 'interrupted',
    sentence:
      'reached its time limit before its state was saved. Raise "time" or "saveSeconds" in the Slurm profile, then submit again to continue',
  },
  PREEMPTED: {
    status: 'interrupted',
    sentence: 'was preempted and not queued again. Submit again to continue',
  },
  DEADLINE: { status: 'interrupted', sentence: 'ended at its deadline. Submit again to continue' },
  CANCELLED: { status: 'stopped', sentence: 'was cancelled. Submit again to continue' },
  FAILED: { status: 'failed', sentence: 'failed' },
  UNKNOWN: {
    status: 'interrupted',
    sentence: 'ended, and Slurm no longer knows how (memory, time limit or node). Submit again to continue',
  },
};

/** The clocks of nodes may differ by this, in ms. Slurm tells the times of jobs in whole seconds. */
const CLOCK_MS = 10_000;

/** Whether something else executes the run, or has done so since the job ended. */
function isOlder(job: Job, { status, overview }: RunState): boolean {
  if (isLive(job)) return false;
  return status === 'running' || (job.ended !== undefined && (overview?.updated ?? 0) > job.ended + CLOCK_MS);
}

/**
 * Returns the state of a run from its directory and its job. What the run itself has logged counts more than what Slurm says, except while
 * the job will still execute it. A job that ended before the run was executed elsewhere, such as on this machine, says nothing about it.
 * `log` is the end of the output of the job.
 */
export function withJob(state: RunState, job: Job | undefined, log = ''): RunStateInSlurm {
  if (!job || hasEnded(state.status) || isOlder(job, state)) return state;
  const hasBegun = state.overview !== undefined;
  const { message, ...rest } = state;
  if (job.reason === NEVER && !hasBegun)
    return { ...rest, status: 'waiting', message: 'A run that it needs did not end.', job };
  if (isLive(job)) {
    if (!WAITING.includes(job.state)) return { ...rest, status: 'running', job };
    const held = HELD.test(job.reason) ? { message: heldText(job) } : {};
    if (hasBegun) return { ...rest, status: 'interrupted', message: again(job), ...held, job };
    return { ...rest, status: job.reason === 'Dependency' ? 'waiting' : 'queued', ...held, job };
  }
  if (job.state === 'COMPLETED' && hasBegun) return { ...state, job };
  if (isKnown(state, job, log)) return { ...state, job };
  const { status, sentence } = endingOf(job, log);
  return { ...rest, status, message: `Slurm job ${job.id} ${sentence}.`, job };
}

function again({ id }: Job): string {
  return `Its state is saved, and Slurm job ${id} is queued to continue.`;
}

/** Reasons of jobs that begin only after somebody has released them. */
const HELD = /held|JobHoldMaxRequeue/i;

function heldText({ id, reason }: Job): string {
  return `Slurm holds job ${id} (${reason}). To release it: scontrol release ${id}`;
}

/** What Slurm or the system prints if a job is killed for its memory, on clusters that do not report OUT_OF_MEMORY. */
const MEMORY = /exceeded (job |step )?memory limit|oom[-_ ]?kill|out of memory/i;
/** What a batch script prints at its end. */
const EXIT_CODE = /: exit code (\d+)/;

function neededMemory({ state }: Job, log: string): boolean {
  return state === 'OUT_OF_MEMORY' || (state === 'FAILED' && MEMORY.test(log));
}

/** Whether the run itself has logged why it ended: it failed, or it was asked to stop. */
function isKnown({ status, message }: RunState, job: Job, log: string): boolean {
  if (neededMemory(job, log)) return false;
  if (status === 'failed') return message !== undefined;
  return status === 'stopped' && (job.state !== 'FAILED' || (EXIT_CODE.exec(log)?.[1] ?? '130') === '130');
}

function endingOf(job: Job, log: string): { status: StudyStatus; sentence: string } {
  if (neededMemory(job, log)) return ENDINGS['OUT_OF_MEMORY']!;
  if (job.state === 'COMPLETED') return { status: 'failed', sentence: 'ended without a run' };
  const ending = ENDINGS[job.state] ?? ENDINGS['UNKNOWN']!;
  if (job.state !== 'FAILED') return ending;
  const last = log.trim().split('\n').filter((line) => !EXIT_CODE.test(line)).at(-1); // prettier-ignore
  return { ...ending, sentence: last ? `failed: ${last.replace(/\.$/, '')}` : 'failed' };
}
