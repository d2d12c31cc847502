/** Says in words what jobs of Slurm do, why they wait, and what a user can do about it. */
import { groupBy } from '../../vocabulary/groupBy';
import { isLive, type Job } from './jobs';

/** Why a job waits. The words follow “it waits because” and “they wait because”. */
interface Reason {
  /** The codes of Slurm, and some of them for readers. */
  codes: RegExp;
  shown: string;
  words: string;
  /** What a user can do. Absent if the job begins by itself. */
  action?: string;
  /** Whether it is no problem while other jobs of the study run. */
  isLimit?: true;
}

const AGAIN = 'then stop the study and submit it again';

/** The first that fits counts. The codes are those of “JOB REASON CODES” in the manual of squeue. */
export const REASONS: readonly Reason[] = [
  { codes: /^Priority$/, shown: 'Priority', words: 'jobs with a higher priority are first' },
  { codes: /^Resources$/, shown: 'Resources', words: 'no node has enough free processors, memory or GPUs now' },
  { codes: /^Dependency$/, shown: 'Dependency', words: 'a run that is needed first has not ended' },
  {
    codes: /^BeginTime$/,
    shown: 'BeginTime',
    words: 'Slurm starts a job that was queued again only after about two minutes',
  },
  {
    codes: /^JobArrayTaskLimit$/,
    shown: 'JobArrayTaskLimit',
    words: '"atOnce" of the Slurm profile allows no more tasks at a time',
  },
  {
    codes: /^DependencyNeverSatisfied$/,
    shown: 'DependencyNeverSatisfied',
    words: 'a run that is needed first did not end',
    action: 'Look why that run failed, then submit the study again.',
  },
  {
    codes: /^Partition(Down|Inactive)$/,
    shown: 'PartitionDown, PartitionInactive',
    words: 'the partition is down',
    action: `Wait until it is up, or name another "partition" in the Slurm profile, ${AGAIN}.`,
  },
  {
    codes:
      /^(Partition(TimeLimit|NodeLimit|Config)|BadConstraints|\w*PerJob(Limit)?|\w*MaxWall\w*|QOSMin\w*|MaxMemPerLimit)$/,
    shown: 'PartitionTimeLimit, BadConstraints, …PerJobLimit',
    words:
      'the Slurm profile asks for more time, memory, processors or GPUs than are allowed, or for features that no node has',
    action: `Ask for less in the Slurm profile, ${AGAIN}.`,
  },
  {
    codes: /^(Invalid(Account|QOS)|(Account|QOS)NotAllowed)$/,
    shown: 'InvalidAccount, InvalidQOS, AccountNotAllowed, QOSNotAllowed',
    words: 'the account or the quality of service may not use this partition',
    action: `Correct "account", "qos" or "partition" in the Slurm profile, ${AGAIN}.`,
  },
  {
    codes: /Minutes|Billing|RunMins/,
    shown: 'AssocGrpCPUMinutesLimit, …',
    words: 'the account has used up its time on the cluster',
    action: `Name another "account" or "qos" in the Slurm profile, ${AGAIN}, or ask the administrators of the cluster.`,
  },
  {
    codes: /^(QOS|Assoc)/,
    shown: 'QOSMaxJobsPerUserLimit, AssocGrpCpuLimit, …',
    words: 'your account or quality of service allows no more jobs, processors or memory at a time',
    action: 'Nothing to do: the wait ends when other jobs of you or of your group have ended.',
    isLimit: true,
  },
  {
    codes: /^(ReqNodeNotAvail|NodeDown)/,
    shown: 'ReqNodeNotAvail, NodeDown',
    words: 'the nodes that fit the Slurm profile are down, drained or reserved',
    action: `Wait until they are back, or change "partition" or "constraint" in the Slurm profile, ${AGAIN}.`,
  },
  {
    codes: /held|JobHoldMaxRequeue/i,
    shown: 'JobHeldUser, JobHeldAdmin, JobHoldMaxRequeue',
    words: 'somebody holds the job, or Slurm queued it again too often',
    action: 'To release it, call “scontrol release JOB”.',
  },
];

function reasonOf({ reason }: Job): Reason | undefined {
  return REASONS.find(({ codes }) => codes.test(reason));
}

/** States of Slurm in which a job waits to continue a run. */
const REQUEUED = ['REQUEUED', 'REQUEUE_HOLD', 'REQUEUE_FED', 'SPECIAL_EXIT'];

/**
 * Returns what a job does, for example “pending (Priority)”, “running on node7”, “preempted” or “requeued (BeginTime)”.
 * @param hasBegun whether the run was executed before, so that a job that waits was queued again
 */
