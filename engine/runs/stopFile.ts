/** The file `stop` of a run directory asks the run to stop. A folder or device with this name is ignored and not removed. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { asMachineError, UserError } from '../errors';
import { statIfPossible } from '../files';
import { paths } from './paths';

export function isStopAsked(directory: string): boolean {
  return statIfPossible(paths.stop(directory))?.isFile() === true;
}

/** Creates the stop file. Throws UserError if a folder or device has its name. */
export function askToStop(directory: string): void {
  const file = paths.stop(directory);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found && !found.isFile())
    throw new UserError(`${file} is not an ordinary file. Move it away, then stop the run again.`);
  try {
    writeFileSync(file, '');
  } catch (error) {
    throw asMachineError(error, `${file} cannot be written`);
  }
}

/** Removes the stop file of an earlier execution. */
export function clearStop(directory: string): void {
  if (isStopAsked(directory)) rmSync(paths.stop(directory), { force: true });
}
