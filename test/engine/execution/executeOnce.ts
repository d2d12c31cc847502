/** A program that executes a run directory: `executeOnce.js DIR JSON`, where JSON is a `Once`. */
import { executeRun } from '../../../engine/execution/execute';
import type { RunEvent } from '../../../engine/protocol';

export interface Once {
  reestimates?: boolean;
  /** The process exits immediately after the end of this round. */
  dieAtRound?: number;
}

const [directory, options] = process.argv.slice(2);
const { dieAtRound, ...once } = JSON.parse(options!) as Once;
const onEvent = (event: RunEvent) => {
  if (event.type === 'round' && event.round === dieAtRound) process.kill(process.pid, 'SIGKILL');
};
void executeRun(directory!, { signal: new AbortController().signal, onEvent, ...once });
