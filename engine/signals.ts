/**
 * Signals that ask the engine to stop. Both programs import this before anything else. Without a listener, SIGUSR1 makes Node open its
 * debugger on a port that every user of the machine can reach.
 */
import type Inspector from 'node:inspector';
import { createRequire } from 'node:module';

/** Signals that schedulers send some time before they end a job. */
const OF_SCHEDULERS = ['SIGUSR1', 'SIGUSR2'];
/** Sent by Ctrl-C, at the end of a job, by a closed terminal, and when the parent ends. Node receives SIGHUP even under `nohup`. */
const OTHERS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'];

/** Called on a signal of a scheduler; does nothing by default. */
let onScheduler: () => void = () => undefined;
for (const signal of OF_SCHEDULERS)
  process.on(signal, () => {
    onScheduler();
  });

/** Sets what a signal of a scheduler does while there is no `onStopSignal` listener. */
export function onSchedulerSignal(listener: () => void): void {
  onScheduler = listener;
}

/** Calls a listener for every signal that asks to stop, instead of the default action. Returns a function that removes the listener. */
export function onStopSignal(listener: () => void): () => void {
  const before = onScheduler;
  onScheduler = listener;
  for (const signal of OTHERS) process.on(signal, listener);
  return () => {
    onScheduler = before;
    for (const signal of OTHERS) process.off(signal, listener);
  };
}

/** Closes the debugger if a SIGUSR1 opened it before this program's first statement. That signal then counts as received. */
function closeDebugger(): void {
  const inspector = createRequire(__filename)('node:inspector') as typeof Inspector;
  if (inspector.url() === undefined) return;
  inspector.close();
  setImmediate(() => {
    onScheduler(); // the program has called `onSchedulerSignal` by then
  });
}

/** Matches `--inspect`, and options by which a debugger loads a module in advance. */
const DEBUGGED = /inspect|require|import|-r /;
/** Interval of the checks. Node opens the port in another thread, on a busy machine long after the signal. */
const LOOK_MS = 100;
const LAST_LOOK_MS = 10_000;

const options = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
if (process.features.inspector && process.platform !== 'win32' && !DEBUGGED.test(options)) {
  closeDebugger();
  const looks = setInterval(closeDebugger, LOOK_MS).unref();
  setTimeout(clearInterval, LAST_LOOK_MS, looks).unref();
}
