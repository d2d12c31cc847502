/**
 * Signals that ask the engine to stop. Both programs import this before anything else: until a listener is there, Node opens its
 * debugger on SIGUSR1, on a port that every user of the machine can reach.
 */
import type Inspector from 'node:inspector';
import { createRequire } from 'node:module';

/** Schedulers send these some time before they end a job. */
const OF_SCHEDULERS = ['SIGUSR1', 'SIGUSR2'];
/** Ctrl-C, the end of a job, a closed terminal (Node cannot keep SIGHUP away with `nohup`), the end of a parent. */
const OTHERS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'];

/** What the signals of schedulers do; by default nothing. */
let onScheduler: () => void = () => undefined;
for (const signal of OF_SCHEDULERS)
  process.on(signal, () => {
    onScheduler();
  });

/** Sets what a scheduler's signal does while nobody else listens. */
export function onSchedulerSignal(listener: () => void): void {
  onScheduler = listener;
}

/** Calls a listener for every signal that asks to stop, instead of what it did before. Returns a function that removes the listener. */
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
    onScheduler(); // the program has set what it does by then
  });
}

/** `--inspect`, or a module that a debugger loads in advance. */
const DEBUGGED = /inspect|require|import|-r /;
/** Node opens the port from a thread of its own, on a busy machine long after the signal. */
const LOOK_MS = 100;
const LAST_LOOK_MS = 10_000;

const options = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
if (process.features.inspector && process.platform !== 'win32' && !DEBUGGED.test(options)) {
  closeDebugger();
  const looks = setInterval(closeDebugger, LOOK_MS).unref();
  setTimeout(clearInterval, LAST_LOOK_MS, looks).unref();
}
