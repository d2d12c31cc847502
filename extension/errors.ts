import { problemsText, type FileProblems } from '../engine/vocabulary/problems';

/** An error that the user can correct. `message` is shown to the user, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Errors in a file that the user wrote, with their positions. */
export class FileError extends UserError {
  constructor(
    readonly found: FileProblems,
    options?: ErrorOptions,
  ) {
    super(problemsText(found), options);
  }
}

/** Returns the message of anything that was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
