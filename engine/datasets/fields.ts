/** Makes errors about datasets that name the file and the field of the run file. */
import { UserError } from '../errors';

/** Returns an error of `dataset.path` about a file or an array in it. */
export function badFile(file: string, problem: string): UserError {
  return new UserError(`dataset.path: ${file} ${problem}.`, { field: 'dataset.path' });
}

/** Returns an error about a field of `dataset`. */
export function badField(field: string, problem: string): UserError {
  return new UserError(`dataset.${field}: ${problem}.`, { field: `dataset.${field}` });
}

/** The message for a file that does not exist. */
export const MISSING = 'does not exist. Put the files of the dataset there, or correct the path';
