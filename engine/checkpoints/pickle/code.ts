import { RefusedError } from '../invalid';

/** Detects pickles that would run code if Python loaded them. Winning Sign never runs it, but the user should know about it. */
const PROGRAMS =
  /^(os|posix|nt|subprocess|commands|pty|popen2|sys|importlib|imp|runpy|code|codeop|timeit|pdb|bdb|socket|ctypes|webbrowser|shutil|pip|platform|asyncio|multiprocessing|threading|signal)(\.|$)/;
const BUILTINS = /^(builtins|__builtin__)\./;
const HARMLESS =
  /\.(set|frozenset|list|dict|tuple|bytearray|bytes|int|long|float|bool|str|unicode|complex|slice|range|xrange|object|type)$/;

/** Throws an `Error` that names the function if calling the function could run any code. */
export function refuseCode(name: string): void {
  const isCode = BUILTINS.test(name) ? !HARMLESS.test(name) : PROGRAMS.test(name);
  if (isCode)
    throw new RefusedError(
      `the pickle calls ${name}, which can run any code when Python loads the file`,
      'Do not load this file with Python.',
    );
}
