/**
 * Calls the command line in a process that is used again for the next call, also for runs. So nothing is loaded again, and the code is
 * compiled already. The output and the exit code are the same as those of `cli`. This is not for tests of what a process of its own does:
 * signals, kills, locks, and environment variables. For verbs that only read, `called` needs no other process.
 */
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Call } from './reusedProgram';
import { documentOf, environment, type Ended } from './process';

let server: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();
let isCalled = false;

/** Ends the process if a test has not waited for its call. Runs after each test. */
export function endReused(): void {
  if (isCalled) server?.kill('SIGKILL');
}

function serve(): ChildProcess {
  const child = fork(path.join(__dirname, 'reusedProgram.js'), { env: environment() });
  child.unref();
  child.channel?.unref();
  child.once('exit', () => (server = undefined));
  return child;
}

async function ask(asked: Call): Promise<Ended> {
  const child = (server ??= serve());
  isCalled = true;
  child.channel?.ref();
  try {
    return await new Promise((resolve, reject) => {
      const onExit = () => {
        reject(new Error(`the process of ${asked.args.join(' ')} has ended`));
      };
      child.once('exit', onExit);
      child.once('message', (ended: Ended) => {
        child.off('exit', onExit);
        resolve(ended);
      });
      child.send(asked);
    });
  } finally {
    isCalled = false;
    child.channel?.unref();
  }
}

/** Calls the command line in the working directory `cwd`. */
export function callIn(cwd: string, ...args: string[]): Promise<Ended> {
  const asked = last.then(() => ask({ args, cwd }));
  last = asked.catch(() => undefined);
  return asked;
}

/** Calls the command line, after all calls before. */
export function call(...args: string[]): Promise<Ended> {
  return callIn(process.cwd(), ...args);
}

/** Returns the document that a verb prints with `--json`. Throws the output if it is not JSON. */
export async function callJson<T>(...args: string[]): Promise<T> {
  return documentOf(await call(...args, '--json')) as T;
}
