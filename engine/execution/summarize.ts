/** Writes the summary of a run that has ended, so that lists read its end without its log. */
import { MachineError, UserError } from '../errors';
import { readBrief } from '../runs/list';
import { type Lock, LockLost } from '../runs/lock';

export interface Summarizing {
  lock: Pick<Lock, 'check'>;
  /** Receives a sentence if the summary fails for a reason that is not expected. */
  onMessage?: ((sentence: string) => void) | undefined;
  /** Tests replace it. */
  read?: (directory: string) => Promise<unknown>;
}

/** Without a summary, lists read the log, so a failure does not fail the run. */
export async function summarize(directory: string, { lock, onMessage, read = readBrief }: Summarizing): Promise<void> {
  try {
    lock.check();
    await read(directory);
  } catch (error) {
    if (isExpected(error)) return;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    onMessage?.(
      `${directory}: no summary of the end of this run was written, so lists read its log. This is a bug: ${reason}`,
    );
  }
}

/** A full disk, a directory of another user, and files that are wrong are reported where they matter. */
function isExpected(error: unknown): boolean {
  const isOfSystem = typeof (error as NodeJS.ErrnoException | undefined)?.errno === 'number';
  return isOfSystem || [LockLost, UserError, MachineError].some((kind) => error instanceof kind);
}
