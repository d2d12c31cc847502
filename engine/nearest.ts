/** Suggests a name for a misspelt one. */
import { distance } from 'fastest-levenshtein';

/**
 * Returns the known name that is closest to a misspelt one. They may differ by two edits, or by a third of the letters if that is
 * more.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const most = Math.min(name.length - 1, Math.max(2, name.length / 3));
  return known
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= most)
    .sort((a, b) => a.edits - b.edits)[0]?.candidate;
}

/** Returns ` Did you mean "width"?`, or an empty text if no known name is similar. */
export function didYouMean(name: unknown, known: readonly string[]): string {
  const best = typeof name === 'string' ? nearest(name, known) : undefined;
  return best === undefined ? '' : ` Did you mean "${best}"?`;
}
