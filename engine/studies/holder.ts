/** The process that executes or submits a study. */
import { holderOf, type Holder } from '../claim';
import { livenessOf } from '../processes';
import { lockOf } from './place';
import type { ReadStudy } from './studyFile';

/** What the lock of a study says about a process that submits its runs to Slurm. */
export const SUBMITTING = 'submitting';

/** Returns the process that executes or submits a study, or may do so on another machine. */
export async function executorOf(study: Pick<ReadStudy, 'file' | 'name'>): Promise<Holder | undefined> {
  const holder = await holderOf(lockOf(study));
  return holder && livenessOf(holder) !== 'ended' ? holder : undefined;
}
