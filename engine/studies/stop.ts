/** Asks the process that executes a study to stop. */
import { holderOf, nameOf } from '../claim';
import { livenessOf, signalProcess, type ProcessName } from '../processes';
import { lockOf } from './place';
import type { ReadStudy } from './studyFile';

type Study = Pick<ReadStudy, 'file' | 'name'>;

/** Asks the process to save the states of its runs and to end. Returns at once; `message` says what happens. */
export async function stopStudy(study: Study): Promise<{ stopping: boolean; message: string }> {
  const holder = await executorOf(study);
  const stopping = holder !== undefined && signalProcess(holder, 'SIGTERM');
  const message = stopping
    ? `Process ${holder.pid} was asked to stop. It ends when the states of its runs are saved.`
    : holder
      ? `The study is executed by ${nameOf(holder)}. Stop it there (${lockOf(study)}).`
      : 'No process executes this study.';
  return { stopping, message };
}

/** Returns the process that executes a study, or may do so on another machine. */
export async function executorOf(study: Study): Promise<ProcessName | undefined> {
  const holder = await holderOf(lockOf(study));
  return holder && livenessOf(holder) !== 'ended' ? holder : undefined;
}
