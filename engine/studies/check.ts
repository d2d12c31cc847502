/** Checks the text of a study file in an editor. */
import { FileError, UserError } from '../errors';
import type { Problem } from '../vocabulary/problems';
import { expand } from './expand';
import { parseStudy } from './studyFile';

/** Returns the mistakes in a text that may become a study file. */
export function mistakesInText(file: string, text: string): readonly Problem[] {
  try {
    expand(parseStudy(file, text));
    return [];
  } catch (error) {
    if (error instanceof FileError) return error.problems;
    if (error instanceof UserError) return [{ message: error.message }];
    throw error;
  }
}
