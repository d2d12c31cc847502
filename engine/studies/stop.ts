/** Asks everything that executes a study to stop: the process on this machine, and its jobs on Slurm. */
import { holderOf, nameOf } from '../claim';
import { livenessOf, signalProcess, type ProcessName } from '../processes';
import { lockOf } from './place';
import { cancelStudy } from './slurm/cancel';
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

/** Asks the process to save the states of its runs and to end, and cancels the jobs. Returns at once. Throws MachineError if Slurm does not answer. */
export async function stopStudy(study: Study): Promise<Stopping> {
  const holder = await executorOf(study);
  const signalled = holder !== undefined && signalProcess(holder, 'SIGTERM');
  const cancelled = await cancelStudy(study);
  const sentences = [
    ...(signalled
      ? [`Process ${holder.pid} was asked to stop. It ends when the states of its runs are saved.`]
      : holder
        ? [`The study is executed by ${nameOf(holder)}. Stop it there (${lockOf(study)}).`]
        : []),
    ...(cancelled ? [cancelText(cancelled)] : []),
  ];
  const message = sentences.length > 0 ? sentences.join(' ') : 'No process executes this study.';
  return { stopping: signalled || cancelled !== undefined, jobs: cancelled?.runs ?? 0, message };
}

function cancelText({ runs, seconds }: { runs: number; seconds: number }): string {
  const jobs = runs === 1 ? 'The Slurm job of 1 run is' : `The Slurm jobs of ${runs} runs are`;
  return `${jobs} cancelled. Runs that execute have ${seconds} seconds to save their state.`;
}

/** Returns the process that executes a study, or may do so on another machine. */
export async function executorOf(study: Study): Promise<ProcessName | undefined> {
  const holder = await holderOf(lockOf(study));
  return holder && livenessOf(holder) !== 'ended' ? holder : undefined;
}
