import { problemsText, type FileProblems } from '../engine/vocabulary/problems';

/** Bad input or usage. `message` is a sentence for a person, which is shown as it is and without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Errors in a file that a person wrote, with their places. */
export class FileError extends UserError {
  constructor(
    readonly found: FileProblems,
    options?: ErrorOptions,
  ) {
    super(problemsText(found), options);
  }
}

/** Returns what a person reads about anything that was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
