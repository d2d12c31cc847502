/** Plans and starts studies in processes of their own. */
import { setTimeout } from 'node:timers/promises';
import { ChildError, documentIn, runNode } from '../children';
import { nameOf } from '../claim';
import { UserError } from '../errors';
import { makeFolder } from '../files';
import { CLI, endedAtOnce, outputOf, spawnDetached, type Detached } from '../runs/detached';
import { asUserError } from '../runs/prepare';
import type { StudyPlan } from '../vocabulary/study';
import type { StudyStart, StudyStarted } from '../vocabulary/studyRequest';
import { folderOf, lockOf, logOf, placeText } from './place';
import { submittedText } from './slurm/words';
import { executorOf } from './holder';
import type { ReadStudy } from './studyFile';

/** Interval in ms at which the start of a process is checked, and the time after which it is assumed to have begun. */
const [CHECK_MS, BEGINS_MS] = [50, 20_000];

/** Plans a study in a separate process, which measures the speed of its networks. Throws UserError for mistakes in the file. */
export async function planApart(
  { file, cores }: { file: string; cores?: number },
  signal?: AbortSignal,
): Promise<StudyPlan> {
  const options = cores === undefined ? [] : [`--cores=${cores}`];
  try {
    const args = [CLI, 'study', ...options, '--json', '--', 'plan', file];
    const { stdout } = await runNode(args, { tied: true, ...(signal && { signal }) });
    return documentIn(stdout) as StudyPlan;
  } catch (error) {
    throw error instanceof ChildError ? asUserError(error) : error;
  }
}

type Study = Pick<ReadStudy, 'file' | 'name'>;
type Part = Omit<StudyStart, 'file'>;

/** Executes a study on this machine, or submits it to Slurm. Throws UserError for options that do not fit the executor. */
export async function startStudy(study: Study, part: Part = {}): Promise<Omit<StudyStarted, 'file'>> {
  const { executor = 'local', profile, cores, memory, retry = [] } = part;
  if (executor === 'slurm') {
    if (cores !== undefined || memory !== undefined)
      throw new UserError('With Slurm, the profile says how many processors and how much memory a run gets.');
    if (retry.length > 0)
      throw new UserError('Runs begin anew only on this machine. Choose this machine, or move their directories away.');
    return { message: await submitApart(study, part) };
  }
  if (profile !== undefined) throw new UserError(`${profile} is a profile for Slurm. Choose Slurm, or leave it out.`);
  return { log: await startHere(study, part) };
}

/** Submits the runs in a separate process, and returns what was submitted, in words. */
async function submitApart({ file }: Study, { only = [], profile }: Part): Promise<string> {
  const options = [...repeated('only', only), ...(profile === undefined ? [] : [`--profile=${profile}`])];
  try {
    // It is not stopped with this process: jobs without a record would be lost.
    const { stdout } = await runNode([CLI, 'study', '--executor=slurm', ...options, '--json', '--', 'run', file]);
    const { submitted, blocked } = documentIn(stdout) as { submitted: { job: string }[]; blocked: string[] };
    return submittedText(
      submitted.map(({ job }) => job),
      blocked,
    );
  } catch (error) {
    throw error instanceof ChildError ? asUserError(error) : error;
  }
}

/** Returns an option that may be repeated. */
function repeated(option: 'only' | 'retry', names: readonly string[]): string[] {
  return names.map((name) => `--${option}=${name}`);
}

/**
 * Starts a detached process that executes a study: it continues when this process ends. Waits until it has begun or ended. Returns its log.
 * Throws UserError with its message if it failed, and if another process executes the study.
 */
async function startHere(study: Study, { only = [], retry = [], cores, memory }: Part): Promise<string> {
  const holder = await executorOf(study);
  if (holder)
    throw new UserError(
      `${lockOf(study)}: ${nameOf(holder)} is running this study already. Stop it first, or wait for it.`,
    );
  await makeFolder(folderOf(study));
  const options = [
    ...repeated('only', only),
    ...repeated('retry', retry),
    ...(cores === undefined ? [] : [`--cores=${cores}`]),
    ...(memory === undefined ? [] : [`--memory=${memory}`]),
  ];
  const started = spawnDetached(['study', ...options, '--', 'run', study.file], logOf(study));
  const end = await untilBegun(study, started);
  if (end !== undefined && end !== 'exit code 0') {
    const output = await outputOf(started);
    // If the process came to its end, the states of the runs say what happened.
    if (!output.endsWith(placeText(study))) throw endedAtOnce('study', { end, output, log: started.log });
  }
  return started.log;
}

/** Waits until the process has taken the lock of the study, or has ended: then returns how. Does not wait longer than `BEGINS_MS`. */
async function untilBegun(study: Study, { child, ended }: Detached): Promise<string | undefined> {
  for (let waited = 0; waited < BEGINS_MS; waited += CHECK_MS) {
    if (child.pid !== undefined && (await executorOf(study))?.pid === child.pid) return undefined;
    const end = await Promise.race([ended, setTimeout(CHECK_MS, undefined, { ref: false })]);
    if (end !== undefined) return end;
  }
  return undefined;
}
