/** Submits the runs of a study to Slurm. */
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { claim } from '../../claim';
import { makeFolder, writeAtomically } from '../../files';
import { readText } from '../../json/text';
import { MachineError, UserError } from '../../errors';
import { paths } from '../../runs/paths';
import { expand, type StudyRun } from '../expand';
import { chosen } from '../execute';
import { SUBMITTING } from '../holder';
import { folderOf, lockOf } from '../place';
import { hasEnded } from '../states';
import type { ReadStudy } from '../studyFile';
import { batchesOf, type Batch } from './batches';
import { arraySizeOf, slurmHere, type Slurm } from './commands';
import { hasLiveJob, type RunStateInSlurm } from './jobs';
import type { ReadProfile } from './profile';
import { logsOf, newSubmission, taskOf, writeJobs, writePlan, type SubmittedScript } from './record';
import { sbatchArguments, scriptOf } from './script';
import { readStatesInSlurm, type StudyInSlurm } from './states';

export interface SubmitOptions {
  profile: ReadProfile;
  /** Submits only the runs for which this is true, and those that they need. */
  isChosen?: ((run: StudyRun) => boolean) | undefined;
  slurm?: Slurm | undefined;
  /** Ends the submission after the job that is just being submitted. */
  signal?: AbortSignal | undefined;
}

/** What was submitted. */
export interface Submitted {
  /** The job of each submitted run, by name, such as `12_3`. */
  jobs: ReadonlyMap<string, string>;
  /** Number of calls of `sbatch`. */
  arrays: number;
  /** Runs that were not submitted, because a run that they need cannot end here. */
  blocked: readonly string[];
  states: RunStateInSlurm[];
}

/**
 * Submits the runs of a study that have neither ended nor have a job already. Returns at once; nothing of this program stays on the login
 * node. Throws UserError if another process submits or executes this study, or if the signal is aborted, and MachineError if Slurm refuses a
 * job: those before it are submitted and recorded.
 */
export async function submitStudy(
  study: ReadStudy,
  { profile, isChosen, slurm = slurmHere, signal }: SubmitOptions,
): Promise<Submitted> {
  const runs = expand(study);
  await makeFolder(folderOf(study));
  const release = await claim(
    lockOf(study),
    (holder) => `${holder} is running or submitting this study already. Stop it first, or wait for it`,
    SUBMITTING,
  );
  try {
    const arraySize = await arraySizeOf(slurm); // first, because it says if there is no Slurm here
    const before = await readStatesInSlurm(study, runs, { slurm, now: true });
    if (before.problem !== undefined) throw new MachineError(before.problem);
    const { open, blocked } = toSubmit(chosen(runs, isChosen), before);
    const jobs = open.length === 0 ? [] : await submitRuns(study, open, { profile, slurm, arraySize, before, signal });
    const { states } = jobs.length === 0 ? before : await readStatesInSlurm(study, runs, { slurm, now: true });
    return { jobs: new Map(jobs.flatMap(jobsOf)), arrays: jobs.length, blocked, states };
  } finally {
    await release();
  }
}

/** Returns the runs that need a job, and those that cannot have one: a run that they need diverged, or is executed elsewhere. */
function toSubmit(runs: readonly StudyRun[], { states }: StudyInSlurm): { open: StudyRun[]; blocked: string[] } {
  const byName = new Map(states.map((state) => [state.run.name, state]));
  const willEnd = new Set<string>();
  const open: StudyRun[] = [];
  const blocked: string[] = [];
  for (const run of runs) {
    const state = byName.get(run.name)!;
    if (state.status === 'done' || hasLiveJob(state)) willEnd.add(run.name);
    else if (hasEnded(state.status) || state.status === 'running') continue;
    else if (isUnusable(state) || !run.needs.every((name) => willEnd.has(name))) blocked.push(run.name);
    else {
      open.push(run);
      willEnd.add(run.name);
    }
  }
  return { open, blocked };
}

/** Whether the directory of a run has something else, such as a run with other options. */
function isUnusable({ overview, directory }: RunStateInSlurm): boolean {
  return overview === undefined && existsSync(paths.record(directory));
}

interface Given {
  profile: ReadProfile;
  slurm: Slurm;
  arraySize: number;
  before: StudyInSlurm;
  signal: AbortSignal | undefined;
}

