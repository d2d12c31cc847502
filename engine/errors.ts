/**
 * The kinds of error a person meets (ARCHITECTURE §6). Anything else that is thrown is a bug, and is shown with its stack.
 * A diverged or stopped run is a result, not an error.
 */
import { problemsText, type Problem } from './vocabulary/problems';

/** The user's: bad input or usage. `message` is one sentence naming the file and the field; exit code 2. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** The option that is wrong, such as `model.options.width`, for whoever knows the file it is from. */
  readonly field: string | undefined;

  constructor(message: string, { field, ...options }: ErrorOptions & { field?: string } = {}) {
    super(message, options);
    this.field = field;
  }
}

/** Errors in one file that a person wrote; `message` has a line for each, with its place. */
export class FileError extends UserError {
  constructor(
    readonly file: string,
    readonly problems: readonly Problem[],
    options?: ErrorOptions,
  ) {
    super(problemsText({ file, problems }), options);
  }
}

/** The machine's: out of disk or memory. What was saved before is intact, and the run can be resumed; exit code 1. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
}

/** Disk full, no permission, too many files: failures of the machine, told from bugs by their system code. */
export function asMachineError(error: unknown, doing: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const sentence = code && MACHINE_SENTENCES[code];
  return sentence ? new MachineError(`${doing}: ${sentence}`, { cause: error }) : error;
}

const MACHINE_SENTENCES: Record<string, string> = {
  ENOSPC: 'the disk is full; free some space and go on',
  EDQUOT: 'the disk quota is used up; free some space and go on',
  EFBIG: 'the file grew past the size limit of this system; raise it (ulimit -f) and go on',
  ENOTDIR: 'something on the way to it is a file; choose another directory',
  EEXIST: 'there is a file of that name; choose another directory',
  EROFS: 'the file system is read-only; choose another directory',
  EACCES: 'permission denied; choose a directory you may write to',
  EPERM: 'permission denied; choose a directory you may write to',
  EMFILE: 'too many open files; raise the limit (ulimit -n)',
  EIO: 'the disk reported an input/output error',
  ESTALE: 'the file server lost track of it (stale file handle); try again',
};
