/** Names of files for tables and sentences. */
import { pathParts } from './filePaths';

/** Returns the shortest end of each path that distinguishes it from the others, for example `aws/round-03.pth` and `lrr/round-03.pth`. */
export function namesOf(files: readonly string[]): string[] {
  const parts = files.map(pathParts);
  const deepest = Math.max(...parts.map(({ length }) => length));
  for (let depth = 1; depth <= deepest; depth++) {
    const names = parts.map((own) => own.slice(-depth).join('/'));
    if (new Set(names).size === new Set(files).size) return names;
  }
  return [...files];
}
