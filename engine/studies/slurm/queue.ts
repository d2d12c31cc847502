/**
 * Asks Slurm about the jobs of a study: all of them with one call, only when somebody looks, and not again within some seconds. What was
 * seen is kept beside the runs, because Slurm forgets a job soon after its end (`MinJobAge`), and for other processes that look.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { MachineError, UserError } from '../../errors';
import { writeAtomically } from '../../files';
import { isObject } from '../../json/strict';
import type { ReadStudy } from '../studyFile';
import type { Slurm } from './commands';
import { FileCache } from './fileCache';
import { isLive, type Job } from './jobs';
import { slurmFolder, type TaskOfRun } from './record';

/** The jobs as far as they are known. */
export interface Queue {
  /** The last known state of each run that was submitted, by name. */
  jobs: ReadonlyMap<string, Job>;
  /** Why Slurm could not be asked. The jobs are then those that were seen before. */
  problem?: string;
  /** The scripts of tasks without a number for which Slurm has no job. It was asked just now. */
  missing?: ReadonlySet<string>;
}

export interface LookOptions {
  slurm: Slurm;
  /** Asks also if somebody has looked a moment ago. */
  now?: boolean | undefined;
  clock?: () => number;
}

/** Slurm is asked again after this time, or after some times the time that its answer took; after failures, later and later. */
const [LEAST_MS, MOST_MS, TIMES] = [3_000, 300_000, 20];

interface Seen {
  /** Time of the last question, in ms since the epoch. */
  asked: number;
  /** Time until the next question, in ms. */
  pause: number;
  jobs: Job[];
  problem?: string;
}

const NOTHING: Seen = { asked: 0, pause: 0, jobs: [] };

/** Returns the jobs of tasks by the name of their run. */
export async function lookAtQueue(
  study: Pick<ReadStudy, 'file' | 'name'>,
  tasks: ReadonlyMap<string, TaskOfRun>,
  { slurm, now = false, clock = Date.now }: LookOptions,
): Promise<Queue> {
  if (tasks.size === 0) return { jobs: new Map() };
  const file = path.join(slurmFolder(study), 'queue.json');
  const before = await readSeen(file);
  const elapsed = clock() - before.asked;
  const isRecent = elapsed >= 0 && elapsed < before.pause;
  const known = indexed(before.jobs);
  const isOver = [...tasks.values()].every((task) => hasEndedFor(jobOf(task, known)));
  const seen = (isRecent || isOver) && !now ? before : await ask(before, tasks, { slurm, now, clock });
  // The folder may be read-only for this user. Then the next look asks again.
  if (seen !== before) await writeAtomically(file, JSON.stringify(seen)).catch(() => undefined);
  const found = indexed(seen.jobs);
  const jobs = new Map<string, Job>();
  for (const [name, task] of tasks) {
    const job = jobOf(task, found);
    if (job) jobs.set(name, job);
  }
  if (seen.problem !== undefined) return { jobs, problem: seen.problem };
  const unknown = [...tasks].filter(([name, { id }]) => id === undefined && !jobs.has(name));
  return { jobs, ...(seen !== before && { missing: new Set(unknown.map(([, { script }]) => script)) }) };
}

function hasEndedFor(job: Job | undefined): boolean {
  return job !== undefined && !isLive(job);
}

async function ask(
  before: Seen,
  tasks: ReadonlyMap<string, TaskOfRun>,
  { slurm, now, clock }: { slurm: Slurm; now: boolean; clock: () => number },
): Promise<Seen> {
  const asked = clock();
  const earlier = indexed(before.jobs);
  const open = [...tasks.values()].filter((task) => now || !hasEndedFor(jobOf(task, earlier)));
  const users = [...new Set(open.map(({ user }) => user))].join(',');
  try {
    const queued = parseQueue(await slurm('squeue', queueArguments(users)));
    const known = indexed(queued);
    const gone = [...tasks.values()].filter((task) => !jobOf(task, known));
    // Only jobs whose end nobody has seen are looked up in the accounting.
    const unsure = gone.flatMap((task) => {
      const job = jobOf(task, earlier);
      return task.id !== undefined && (!job || isLive(job)) ? [task.id] : [];
    });
    const ended = unsure.length === 0 ? [] : await askAccounting(slurm, unsure, users);
    const accounted = indexed(ended);
    const lost = unsure
      .filter((id) => !accounted.has(id))
      .map((id): Job => ({ id, state: 'UNKNOWN', reason: '', ended: asked }));
    const kept = gone.flatMap((task) => {
      const job = jobOf(task, earlier);
      return job && !isLive(job) ? [job] : [];
    });
    const own = [...tasks.values()].flatMap((task) => jobOf(task, known) ?? []);
    return { asked, pause: pauseAfter(clock() - asked), jobs: [...kept, ...ended, ...lost, ...own] };
  } catch (error) {
    if (!(error instanceof MachineError || error instanceof UserError)) throw error;
    const pause = Math.min(MOST_MS, Math.max(LEAST_MS, before.problem === undefined ? 0 : 2 * before.pause));
    return { ...before, asked, pause, problem: error.message };
  }
}

