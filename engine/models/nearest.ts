import { distance } from 'fastest-levenshtein';

/** Suggests what a misspelt name may have meant: ` (did you mean “widths”?)`, or nothing if no known name is within two edits. */
export function nearest(name: string, known: readonly string[]): string {
  const [best] = known
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= 2)
    .sort((a, b) => a.edits - b.edits);
  return best ? ` (did you mean “${best.candidate}”?)` : '';
}
