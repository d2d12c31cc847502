/** Keeps two processes from doing the same work. */
import { readFile, rm } from 'node:fs/promises';
import { UserError } from './errors';
import { createAtomically } from './files';
import { livenessOf, thisProcess, type ProcessName } from './processes';

/**
 * Writes the name of this process to `file`. Returns a function that removes the file. Throws UserError if another process has the file:
 * `problem` says in a sentence without a period what that process, such as “process 7 on HOST”, does. The file of a process that has ended
 * is replaced.
 */
export async function claim(file: string, problem: (holder: string) => string): Promise<() => Promise<void>> {
  for (let attempt = 0; !(await createAtomically(file, JSON.stringify(thisProcess()))); attempt++) {
    const holder = await holderOf(file);
    if (attempt > 0 || (holder && livenessOf(holder) !== 'ended'))
      throw new UserError(
        `${file}: ${problem(holder ? `process ${holder.pid} on ${holder.host}` : 'another process')}. If that process has ended, remove the file.`,
      );
    await rm(file, { force: true });
  }
  return () => rm(file, { force: true });
}

/** Returns the process that has the file; undefined if the file is gone or corrupt. */
export async function holderOf(file: string): Promise<ProcessName | undefined> {
  try {
    const { pid, host, started, ...rest } = JSON.parse(await readFile(file, 'utf8')) as ProcessName;
    return Number.isInteger(pid) && typeof host === 'string' ? { ...rest, pid, host, started } : undefined;
  } catch {
    return undefined;
  }
}
