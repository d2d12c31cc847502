/** What is wrong in a file that a person wrote. Types and their words. */

/** A part of a text. Lines and columns count from 1; the end is the place after the last character. */
export interface TextRange {
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

export interface Problem {
  /** A sentence without the file and the place. */
  message: string;
  /** Where it is in the file, if that is known. */
  range?: TextRange;
}

export interface FileProblems {
  file: string;
  /** In the order of the file; at least one. */
  problems: readonly Problem[];
}

/** One line for each problem: `FILE:LINE:COLUMN: SENTENCE`, which terminals and editors make a link of. */
export function problemsText({ file, problems }: FileProblems): string {
  const placeOf = ({ range }: Problem) => (range ? `${file}:${range.line}:${range.column}` : file);
  return problems.map((problem) => `${placeOf(problem)}: ${problem.message}`).join('\n');
}
