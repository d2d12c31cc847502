/** A process that executes a run directory: `executeOnce.js DIR JSON`, where JSON is an `Execution` as `Once` has it. */
import { executeRun } from '../../../engine/execution/execute';
import type { RunEvent } from '../../../engine/protocol';

export interface Once {
  reestimates?: boolean;
  /** Ends the process right after the end of this round was logged. */
  dieAtRound?: number;
}

const [directory, options] = process.argv.slice(2);
const { dieAtRound, ...once } = JSON.parse(options!) as Once;
const heard = (event: RunEvent) => {
  if (event.type === 'round' && event.round === dieAtRound) process.kill(process.pid, 'SIGKILL');
};
void executeRun(directory!, { signal: new AbortController().signal, heard, ...once });
