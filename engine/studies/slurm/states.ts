/** Reads how far the runs of a study are in Slurm: from their directories, from the queue, and from the output of failed jobs. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { mapParallel } from '../../collections';
import { AT_ONCE } from '../../runs/list';
import { thisProcess, type ProcessName } from '../../processes';
import type { StudyRun } from '../expand';
import { executorOf } from '../holder';
import { hasEnded, readState, readStates, withQueued, type RunState } from '../states';
import type { JobOfRun } from '../../vocabulary/study';
import type { ReadStudy } from '../studyFile';
import { slurmHere, type Slurm } from './commands';
import { withJob, type Job, type RunStateInSlurm } from './jobs';
import { lookAtQueue, type Queue } from './queue';
import { forgetScripts, logName, logsOf, readSubmissions, tasksByRun, without, type TaskOfRun } from './record';

type StudyName = Pick<ReadStudy, 'file' | 'name'>;

/** The runs of a study with their jobs. */
export interface StudyInSlurm {
  states: RunStateInSlurm[];
  /** The last task of each run, by name. Empty if the study was never submitted. */
  tasks: ReadonlyMap<string, TaskOfRun>;
  /** Why Slurm could not be asked. */
  problem?: string;
}

export interface StatesOptions {
  slurm?: Slurm | undefined;
  /** Asks Slurm also if somebody has looked a moment ago. */
  now?: boolean | undefined;
}

/** Number of bytes at the end of the output of a job that can say why it failed. */
const END_BYTES = 4096;

/** Returns the states of the runs, in their order. Slurm is asked only if the study was submitted, and at most every few seconds. */
export async function readStatesInSlurm(
  study: ReadStudy,
  runs: readonly StudyRun[],
  options: StatesOptions = {},
): Promise<StudyInSlurm> {
  const { jobs, problem, tasks } = await readJobs(study, options);
  const read = await readStates(study, runs); // after the queue, so that a run whose job has just ended is read at its end
  return { states: await withJobs(study, read, jobs), tasks, ...(problem !== undefined && { problem }) };
}

/**
 * Returns the states of runs that were read before, with their jobs. Asks Slurm only if the study was submitted and has runs that have not
 * ended. These are then read again, after the queue.
 */
export async function withQueue(
  study: ReadStudy,
  read: readonly RunState[],
  options: StatesOptions = {},
): Promise<Omit<StudyInSlurm, 'tasks'>> {
  if (read.every(({ status }) => hasEnded(status))) return { states: [...read] };
  const { jobs, problem, tasks } = await readJobs(study, options);
  if (tasks.size === 0) return { states: [...read] };
  const again = (state: RunState) => (hasEnded(state.status) ? Promise.resolve(state) : readState(study, state.run));
  const states = await withJobs(study, withQueued(await mapParallel(read, AT_ONCE, again)), jobs);
  return { states, ...(problem !== undefined && { problem }) };
}

/** Returns the last known job of each run that was submitted, and its task. Forgets scripts that Slurm never accepted. */
export async function readJobs(
  study: StudyName,
  { slurm = slurmHere, now }: StatesOptions = {},
): Promise<Queue & { tasks: ReadonlyMap<string, TaskOfRun> }> {
  const records = await readSubmissions(study);
  const tasks = tasksByRun(records);
  const isSure = [...tasks.values()].every(({ id }) => id !== undefined);
  // Whoever may have submitted these scripts has ended before Slurm is asked. So the answer has their jobs, if there are any.
  const mayForget = !isSure && (await isUnclaimed(study));
  const queue = await lookAtQueue(study, tasks, { slurm, now });
  const { missing = new Set() } = queue;
  if (!mayForget || missing.size === 0) return { ...queue, tasks };
  await forgetScripts(records, missing);
  const kept = tasksByRun(records.map((record) => without(record, missing)));
  return { ...(await lookAtQueue(study, kept, { slurm, now: true })), tasks: kept }; // the runs may have earlier jobs
}

/** Whether no process submits runs of the study now. This process does so only after it has read the jobs. */
async function isUnclaimed(study: StudyName): Promise<boolean> {
  const holder = await executorOf(study);
  return holder === undefined || isThis(holder);
}

function isThis({ pid, started }: ProcessName): boolean {
  const own = thisProcess();
  return own.pid === pid && own.started === started;
}

/** Returns the states with their jobs. Reads the output of jobs that failed. */
export function withJobs(
  study: StudyName,
  states: readonly RunState[],
  jobs: Queue['jobs'],
): Promise<RunStateInSlurm[]> {
  return mapParallel(states, AT_ONCE, (state) => joined(study, state, jobs));
}

/** Returns the job of a run as `--json` shows it. */
export function jobOfRun(study: StudyName, { id, state, reason }: Job): JobOfRun {
  return { id, state, ...(reason !== '' && { reason }), log: logOf(study, id) };
}

async function joined(study: StudyName, state: RunState, jobs: Queue['jobs']): Promise<RunStateInSlurm> {
  const job = jobs.get(state.run.name);
  if (!job) return state;
  return withJob(state, job, job.state === 'FAILED' ? await endOf(logOf(study, job.id)) : '');
}

/** Returns the file with the output of a job. */
export function logOf(study: StudyName, job: string): string {
  return path.join(logsOf(study), logName(job));
}

async function endOf(file: string): Promise<string> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const position = Math.max(0, size - END_BYTES);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(END_BYTES), position });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
