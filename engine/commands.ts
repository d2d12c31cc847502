/** Writes commands of the program for messages, in the form that the user typed. */
import path from 'node:path';

/** Returns a command that can be copied into a shell, in the form in which the user started this program. */
export function command(...words: string[]): string {
  return [program(), ...words.map(quoted)].join(' ');
}

/** Returns a path for a command: relative to the working directory, unless the file is outside of it. */
export function pathWord(file: string): string {
  const relative = path.relative('', file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}

/**
 * Returns how the user started this program: `npx winning-sign` or `npm run demo`, `node PATH/cli.js`, or `winning-sign`. On Windows, npm
 * starts `node PATH/cli.js` for `winning-sign`, so the two are not distinguished there. A program that VS Code started was not typed.
 */
function program(): string {
  const {
    npm_command: npm,
    npm_lifecycle_event: script,
    ELECTRON_RUN_AS_NODE,
    WINNING_SIGN_COMMAND: given,
  } = process.env;
  if (given) return given;
  if (npm === 'exec' || script === 'demo') return 'npx winning-sign';
  const [, started = ''] = process.argv;
  const isTyped = path.basename(started) === 'cli.js' && ELECTRON_RUN_AS_NODE === undefined;
  return isTyped && process.platform !== 'win32' ? `node ${quoted(pathWord(started))}` : 'winning-sign';
}

/** Keeps the form of the command for processes that this one starts. */
export function keepForm(): void {
  process.env['WINNING_SIGN_COMMAND'] = program();
}

function quoted(word: string): string {
  const [plain, quote] =
    process.platform === 'win32'
      ? [/^[\w./:\\@+,-]+$/, `"${word}"`]
      : [/^[\w./:@+,-]+$/, `'${word.replaceAll("'", `'\\''`)}'`];
  return plain.test(word) ? word : quote;
}