export function stateWords({ state, reason, nodes }: Job, hasBegun = false): string {
  const why = reason === '' ? '' : ` (${reason})`;
  if (REQUEUED.includes(state) || (state === 'PENDING' && hasBegun)) return `requeued${why}`;
  const words = state.toLowerCase().replaceAll('_', ' ');
  return state === 'RUNNING' || state === 'COMPLETING' ? `${words}${nodes === undefined ? '' : ` on ${nodes}`}` : `${words}${why}`; // prettier-ignore
}

/** Returns a job in words: “pending (Priority), job 123_4: jobs with a higher priority are first”. */
export function jobWords(job: Job, hasBegun = false): string {
  const why = job.state === 'PENDING' ? reasonOf(job)?.words : undefined;
  return `${stateWords(job, hasBegun)}, job ${job.id}${why === undefined ? '' : `: ${why}`}`;
}

/** Greatest number of groups of jobs that are named. */
const MOST = 4;

/** A job with what is known about its run. */
export interface JobAndRun {
  job: Job;
  /** Whether the run was executed before. */
  hasBegun: boolean;
}

/** Returns what the jobs of a study do, those that run first: “2 running on node7, node8”, “9 pending (Priority)”. */
export function jobsWords(jobs: Iterable<JobAndRun>): string[] {
  const live = [...jobs].filter(({ job }) => isLive(job));
  const isRunning = ({ job: { state } }: JobAndRun) => state === 'RUNNING';
  const waiting = live.filter((one) => !isRunning(one));
  const groups = [...groupBy(waiting, ({ job, hasBegun }) => stateWords(job, hasBegun))];
  groups.sort(([, a], [, b]) => b.length - a.length);
  const running = live.filter(isRunning).map(({ job }) => job);
  const rest = groups.slice(MOST).reduce((sum, [, group]) => sum + group.length, 0);
  return [
    ...(running.length === 0 ? [] : [`${running.length} running${placesOf(running)}`]),
    ...groups.slice(0, MOST).map(([words, { length }]) => `${length} ${words}`),
    ...(rest > 0 ? [`${rest} others`] : []),
  ];
}

/** Returns the nodes of jobs: “ on node7, node8 and 2 more nodes”. */
function placesOf(jobs: readonly Job[]): string {
  const nodes = [...new Set(jobs.flatMap((job) => job.nodes ?? []))].sort();
  const rest = nodes.length - MOST;
  return nodes.length === 0 ? '' : ` on ${nodes.slice(0, MOST).join(', ')}${rest > 0 ? ` and ${rest} more nodes` : ''}`;
}

/**
 * Returns what a list of studies says about the jobs of a study, which are by the name of their run. `problem` is why Slurm could not be
 * asked.
 */
export function slurmWords(
  jobs: ReadonlyMap<string, Job>,
  { states, problem }: { states: ReadonlyMap<string, { overview?: unknown }>; problem: string | undefined },
): { slurmJobs?: string[]; slurmProblem?: string } {
  const unknown = problem === undefined ? undefined : `${problem} ${ASKED_AGAIN}`;
  const slurmProblem = unknown ?? waitingProblem(jobs.values());
  const own = [...jobs].map(([name, job]) => ({ job, hasBegun: states.get(name)?.overview !== undefined }));
  const slurmJobs = jobsWords(own);
  return { ...(slurmJobs.length > 0 && { slurmJobs }), ...(slurmProblem !== undefined && { slurmProblem }) };
}

const ASKED_AGAIN = 'Jobs that were submitted may continue. Slurm is asked again within five minutes.';

/** Returns a sentence about the jobs that do not begin by themselves, and what can be done; undefined if there are none. */
export function waitingProblem(jobs: Iterable<Job>): string | undefined {
  const all = [...jobs];
  const isRunning = all.some(({ state }) => state === 'RUNNING');
  const stuck = all.filter((job) => job.state === 'PENDING' && isProblem(reasonOf(job), isRunning));
  const groups = [...groupBy(stuck, ({ reason }) => reason).values()].sort((a, b) => b.length - a.length);
  const sentences = groups.slice(0, MOST).map((group) => {
    const [first] = group;
    const { words, action } = reasonOf(first!)!;
    const who = group.length === 1 ? `Slurm job ${first!.id} waits` : `${group.length} Slurm jobs wait`;
    return `${who} because ${words} (${first!.reason}). ${action!}`;
  });
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

function isProblem(reason: Reason | undefined, isRunning: boolean): boolean {
  return reason?.action !== undefined && !(reason.isLimit && isRunning);
}
