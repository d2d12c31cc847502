import * as path from 'node:path';
import type { FileProblems } from '../engine/vocabulary/problems';

/** The first problem in a file for a notification: the sentence first, then where it is. */
export function problemSentence({ file, problems: [first, ...others] }: FileProblems): string {
  const line = first?.range ? `, line ${first.range.line}` : '';
  const more = others.length === 0 ? '' : `; ${others.length} more ${others.length === 1 ? 'error' : 'errors'}`;
  return `${first?.message ?? ''} (${path.basename(file)}${line}${more})`;
}
