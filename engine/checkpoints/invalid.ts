import { UserError } from '../errors';
import { cutMiddle, oneLine } from '../vocabulary/text';

/** A fault in a file that copying the file again does not fix. */
export class RefusedError extends Error {
  constructor(
    message: string,
    /** A sentence that tells the user what to do. */
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** The greatest length of a clause that says what is wrong. */
const LONGEST = 500;

/** The error for a file that is corrupt or has another format than it seems to have. */
export class InvalidFileError extends UserError {
  /** The message without the advice. */
  readonly statement: string;

  /**
   * `what` names the expected kind of file. The message of `error` is a clause that says what is wrong. `remedy` is a sentence that tells
   * the user what to do, unless a RefusedError has its own. The clause may contain names from the file, so it is made one short line.
   */
  constructor(file: string, what: string, error: unknown, remedy = 'Copy or download it again.') {
    const message = error instanceof Error ? error.message : String(error);
    const reason = oneLine(cutMiddle(message.replace(/\.+$/, ''), LONGEST));
    const statement = `${file} is not a valid ${what}: ${reason}.`;
    super(`${statement} ${error instanceof RefusedError ? error.remedy : remedy}`, {
      cause: error,
    });
    this.statement = statement;
  }
}

/** Returns a UserError unchanged, because it names the file already. Converts any other error to an InvalidFileError. */
export function asInvalid(file: string, what: string, error: unknown, remedy?: string): UserError {
  return error instanceof UserError ? error : new InvalidFileError(file, what, error, remedy);
}

/** Returns the error for an intact file without tensors. `remedy` is a sentence that tells the user what to do. */
export function noTensors(file: string, remedy = 'Choose a file that contains the weights of a model.'): UserError {
  return new UserError(`${file} has no tensors. ${remedy}`);
}
