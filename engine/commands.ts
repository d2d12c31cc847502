/** Writes commands of the program for messages, in the form that the user typed. */

/** Returns a command that can be copied into a shell, with `npx` if `npx` or `npm run demo` started this process. */
export function command(...words: string[]): string {
  const plain = process.platform === 'win32' ? /^[\w./:\\@+,-]+$/ : /^[\w./:@+,-]+$/;
  const quote = (word: string) => (process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", `'\\''`)}'`);
  const quoted = words.map((word) => (plain.test(word) ? word : quote(word)));
  const { npm_command: npm, npm_lifecycle_event: script } = process.env;
  return [...(npm === 'exec' || script === 'demo' ? ['npx'] : []), 'winning-sign', ...quoted].join(' ');
}
