/**
 * Returns a name for each stored name, shortened by `shorten`. Keeps the stored name if another tensor has the short name, or would get it
 * as well. If the stored names are unique, so are the returned names.
 */
export function shortNames(stored: readonly string[], shorten: (name: string) => string): string[] {
  const taken = new Set(stored);
  const wanted = new Map<string, number>();
  for (const name of stored) wanted.set(shorten(name), (wanted.get(shorten(name)) ?? 0) + 1);
  return stored.map((name) => {
    const short = shorten(name);
    return taken.has(short) || wanted.get(short)! > 1 ? name : short;
  });
}
