/**
 * Calls the command line in the process of the test. To start it as a process takes about a second on a slow machine, most of it to load
 * the program, which is loaded only once here. For verbs that read files and end: not for runs, which use signals and threads.
 */
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { CLI, documentOf, environment, type Ended } from './process';

const load = createRequire(__filename);
const PROGRAM = load.resolve('../../engine/cli');

/** Restores the process after the current call; undefined between calls. */
let restore: (() => void) | undefined;

/** Restores the process if a test ended during a call. Runs after each test. */
export function endCalled(): void {
  restore?.();
}

/** Calls the command line with the same defaults as `start`. Calls change the process, so only one is allowed at a time. */
export function called(args: string[], env: Record<string, string> = {}, cwd = process.cwd()): Promise<Ended> {
  if (restore) throw new Error('another call of the command line has not ended');
  const [out, error] = [new Collector(), new Collector()];
  const folder = process.cwd();
  const { argv, env: environmentBefore, exit, stdout, stderr } = Object.getOwnPropertyDescriptors(process);
  restore = () => {
    restore = undefined;
    process.chdir(folder);
    Object.defineProperties(process, { argv, env: environmentBefore, exit, stdout, stderr });
  };
  return new Promise((resolve) => {
    const ended = (code: number) => {
      endCalled();
      resolve({ code, stdout: out.text, stderr: error.text });
    };
    Object.assign(process, { argv: [process.execPath, CLI, ...args], exit: ended, env: environment(env) });
    process.chdir(cwd);
    Object.defineProperties(process, { stdout: { value: out }, stderr: { value: error } });
    load.cache[PROGRAM] = undefined; // the program starts when it is loaded
    load(PROGRAM);
  });
}

/** Returns the document that a verb prints with `--json`. */
export async function calledJson<T>(...args: string[]): Promise<T> {
  return documentOf(await called([...args, '--json'])) as T;
}

/** Collects what is written. It is not a terminal. */
class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.text += chunk.toString();
    callback();
  }
}
