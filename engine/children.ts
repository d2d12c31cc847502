/** Runs other programs. They are ended when the engine ends, even if the engine is killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { UserError } from './errors';

export interface ChildOptions {
  signal?: AbortSignal;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Receives each line of standard output and standard error. */
  onLine?: (line: string) => void;
  /** Opens a channel to the program, which gets a `disconnect` when this process ends, even if this process is killed. */
  tied?: boolean;
  /** File descriptor that receives standard output. The returned `stdout` is then empty. */
  stdoutTo?: number;
  /** Time limit. When it is exceeded, the program is ended and `runChild` throws a ChildError. */
  timeLimitMs?: number;
}

export interface Output {
  stdout: string;
  stderr: string;
}

/** Thrown if a program could not be started or failed. `output` is what the program printed. */
export class ChildError extends Error {
  override readonly name = 'ChildError';
  constructor(
    message: string,
    readonly output: Output,
    /** Whether the program does not exist. */
    readonly absent: boolean,
  ) {
    super(message);
  }

  /** The last line of the output. */
  get lastLine(): string {
    const lines = `${this.output.stdout}\n${this.output.stderr}`.split('\n').filter((line) => line.trim());
    return lines.at(-1)?.trim() ?? this.message;
  }
}

/** Thrown if the signal cancelled the work. */
export class Cancelled extends UserError {}

const running = new Set<ChildProcess>();
const KILL_AFTER_MS = 2_000;

process.on('exit', () => {
  for (const child of running) kill(child, 'SIGKILL');
});

/** Runs a program to its end. If the signal is aborted, ends the program with its child processes and throws `Cancelled`. */
export async function runChild(program: string, args: readonly string[], options: ChildOptions = {}): Promise<Output> {
  const { signal, env, cwd, onLine, tied, stdoutTo, timeLimitMs } = options;
  throwIfCancelled(signal);
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', stdoutTo ?? 'pipe', 'pipe', ...(tied ? (['ipc'] as const) : [])],
    detached: process.platform !== 'win32', // gives it a process group, so that its children end with it
    windowsHide: true,
  });
  running.add(child);
  let patience: NodeJS.Timeout | undefined;
  const cancel = () => {
    kill(child, 'SIGTERM');
    patience = setTimeout(kill, KILL_AFTER_MS, child, 'SIGKILL').unref();
  };
  signal?.addEventListener('abort', cancel);
  const limit = timeLimitMs === undefined ? undefined : AbortSignal.timeout(timeLimitMs);
  limit?.addEventListener('abort', cancel);
  const output = listen(child, onLine);
  try {
    const failure = await ending(child);
    throwIfCancelled(signal);
    if (limit?.aborted)
      throw new ChildError(`${program} did not end within ${timeLimitMs! / 1000} seconds`, output, false);
    if (failure) throw new ChildError(`${program} ${failure.how}`, output, failure.absent);
    return output;
  } finally {
    running.delete(child);
    clearTimeout(patience);
    signal?.removeEventListener('abort', cancel);
    limit?.removeEventListener('abort', cancel);
  }
}

/**
 * With this option, Node ≥ 22.14 never opens a debugger on SIGUSR1, not even while Node starts. The option also blocks the signal.
 * Runners must receive the signal, so they are started without the option.
 */
const NO_DEBUGGER = '--disable-sigusr1';

/** Runs a program of this engine, or other JavaScript, with the Node of this process. */
export function runNode(args: readonly string[], options: ChildOptions = {}): Promise<Output> {
  const flags = process.allowedNodeEnvironmentFlags.has(NO_DEBUGGER) ? [NO_DEBUGGER] : [];
  const env = { ...options.env, ELECTRON_RUN_AS_NODE: '1' }; // VS Code's executable behaves like Node only with this variable
  return runChild(process.execPath, [...flags, ...args], { ...options, env });
}

/** Number of braces that are tried as the start of the document, and as its end. Libraries print fewer braces. */
const MOST_TRIED = 200;

/** Returns the JSON object that a program printed. Native libraries may print before and after it. Throws SyntaxError if there is none. */
export function documentIn(printed: string): object {
  const starts = Array.from(printed.matchAll(/\{/g), ({ index }) => index).slice(0, MOST_TRIED);
  const ends = Array.from(printed.matchAll(/\}/g), ({ index }) => index + 1)
    .reverse()
    .slice(0, MOST_TRIED);
  for (const start of starts)
    for (const end of ends.filter((place) => place > start)) {
      const found = parsed(printed.slice(start, end));
      if (found) return found;
    }
  throw new SyntaxError('the program printed no JSON');
}

function parsed(text: string): object | undefined {
  try {
    const value = JSON.parse(text) as object;
    return Object.keys(value).length > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Throws `Cancelled` if the signal was aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Cancelled('Cancelled. Nothing was changed.');
}

function listen(child: ChildProcess, onLine: ChildOptions['onLine']): Output {
  const output: Output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    let rest = '';
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      const lines = (rest + text).split(/\r?\n|\r/);
      rest = lines.pop()!;
      for (const line of lines) if (line.trim()) onLine?.(line.trimEnd());
    });
  }
  return output;
}

function ending(child: ChildProcess): Promise<{ how: string; absent: boolean } | undefined> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const absent = error.code === 'ENOENT';
      resolve({ how: `could not be started (${absent ? 'program not found' : error.message})`, absent });
    });
    child.once('close', (code, signal) => {
      resolve(code === 0 ? undefined : { how: `ended with ${signal ?? `code ${code}`}`, absent: false });
    });
  });
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32' || child.pid === undefined) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