function pauseAfter(took: number): number {
  return Math.min(MOST_MS, Math.max(LEAST_MS, TIMES * took));
}

/** Jobs that have ended a short time ago are listed, too. `users` are all who submitted jobs of the study, with commas. */
function queueArguments(users: string): string[] {
  return ['--noheader', '--array', '--states=all', `--user=${users}`, '--format=%i|%T|%r|%e|%N|%o'];
}

/** Parses the lines `JOB|STATE|REASON|END|NODES|COMMAND` of `squeue`. */
export function parseQueue(text: string): Job[] {
  return text.split('\n').flatMap((line): Job[] => {
    const [id = '', state, reason = '', end, nodes = '', ...command] = line.split('|');
    if (state === undefined) return [];
    const job = { id: id.trim(), state, reason: reason === 'None' ? '' : reason, ...(nodes !== '' && { nodes }) };
    return [{ ...job, command: hashOf(command.join('|').trim()), ...endOf(job, end) }];
  });
}

/** Reads the time of the end of a job. Of others, Slurm tells when they will reach their time limit. */
function endOf(job: Job, text = ''): Pick<Job, 'ended'> {
  const ended = Date.parse(text); // both are local times
  return isLive(job) || Number.isNaN(ended) ? {} : { ended };
}

/** Commands are compared, never shown. They may be long. */
function hashOf(command: string): string {
  return createHash('sha256').update(command).digest('hex').slice(0, 16);
}

/** Returns the states from the accounting, or nothing if this cluster keeps none. */
async function askAccounting(slurm: Slurm, ids: readonly string[], users: string): Promise<Job[]> {
  const jobs = [...new Set(ids.map((id) => id.split('_')[0]!))];
  try {
    const text = await slurm('sacct', [
      ...['--noheader', '--parsable2', '--allocations', '--format=JobID,State,End'],
      ...[`--jobs=${jobs.join(',')}`, `--user=${users}`],
    ]);
    const wanted = new Set(ids);
    return text.split('\n').flatMap((line): Job[] => {
      const [id = '', state = '', end] = line.split('|');
      if (!wanted.has(id)) return [];
      // The state of a cancelled job is followed by the user: “CANCELLED by 1000”.
      const job = { id, state: state.split(' ')[0]!, reason: '' };
      return [{ ...job, ...endOf(job, end) }];
    });
  } catch (error) {
    if (error instanceof MachineError || error instanceof UserError) return [];
    throw error;
  }
}

function indexed(jobs: readonly Job[]): Map<string, Job> {
  const found = new Map<string, Job>();
  for (const job of jobs) {
    found.set(job.id, job);
    const index = job.id.split('_')[1] ?? '0';
    if (job.command !== undefined) found.set(`${job.command}_${index}`, job);
  }
  return found;
}

/** Finds the job of a task: by its number, or by its script if the number was not recorded. */
function jobOf({ id, script, index }: TaskOfRun, jobs: ReadonlyMap<string, Job>): Job | undefined {
  return jobs.get(id ?? `${hashOf(script)}_${index}`);
}

const seenBefore = new FileCache<Seen>();

function readSeen(file: string): Promise<Seen> {
  return seenBefore.get(file, [file], () => parseSeen(file));
}

async function parseSeen(file: string): Promise<Seen> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isObject(parsed) && typeof parsed['asked'] === 'number' && Array.isArray(parsed['jobs'])
      ? (parsed as Record<string, unknown> & Seen)
      : NOTHING;
  } catch {
    return NOTHING; // it is only a cache
  }
}
