/** Patterns of names: `*` stands for any text, and `?` for one character. A pattern matches whole names. */

/** Returns whether a name matches a pattern. Spaces around the pattern do not count. */
export function namePattern(pattern: string): (name: string) => boolean {
  const escaped = pattern.trim().replace(/[.+^${}()|[\]\\/]/g, '\\$&');
  const whole = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
  return (name) => whole.test(name);
}
