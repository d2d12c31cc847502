/** Plans and starts studies in processes of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { ChildError, documentIn, runNode } from '../children';
import { nameOf } from '../claim';
import { asMachineError, UserError } from '../errors';
import { makeFolder } from '../files';
import { CLI } from '../runs/launch';
import { asUserError } from '../runs/prepare';
import type { StudyPlan } from '../vocabulary/study';
import type { StudyStart, StudyStarted } from '../vocabulary/studyRequest';
import { folderOf, lockOf, logOf, placeText } from './place';
import { submittedText } from './slurm/words';
import { executorOf } from './holder';
import type { ReadStudy } from './studyFile';

/** Interval in ms at which the start of a process is checked, and the time after which it is assumed to have begun. */
const [CHECK_MS, BEGINS_MS] = [50, 20_000];
/** Greatest number of bytes of a log that an error quotes. */
const QUOTED = 2_000;

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
  const log = logOf(study);
  const before = await stat(log).then(
    ({ size }) => size,
    () => 0,
  );
  const options = [
    ...repeated('only', only),
    ...repeated('retry', retry),
    ...(cores === undefined ? [] : [`--cores=${cores}`]),
    ...(memory === undefined ? [] : [`--memory=${memory}`]),
  ];
  const child = spawnDetached(['study', ...options, '--', 'run', study.file], log);
  const end = await untilBegun(study, child);
  if (end !== undefined && end !== 'exit code 0') throwFailure(study, { end, output: await tailOf(log, before) });
  return log;
}

/** Throws UserError unless the process came to its end: then the states of the runs say what happened. */
function throwFailure(study: Study, { end, output }: { end: string; output: string }): void {
  const said = errorsIn(output);
  if (said.length > 0) throw new UserError(said.join('\n'));
  if (output.endsWith(placeText(study))) return;
  const last = output === '' ? 'It wrote nothing.' : `It wrote:\n${output}`;
  throw new UserError(`The process of the study ended at once (${end}). Its output is in ${logOf(study)}. ${last}`);
}

const PREFIX = 'winning-sign: ';

/** Returns the messages of an error in the output of the command line. Further lines of the first message follow it. */
function errorsIn(output: string): string[] {
  const lines = output.split('\n');
  const first = lines.findIndex((line) => line.startsWith(PREFIX));
  return first < 0 ? [] : lines.slice(first).map((line) => line.replace(PREFIX, ''));
}

function spawnDetached(args: readonly string[], log: string): ChildProcess {
  const output = openLog(log);
  try {
    const child = spawn(process.execPath, [CLI, ...args], {
      detached: true,
      windowsHide: true,
      stdio: ['ignore', output, output],
      // The executable of VS Code behaves like Node only if the first variable is set. With the second one, errors have its words.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', WINNING_SIGN_WORDS: 'window' },
    });
    child.unref();
    return child;
  } finally {
    closeSync(output);
  }
}

function openLog(log: string): number {
  try {
    return openSync(log, 'a');
  } catch (error) {
    throw asMachineError(error, `${log} cannot be written`);
  }
}

/** Resolves with how the process ended, or why it could not be started. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child
      .once('exit', (code, signal) => {
        resolve(code === null ? `signal ${String(signal)}` : `exit code ${code}`);
      })
      .once('error', (error) => {
        resolve(error.message);
      });
  });
}

/** Waits until the process has taken the lock of the study, or has ended: then returns how. Does not wait longer than `BEGINS_MS`. */
async function untilBegun(study: Study, child: ChildProcess): Promise<string | undefined> {
  const ended = endOf(child);
  for (let waited = 0; waited < BEGINS_MS; waited += CHECK_MS) {
    if (child.pid !== undefined && (await executorOf(study))?.pid === child.pid) return undefined;
    const end = await Promise.race([ended, setTimeout(CHECK_MS, undefined, { ref: false })]);
    if (end !== undefined) return end;
  }
  return undefined;
}

/** Returns what was written to a log after a position, at most the last part. */
async function tailOf(log: string, from: number): Promise<string> {
  const file = await open(log);
  try {
    const { size } = await file.stat();
    const start = Math.max(from, size - QUOTED);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - start)), 0, undefined, start);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await file.close();
  }
}
