/** Errors of a dataset, in a sentence naming the file and the run file's field. */
import { UserError } from '../errors';

/** `dataset.path`: what is wrong with a file, or an array in it. */
export function badFile(file: string, problem: string): UserError {
  return new UserError(`dataset.path: ${file} ${problem}.`, { field: 'dataset.path' });
}

/** What is wrong with a field of `dataset`. */
export function badField(field: string, problem: string): UserError {
  return new UserError(`dataset.${field}: ${problem}.`, { field: `dataset.${field}` });
}

/** The problem of a file that does not exist. */
export const MISSING = 'does not exist; put the dataset’s files there, or correct the path';
