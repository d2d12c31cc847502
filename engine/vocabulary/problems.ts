/** Problems in a file that a user wrote, and their text. */

/** A part of a text. Lines and columns start at 1. The end is the place after the last character. */
export interface TextRange {
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

export interface Problem {
  /** The message, without the file and the place. */
  message: string;
  /** The message in the words of VS Code, if they differ. */
  window?: string;
  /** The place in the file, if it is known. */
  range?: TextRange;
  /** The option of the command line that gave the value, if the value is not in the file. */
  option?: '--set';
}

export interface FileProblems {
  file: string;
  /** The problems in the order of the file; at least one. */
  problems: readonly Problem[];
}

/**
 * Returns one line for each problem, in the form `FILE:LINE:COLUMN: SENTENCE`, which terminals and editors show as a link, or
 * `--set: SENTENCE` if the value is not in the file.
 */
export function problemsText({ file, problems }: FileProblems): string {
  const placeOf = ({ range, option }: Problem) => option ?? (range ? `${file}:${range.line}:${range.column}` : file);
  return problems.map((problem) => `${placeOf(problem)}: ${problem.message}`).join('\n');
}
