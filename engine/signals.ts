/**
 * Handles signals that ask the engine to stop. Both programs import this file before anything else. Without a listener, SIGUSR1 makes
 * Node open its debugger on a port that every user of the machine can reach.
 */
import type Inspector from 'node:inspector';
import { createRequire } from 'node:module';

/** Signals that schedulers send some time before they kill a job. */
const OF_SCHEDULERS = ['SIGUSR1', 'SIGUSR2'];
/**
 * Other reasons to stop: Ctrl-C, the end of a job, a closed terminal, and the end of the parent. Node receives SIGHUP even under
 * `nohup`.
 */
const OTHERS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'];

/** Whether a signal that ended a process asked it to stop. */
export function asksToStop(signal: NodeJS.Signals | null): boolean {
  return signal !== null && [...OF_SCHEDULERS, ...OTHERS].includes(signal);
}

/** Called on a signal of a scheduler. Does nothing by default. */
let onScheduler: () => void = () => undefined;
for (const signal of OF_SCHEDULERS)
  process.on(signal, () => {
    onScheduler();
  });

/** Sets the action for signals of schedulers. `onStopSignal` overrides it. */
export function onSchedulerSignal(listener: () => void): void {
  onScheduler = listener;
}

/**
 * Calls a listener for every signal that asks to stop, instead of the default action. Returns a function that restores the previous
 * state.
 */
export function onStopSignal(listener: () => void): () => void {
  const before = onScheduler;
  onScheduler = listener;
  for (const signal of OTHERS) process.on(signal, listener);
  return () => {
    onScheduler = before;
    for (const signal of OTHERS) process.off(signal, listener);
  };
}

/**
 * Closes the debugger if a SIGUSR1 opened it before the first statement of this program. That SIGUSR1 is then handled like a later
 * one.
 */
function closeDebugger(): void {
  const inspector = createRequire(__filename)('node:inspector') as typeof Inspector;
  if (inspector.url() === undefined) return;
  inspector.close();
  setImmediate(() => {
    onScheduler(); // the program has called `onSchedulerSignal` by then
  });
}

/** Matches `--inspect`, and options with which a debugger loads a module at the start. */
const DEBUGGED = /inspect|require|import|-r /;
/** Interval of the checks. Node opens the port in another thread. On a busy machine this can be long after the signal. */
const LOOK_MS = 100;
const LAST_LOOK_MS = 10_000;

const options = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
if (process.features.inspector && process.platform !== 'win32' && !DEBUGGED.test(options)) {
  closeDebugger();
  const looks = setInterval(closeDebugger, LOOK_MS).unref();
  setTimeout(clearInterval, LAST_LOOK_MS, looks).unref();
}
