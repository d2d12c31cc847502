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

/** Returns the known names that are most similar to a misspelt one, the best first. A name that contains it, or begins alike, is similar. */
export function mostSimilar(name: string, known: readonly string[], most: number): string[] {
  const wanted = name.toLowerCase();
  const rank = (candidate: string) => {
    const text = candidate.toLowerCase();
    return text.includes(wanted) || wanted.includes(text) ? -1 : distance(wanted, text);
  };
  return known
    .map((candidate) => ({ candidate, edits: rank(candidate) }))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}
