import { UserError } from '../errors';

/** A fault in a file whose remedy is another than to copy the file again. */
export class RefusedError extends Error {
  constructor(
    message: string,
    /** A sentence with what to do. */
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** The error for a file that is damaged, or is not what it seems to be. */
export class InvalidFileError extends UserError {
  /** The message without what to do. */
  readonly statement: string;

  /** `what` says what the file should be. The message of `error` says what is wrong, as a clause. */
  constructor(file: string, what: string, error: unknown) {
    const reason = error instanceof Error ? error.message : String(error);
    const statement = `${file} is not a valid ${what}: ${reason.replace(/\.+$/, '')}.`;
    super(`${statement} ${error instanceof RefusedError ? error.remedy : 'Copy or download it again.'}`, {
      cause: error,
    });
    this.statement = statement;
  }
}

/** Returns an error of the user, which names the file already, as it is. Returns any other as an InvalidFileError. */
export function asInvalid(file: string, what: string, error: unknown): UserError {
  return error instanceof UserError ? error : new InvalidFileError(file, what, error);
}
