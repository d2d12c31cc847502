/**
 * Calls the command line in a process that is used again for the next call in this file, also for runs. So nothing is loaded again, and the
 * code is compiled already. The output and the exit code are the same as those of `cli`. This is not for tests of what a process of its own
 * does: signals, kills, locks, and starts of other programs from files beside it.
 */
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Call } from './reusedProgram';
import { documentOf, environment, type Ended } from './process';

let server: ChildProcess | undefined;
/** Is settled when all calls of this test have been answered. */
let last: Promise<unknown> = Promise.resolve();
let unanswered = 0;
/** Number of tests that have ended. */
let tests = 0;

/** Ends the process if a test has not waited for its calls, and refuses those that have not begun. Runs after each test. */
export function endUnanswered(): void {
  tests++;
  if (unanswered > 0) endReused();
  last = Promise.resolve();
}

/** Ends the process. Runs after each file, so that no file depends on another. */
export function endReused(): void {
  server?.kill('SIGKILL');
  server = undefined;
}

function serve(): ChildProcess {
  const child = fork(path.join(__dirname, 'reusedProgram.js'), { env: environment() });
  child.unref();
  child.channel?.unref();
  child.once('exit', () => {
    if (server === child) server = undefined;
  });
  return child;
}

function ask(asked: Call): Promise<Ended> {
  const child = (server ??= serve());
  child.channel?.ref();
  return new Promise<Ended>((resolve, reject) => {
    const onExit = () => {
      reject(new Error(`the process of ${asked.args.join(' ')} has ended`));
    };
    child.once('exit', onExit);
    child.once('message', (ended: Ended) => {
      child.off('exit', onExit);
      child.channel?.unref();
      resolve(ended);
    });
    child.send(asked);
  });
}

/** Calls the command line in the working directory `cwd`. */
export async function callIn(cwd: string, ...args: string[]): Promise<Ended> {
  const [ofTest, before] = [tests, last];
  unanswered++;
  const answered = before.then(() => {
    if (tests !== ofTest) throw new Error(`the test that called ${args.join(' ')} has ended`);
    return ask({ args, cwd, env: environment() });
  });
  last = answered.catch(() => undefined);
  try {
    return await answered;
  } finally {
    unanswered--;
  }
}

/** Calls the command line, after all calls before. */
export function call(...args: string[]): Promise<Ended> {
  return callIn(process.cwd(), ...args);
}

/** Returns the document that a verb prints with `--json`. Throws the output if it is not JSON. */
export async function callJson<T>(...args: string[]): Promise<T> {
  return documentOf(await call(...args, '--json')) as T;
}
