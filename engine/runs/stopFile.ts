/** The file `stop` of a run directory asks the run to stop. A folder or device with this name is ignored and not removed. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { asMachineError, UserError } from '../errors';
import { renameOverSync, statIfPossible } from '../files';
import { paths } from './paths';

export function isStopAsked(directory: string): boolean {
  return statIfPossible(paths.stop(directory))?.isFile() === true;
}

/** Whether the process with this lock was asked to stop. An empty file, as version 0.1 writes it, asks every process. */
export function isAskedToStop(directory: string, lock: string | undefined): boolean {
  if (!isStopAsked(directory)) return false;
  const text = textOf(paths.stop(directory));
  return lock === undefined || text === '' || text === lock;
}

/**
 * Creates the stop file.
 * @param lock the id of the lock of the process that shall stop. A process that has just taken the lock keeps the file by it.
 * Throws UserError if a folder or device has its name.
 */
export function askToStop(directory: string, lock = ''): void {
  const file = paths.stop(directory);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found && !found.isFile())
    throw new UserError(`${file} is not an ordinary file. Move it away, then stop the run again.`);
  const temporary = path.join(directory, `.${path.basename(file)}.${process.pid}-0.tmp`);
  try {
    writeFileSync(temporary, lock);
    renameOverSync(temporary, file); // never seen without its text
  } catch (error) {
    rmSync(temporary, { force: true });
    throw asMachineError(error, `${file} cannot be written`);
  }
}

/**
 * Removes the stop file of an earlier execution. A file that names this lock is kept, because somebody has stopped this one at its start. So is
 * one that cannot be read in this moment.
 */
export function clearStop(directory: string, lock: string | undefined): void {
  if (!isStopAsked(directory)) return;
  const text = textOf(paths.stop(directory));
  if (text !== undefined && (text === '' || text !== lock)) rmSync(paths.stop(directory), { force: true });
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
