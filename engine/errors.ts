/**
 * The kinds of errors that users see (ARCHITECTURE §6). Any other exception is a bug and is shown with its stack. A diverged or
 * stopped run is not an error.
 */
import { problemsText, type Problem } from './vocabulary/problems';

/** What to do about an error, in the words of the command line and in those of VS Code, where there are no options. */
export interface Advice {
  terminal: string;
  window: string;
}

export interface UserErrorOptions extends ErrorOptions {
  field?: string;
  advice?: Advice;
  /** The message in the words of VS Code, if it differs by more than the advice. */
  inWindow?: string;
}

/**
 * Bad input or usage. `message` names the file and the field, and tells what to do. Exit code 2. If it can only be said with an option or a
 * command of the command line, it is `advice`, which follows the message.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** The message in the words of VS Code. */
  readonly inWindow: string;
  /** The wrong option, such as `model.options.width`. A caller that knows the file can use it to find the place. */
  readonly field: string | undefined;

  constructor(message: string, { field, advice, inWindow = message, ...options }: UserErrorOptions = {}) {
    super(advice ? `${message} ${advice.terminal}` : message, options);
    this.field = field;
    this.inWindow = advice ? `${message} ${advice.window}` : inWindow;
  }
}

/** A problem whose advice differs between the command line and VS Code. */
export type AdvisedProblem = Problem & { advice?: Advice };

/** Errors in a file that a user wrote. `message` has one line with the place of each error. */
export class FileError extends UserError {
  readonly problems: readonly Problem[];

  constructor(
    readonly file: string,
    given: readonly AdvisedProblem[],
    options?: ErrorOptions,
  ) {
    const problems = given.map(worded);
    const inWindow = problems.map((problem) => ({ ...problem, message: problem.window ?? problem.message }));
    super(problemsText({ file, problems }), { ...options, inWindow: problemsText({ file, problems: inWindow }) });
    this.problems = problems;
  }
}

function worded({ advice, ...problem }: AdvisedProblem): Problem {
  if (!advice) return problem;
  const { message } = problem;
  return { ...problem, message: `${message} ${advice.terminal}`, window: `${message} ${advice.window}` };
}

/** A failure of the machine, such as a full disk. Saved files are intact, and the run can be resumed. Exit code 1. */
export class MachineError extends Error {
  override readonly name = 'MachineError';

  /** The code of the system's error, such as ENOSPC; undefined if there was none. */
  get code(): string | undefined {
    const { code } = (this.cause ?? {}) as NodeJS.ErrnoException;
    return typeof code === 'string' && code in MACHINE_SENTENCES ? code : undefined;
  }
}

/** Converts a system error, such as a full disk or a missing permission, to a MachineError. Returns any other error unchanged. */
export function asMachineError(error: unknown, doing: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const sentence = code && MACHINE_SENTENCES[code];
  return sentence ? new MachineError(`${doing}: ${sentence}`, { cause: error }) : error;
}

const MACHINE_SENTENCES: Record<string, string> = {
  ENOSPC: 'the disk is full. Free some space, then try again.',
  EDQUOT: 'the disk quota is used up. Free some space, then try again.',
  EFBIG: 'the file exceeds the size limit of this system. Raise the limit (ulimit -f), then try again.',
  ENOTDIR: 'a part of this path is a file, not a folder. Choose another directory.',
  EEXIST: 'a file with this name exists. Choose another directory.',
  EROFS: 'the file system is read-only. Choose another directory.',
  EACCES: 'permission denied. Choose a directory that you can write to.',
  EPERM: 'permission denied. Choose a directory that you can write to.',
  EMFILE: 'too many open files. Raise the limit (ulimit -n).',
  EIO: 'the disk reported an input/output error. Check the disk, then try again.',
  ESTALE: 'the file was replaced on the file server (stale file handle). Try again.',
};
