/** What a pickle would run if Python loaded it. We run nothing, but a person should know what such a file is. */
import { UserError } from '../../errors';

const PROGRAMS =
  /^(os|posix|nt|subprocess|commands|pty|popen2|sys|importlib|imp|runpy|code|codeop|timeit|pdb|bdb|socket|ctypes|webbrowser|shutil|pip|platform|asyncio|multiprocessing|threading|signal)(\.|$)/;
const BUILTINS = /^(builtins|__builtin__)\./;
const HARMLESS =
  /\.(set|frozenset|list|dict|tuple|bytearray|bytes|int|long|float|bool|str|unicode|complex|slice|range|xrange|object|type)$/;

/** Thrown for a pickle that calls what runs code; the message names it. */
export class CodeError extends UserError {}

/** Throws CodeError if a call of this function would run code of the file's choice. */
export function refuseCode(name: string): void {
  const isCode = BUILTINS.test(name) ? !HARMLESS.test(name) : PROGRAMS.test(name);
  if (isCode) throw new CodeError(`it calls ${name}, which can run any code when Python loads it`);
}
