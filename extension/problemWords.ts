import * as path from 'node:path';
import type { FileProblems } from '../engine/vocabulary/problems';

/** Returns the text of a notification: the first problem, its file and line, and the number of other problems. */
export function problemSentence({ file, problems: [first, ...others] }: FileProblems): string {
  const line = first?.range ? `, line ${first.range.line}` : '';
  const more = others.length === 0 ? '' : `; ${others.length} more ${others.length === 1 ? 'error' : 'errors'}`;
  return `${first?.message ?? ''} (${path.basename(file)}${line}${more})`;
}
