/** Writes commands of the program for messages, in the form that the user typed. */

/** Returns a command that can be copied into a shell, with `npx` if `npx` started this process. */
export function command(...words: string[]): string {
  const plain = process.platform === 'win32' ? /^[\w./:\\@+,-]+$/ : /^[\w./:@+,-]+$/;
  const quote = (word: string) => (process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", `'\\''`)}'`);
  const quoted = words.map((word) => (plain.test(word) ? word : quote(word)));
  return [...(process.env['npm_command'] === 'exec' ? ['npx'] : []), 'winning-sign', ...quoted].join(' ');
}
