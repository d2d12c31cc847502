/**
 * Keeps which jobs of Slurm execute the runs of a study. Each submission has a folder with its scripts. `submission.json` is written before
 * the first job is submitted, and `jobs.json` after each one, so that no job is forgotten if this process is killed in between.
 */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder, writeAtomically } from '../../files';
import { isObject } from '../../json/strict';
import { parseJson } from '../../json/parse';
import { readText } from '../../json/text';
import { UserError } from '../../errors';
import { folderOf, OWN } from '../place';
import { FileCache } from './fileCache';
import type { ReadStudy } from '../studyFile';

type Place = Pick<ReadStudy, 'file' | 'name'>;

/** A script that was or is being submitted. */
export interface SubmittedScript {
  /** Absolute path of the script. */
  script: string;
  /** The name of each run by its index. */
  names: ReadonlyMap<number, string>;
  isArray: boolean;
  /** Absent if it is not known whether Slurm accepted the job. */
  job?: string;
}

/** One call of `study run --executor slurm`. */
export interface SubmissionRecord {
  folder: string;
  /** User of the cluster who submitted. */
  user: string;
  scripts: readonly SubmittedScript[];
}

/** Returns the folder for everything about Slurm of a study. */
export function slurmFolder(study: Place): string {
  return path.join(folderOf(study), OWN.slurm);
}

/** Returns the folder for the output of jobs. */
export function logsOf(study: Place): string {
  return path.join(slurmFolder(study), 'logs');
}

/** Returns the name of the file with the output of a job, such as `12_3`. */
export function logName(job: string): string {
  return `${job}.log`;
}

/** Makes a folder for a new submission. Its name sorts after the earlier ones. */
export async function newSubmission(study: Place, now: Date): Promise<string> {
  const name = `${now.toISOString().replace(/[-:.]/g, '').slice(0, 18)}-${randomBytes(3).toString('hex')}`;
  const folder = path.join(slurmFolder(study), name);
  await makeFolder(folder);
  return folder;
}

const [PLAN, JOBS] = ['submission.json', 'jobs.json'];

/** Writes what is going to be submitted. */
export async function writePlan({ folder, user, scripts }: SubmissionRecord): Promise<void> {
  const plan = {
    user,
    scripts: scripts.map(({ script, names, isArray }) => ({
      ...{ script: path.basename(script), isArray, runs: Object.fromEntries(names) },
    })),
  };
  await writeAtomically(path.join(folder, PLAN), `${JSON.stringify(plan)}\n`);
}

/** Writes the jobs of the scripts that Slurm has accepted. */
export async function writeJobs({ folder, scripts }: Pick<SubmissionRecord, 'folder' | 'scripts'>): Promise<void> {
  const known = scripts.filter(({ job }) => job !== undefined);
  const jobs = Object.fromEntries(known.map(({ script, job }) => [path.basename(script), job]));
  await writeAtomically(path.join(folder, JOBS), `${JSON.stringify(jobs)}\n`);
}

const parsed = new FileCache<SubmissionRecord | undefined>();

/**
 * Returns the submissions of a study, in their order. A submission that has not changed is not read again, and is the same object. Throws
 * UserError if one of their files is corrupt.
 */
export async function readSubmissions(study: Place): Promise<SubmissionRecord[]> {
  const parent = slurmFolder(study);
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory() && /^\d{8}T/.test(entry.name)).map(({ name }) => name);
  const records: SubmissionRecord[] = [];
  for (const name of names.sort()) {
    const folder = path.join(parent, name);
    const files = [PLAN, JOBS].map((file) => path.join(folder, file));
    const record = await parsed.get(folder, files, () => readSubmission(folder));
    if (record) records.push(record);
  }
  return records;
}

/** Returns a submission, or undefined if its process ended before it submitted anything. */
async function readSubmission(folder: string): Promise<SubmissionRecord | undefined> {
  const file = path.join(folder, PLAN);
  const present = await readdir(folder);
  if (!present.includes(PLAN)) return undefined;
  const plan = parseJson(await readText(file), file);
  const jobsFile = path.join(folder, JOBS);
  const jobs = present.includes(JOBS) ? parseJson(await readText(jobsFile), jobsFile) : {};
  if (!isObject(plan) || typeof plan['user'] !== 'string' || !Array.isArray(plan['scripts']) || !isObject(jobs))
    throw corrupt(file);
  const scripts = plan['scripts'].map((entry: unknown): SubmittedScript => {
    if (!isObject(entry) || typeof entry['script'] !== 'string' || !isObject(entry['runs'])) throw corrupt(file);
    const job = jobs[entry['script']];
    return {
      script: path.join(folder, path.basename(entry['script'])),
      names: new Map(Object.entries(entry['runs']).map(([index, name]) => [Number(index), String(name)])),
      isArray: entry['isArray'] === true,
      ...(typeof job === 'string' && { job }),
    };
  });
  return { folder, user: plan['user'], scripts };
}

/**
 * Removes scripts from the records, because Slurm never accepted them: otherwise they would hide the earlier jobs of their runs. A script
 * that has a job meanwhile stays. Does nothing where the folder is read-only.
 */
export async function forgetScripts(records: readonly SubmissionRecord[], refused: ReadonlySet<string>): Promise<void> {
  for (const { folder, scripts } of records) {
    if (!scripts.some(({ script }) => refused.has(script))) continue;
    const now = await readSubmission(folder);
    if (now) await writePlan(without(now, refused)).catch(() => undefined);
  }
}

/** Returns a submission without the scripts that Slurm never accepted. */
export function without(record: SubmissionRecord, refused: ReadonlySet<string>): SubmissionRecord {
  return { ...record, scripts: record.scripts.filter(({ script, job }) => job !== undefined || !refused.has(script)) };
}

function corrupt(file: string): UserError {
  return new UserError(
    `${file} is corrupt. Cancel the jobs of this study with scancel, then remove ${path.dirname(file)}.`,
  );
}

/** Returns the identifier of a task, such as `12_3`, or `12` for a single job. */
export function taskOf({ isArray }: Pick<SubmittedScript, 'isArray'>, job: string, index: number): string {
  return isArray ? `${job}_${index}` : job;
}

/** A task of Slurm that executes a run. */
export interface TaskOfRun {
  /** Such as `12_3`. Absent if it is not known whether Slurm accepted the job; then `script` can be found in the queue. */
  id?: string;
  script: string;
  index: number;
  /** User of the cluster who submitted it. */
  user: string;
}

const tasks = new WeakMap<SubmissionRecord, Map<string, TaskOfRun>>();

/** Returns the last task of each run by name. */
export function tasksByRun(records: readonly SubmissionRecord[]): Map<string, TaskOfRun> {
  return new Map(records.flatMap((record) => [...tasksOf(record)]));
}

function tasksOf(record: SubmissionRecord): Map<string, TaskOfRun> {
  const known = tasks.get(record);
  if (known) return known;
  const own = new Map<string, TaskOfRun>();
  const { user, scripts } = record;
  for (const { script, names, isArray, job } of scripts)
    for (const [index, name] of names)
      own.set(name, { script, index, user, ...(job !== undefined && { id: taskOf({ isArray }, job, index) }) });
  tasks.set(record, own);
  return own;
}
