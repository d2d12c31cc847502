/** Detects pickles that would run code if Python loaded them. We never run any, but the user should be warned about such a file. */
const PROGRAMS =
  /^(os|posix|nt|subprocess|commands|pty|popen2|sys|importlib|imp|runpy|code|codeop|timeit|pdb|bdb|socket|ctypes|webbrowser|shutil|pip|platform|asyncio|multiprocessing|threading|signal)(\.|$)/;
const BUILTINS = /^(builtins|__builtin__)\./;
const HARMLESS =
  /\.(set|frozenset|list|dict|tuple|bytearray|bytes|int|long|float|bool|str|unicode|complex|slice|range|xrange|object|type)$/;

/** Throws an `Error` that names the function if a call of it can run code from the file. */
export function refuseCode(name: string): void {
  const isCode = BUILTINS.test(name) ? !HARMLESS.test(name) : PROGRAMS.test(name);
  if (isCode) throw new Error(`it calls ${name}, which can run any code when Python loads it`);
}