async function submitRuns(study: ReadStudy, open: readonly StudyRun[], given: Given): Promise<SubmittedScript[]> {
  const { profile, slurm, arraySize, before, signal } = given;
  const waited = new Map(before.states.filter(hasLiveJob).map(({ run, job }) => [run.name, job!.id]));
  const submitted = new Set(open.map(({ name }) => name));
  const isOpen = (name: string) => submitted.has(name) || waited.has(name);
  const batches = batchesOf(open, { arraySize, isOpen });
  const folder = await newSubmission(study, new Date());
  const logs = logsOf(study);
  await makeFolder(logs);
  const content = path.join(folder, path.basename(study.file));
  await writeAtomically(content, await readText(study.file));
  const scripts = await writeScripts(batches, { study, folder, content, profile });
  const record = { folder, user: os.userInfo().username, scripts };
  await writePlan(record);
  const idOf = (name: string) => waited.get(name) ?? '';
  for (const [i, { tasks, after }] of batches.entries()) {
    const one = scripts[i]!;
    const dependency = dependencyOf(after, { scripts, idOf });
    const args = sbatchArguments({
      ...{ script: one.script, name: jobName(study.name, tasks), folder: path.dirname(study.file), logs, dependency },
      ...{ indices: one.isArray ? [...tasks.keys()] : undefined, profile: profile.profile },
    });
    const place = { done: i, all: batches.length };
    if (signal?.aborted) {
      await writePlan({ ...record, scripts: scripts.slice(0, i) });
      throw new UserError(withRest('The study was stopped while its runs were submitted.', place));
    }
    try {
      one.job = await submitOne(slurm, args, place);
    } catch (error) {
      // It is not sure whether Slurm has accepted this one. Those after it were not submitted.
      await writePlan({ ...record, scripts: scripts.slice(0, i + 1) });
      throw error;
    }
    for (const [name, id] of jobsOf(one)) waited.set(name, id);
    await writeJobs(record);
  }
  return scripts;
}

/** Writes the script of each batch. */
async function writeScripts(
  batches: readonly Batch[],
  { study, folder, content, profile }: { study: ReadStudy; folder: string; content: string; profile: ReadProfile },
): Promise<SubmittedScript[]> {
  const scripts: SubmittedScript[] = [];
  for (const [i, { tasks }] of batches.entries()) {
    const names = new Map([...tasks].map(([index, { name }]) => [index, name]));
    const script = path.join(folder, `${String(i + 1).padStart(4, '0')}.sh`);
    await writeAtomically(script, scriptOf({ file: study.file, content, names, profile: profile.profile }));
    scripts.push({ script, names, isArray: tasks.size > 1 || !tasks.has(0) });
  }
  return scripts;
}

/** Returns the value of `--dependency`, or undefined. */
function dependencyOf(
  after: Batch['after'],
  { scripts, idOf }: { scripts: readonly SubmittedScript[]; idOf: (name: string) => string },
): string | undefined {
  if (!after) return undefined;
  return 'same' in after ? `aftercorr:${scripts[after.same]!.job!}` : `afterok:${after.each.map(idOf).join(':')}`;
}

/** Returns the name of a job in `squeue`: the study, and the node if all its runs have the same. */
function jobName(study: string, tasks: Batch['tasks']): string {
  const nodes = new Set([...tasks.values()].map(({ node }) => node));
  return nodes.size === 1 ? `${study}:${[...nodes][0]!}` : study;
}

/** How many jobs of a study were submitted. */
interface Progress {
  done: number;
  all: number;
}

async function submitOne(slurm: Slurm, args: readonly string[], place: Progress): Promise<string> {
  try {
    // With several clusters, the number is followed by the name of the cluster.
    const job = (await slurm('sbatch', args)).trim().split('\n').at(-1)!.split(';')[0]!;
    if (!/^\d+$/.test(job)) throw new MachineError(`sbatch printed no job number, but: ${job}`);
    return job;
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    throw new MachineError(withRest(error.message, place), { cause: error });
  }
}

/** Adds to a message how to submit the other jobs. */
function withRest(message: string, { done, all }: Progress): string {
  return `${message} (${done} of ${all} jobs were submitted before. Run the study on Slurm again to submit the others.)`;
}

function jobsOf(script: SubmittedScript): [string, string][] {
  return [...script.names].map(([index, name]) => [name, taskOf(script, script.job!, index)]);
}
