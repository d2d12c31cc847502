/** The file `stop` of a run directory, which asks the run to stop. Whatever else has that name asks nothing, and is left alone. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { asMachineError, UserError } from '../errors';
import { paths } from './paths';

export function isStopAsked(directory: string): boolean {
  return statSync(paths.stop(directory), { throwIfNoEntry: false })?.isFile() === true;
}

/** Throws UserError if something else has the name of the file. */
export function askToStop(directory: string): void {
  const file = paths.stop(directory);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found && !found.isFile())
    throw new UserError(`${file} is not an ordinary file. Move it away, then stop the run again.`);
  try {
    writeFileSync(file, '');
  } catch (error) {
    throw asMachineError(error, `${file} could not be written`);
  }
}

/** Drops what was asked of an earlier execution. */
export function clearStop(directory: string): void {
  if (isStopAsked(directory)) rmSync(paths.stop(directory), { force: true });
}
