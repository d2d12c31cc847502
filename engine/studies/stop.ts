/** Asks everything that executes a study to stop: the process on this machine, and its jobs on Slurm. */
import { holderOf, nameOf } from '../claim';
import { MachineError, UserError } from '../errors';
import { livenessOf, signalProcess, type ProcessName } from '../processes';
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

/**
 * Asks the process to save the states of its runs and to end, and cancels the jobs. Returns at once. Throws MachineError if Slurm does not
 * answer, unless the process was asked to stop: then the message says both.
 */
export async function stopStudy(study: Study, slurm: Slurm = slurmHere): Promise<Stopping> {
  const holder = await executorOf(study);
  const signalled = holder !== undefined && signalProcess(holder, 'SIGTERM');
  let [cancelled, problem]: [Cancelled | undefined, string | undefined] = [undefined, undefined];
  try {
    cancelled = await cancelStudy(study, slurm);
  } catch (error) {
    if (!signalled || !(error instanceof MachineError || error instanceof UserError)) throw error;
    problem = `The Slurm jobs of the study may continue. Stop the study again when Slurm answers. ${error.message}`;
  }
  const sentences = [
    ...(signalled
      ? [`Process ${holder.pid} was asked to stop. It ends when the states of its runs are saved.`]
      : holder
        ? [`The study is executed by ${nameOf(holder)}. Stop it there (${lockOf(study)}).`]
        : []),
    ...(cancelled ? [cancelText(cancelled)] : []),
    ...(problem === undefined ? [] : [problem]),
  ];
  const message = sentences.length > 0 ? sentences.join(' ') : 'No process executes this study.';
  return { stopping: signalled || cancelled !== undefined, jobs: cancelled?.runs ?? 0, message };
}

function cancelText({ runs, seconds }: Cancelled): string {
  const jobs = runs === 1 ? 'The Slurm job of 1 run is' : `The Slurm jobs of ${runs} runs are`;
  return `${jobs} cancelled. Runs that execute have ${seconds} seconds to save their state.`;
}

/** Returns the process that executes a study, or may do so on another machine. */
export async function executorOf(study: Study): Promise<ProcessName | undefined> {
  const holder = await holderOf(lockOf(study));
  return holder && livenessOf(holder) !== 'ended' ? holder : undefined;
}
