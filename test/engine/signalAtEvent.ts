/**
 * Is loaded before the command line in tests. Sends signals to this process when it has logged an event, such as `epoch` the first time.
 * A test that sends them itself comes too late if it has to wait for a processor.
 */
import fileSystem from 'node:fs';

const { type, count, signals } = JSON.parse(process.env['WINNING_SIGN_SIGNAL_AT']!) as SignalAt;

/** When which signals are sent: after `count` events of this type. */
export interface SignalAt {
  type: string;
  count: number;
  signals: NodeJS.Signals[];
}

const write = fileSystem.writeSync as (...args: unknown[]) => number;
let left = count;
const signalling = (...args: unknown[]) => {
  const written = write(...args);
  const isOfType = String(args[1]).startsWith(`{"type":"${type}"`);
  if (isOfType && --left === 0) for (const signal of signals) process.kill(process.pid, signal);
  return written;
};
Object.assign(fileSystem, { writeSync: signalling });
