/** Removes temporary files that killed processes left in a run directory. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { statIfPossible } from '../files';
import { isShared, paths } from './paths';

/** The name of a temporary file has the name of the file that it becomes. */
const TEMPORARY = /^\.(.+)\.\d+-\d+\.tmp$/;
/** Time in ms after which a temporary file of another process is left over. Writing a file takes much less time. */
const LEFT_MS = 3_600_000;

/**
 * Removes the temporary files that killed processes left in a run directory. Only the process that has the lock may use it. Other processes may write shared files at the same time, for example notes, so
 * their temporary files are removed only if they are old.
 */
export async function removeLeftovers(directory: string): Promise<void> {
  for (const folder of paths.written(directory)) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      const [, target] = TEMPORARY.exec(name) ?? [];
      const file = path.join(folder, name);
      if (target !== undefined && (!isShared(target) || isOld(file))) await rm(file, { force: true });
    }
  }
}

/** Whether a file is old, also if the clock of the file server is some minutes wrong. */
function isOld(file: string): boolean {
  const found = statIfPossible(file);
  return found !== undefined && Date.now() - found.mtimeMs > LEFT_MS;
}
