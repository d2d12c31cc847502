/** Writes files that can be made again from others at any time, so a failure does no harm. */
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Replaces the content of a file. Does nothing if its folder is read-only or belongs to another user. The file is not flushed, because
 * thousands may be written at once. After a crash of the machine it may be incomplete, so readers must check it.
 */
export function writeCache(file: string, text: string): void {
  const folder = path.dirname(file);
  const temporary = path.join(folder, `.${path.basename(file)}.${process.pid}-0.tmp`);
  try {
    if (process.getuid && statSync(folder).uid !== process.getuid()) return;
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    if (!isOfSystem(error)) throw error;
  }
}

/** Whether an error has a system code, for example that of a full disk, a missing file or a read-only directory. */
export function isOfSystem(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException | undefined)?.code === 'string';
}
