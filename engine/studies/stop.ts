/** Asks everything that executes a study to stop: the process on this machine, and its jobs on Slurm. */
import { setTimeout } from 'node:timers/promises';
import { nameOf, type Holder } from '../claim';
import { MachineError, UserError } from '../errors';
import { signalProcess } from '../processes';
import { executorOf, SUBMITTING } from './holder';
import { lockOf } from './place';
import { cancelStudy, type Cancelled } from './slurm/cancel';
import { slurmHere, type Slurm } from './slurm/commands';
import type { ReadStudy } from './studyFile';

type Study = Pick<ReadStudy, 'file' | 'name'>;

export interface Stopping {
  /** Whether anything was asked to stop. */
  stopping: boolean;
  /** Number of runs whose Slurm job is cancelled. */
  jobs: number;
  /** Says what happens. */
  message: string;
}

/** Longest wait for a process that submits runs just now, and the interval between looks, in ms. One call of Slurm may take long. */
const [SUBMITS_MS, LOOK_MS] = [30_000, 100];

/**
 * Asks the process to save the states of its runs and to end, and cancels the jobs. Returns at once, except that it waits for a process that
 * submits runs just now, so that no job is missed. Throws MachineError if Slurm does not answer, unless the process was asked to stop: then
 * the message says both.
 */
export async function stopStudy(
  study: Study,
  { slurm = slurmHere, waitMs = SUBMITS_MS }: { slurm?: Slurm; waitMs?: number } = {},
): Promise<Stopping> {
  const holder = await executorOf(study);
  const signalled = holder !== undefined && signalProcess(holder, 'SIGTERM');
  const isSubmitting = holder?.work === SUBMITTING;
  const stillSubmits = isSubmitting && !(await hasEnded(study, holder, waitMs));
  let [cancelled, problem]: [Cancelled | undefined, string | undefined] = [undefined, undefined];
  try {
    cancelled = await cancelStudy(study, slurm);
  } catch (error) {
    if (!signalled || !(error instanceof MachineError || error instanceof UserError)) throw error;
    problem = `The Slurm jobs of the study may continue. Stop the study again when Slurm answers. ${error.message}`;
  }
  const sentences = [
    ...(holder ? holderTexts(study, holder, { signalled, stillSubmits }) : []),
    ...(cancelled ? [cancelText(cancelled)] : []),
    ...(problem === undefined ? [] : [problem]),
  ];
  const message = sentences.length > 0 ? sentences.join(' ') : 'No process executes this study.';
  return { stopping: signalled || cancelled !== undefined, jobs: cancelled?.runs ?? 0, message };
}

function holderTexts(
  study: Study,
  holder: Holder,
  { signalled, stillSubmits }: { signalled: boolean; stillSubmits: boolean },
): string[] {
  if (holder.work !== SUBMITTING)
    return signalled
      ? [`Process ${holder.pid} was asked to stop. It ends when the states of its runs are saved.`]
      : [`The study is executed by ${nameOf(holder)}. Stop it there (${lockOf(study)}).`];
  return stillSubmits
    ? [`${nameOf(holder)} is still submitting runs of the study (${lockOf(study)}). Stop the study again when it has ended: it may have submitted more jobs.`.replace(/^p/, 'P')] // prettier-ignore
    : ['The process that was submitting runs of the study has ended.'];
}

/** Waits until a process no longer has the lock of the study. Returns false if it still has it after `waitMs`. */
async function hasEnded(study: Study, { pid, host }: Holder, waitMs: number): Promise<boolean> {
  const end = performance.now() + waitMs;
  do {
    const now = await executorOf(study);
    if (now?.pid !== pid || now.host !== host) return true;
    await setTimeout(LOOK_MS);
  } while (performance.now() < end);
  return false;
}

function cancelText({ runs, seconds }: Cancelled): string {
  const jobs = runs === 1 ? 'The Slurm job of 1 run is' : `The Slurm jobs of ${runs} runs are`;
  return `${jobs} cancelled. Runs that execute have ${seconds} seconds to save their state.`;
}
