/** Detects that a run was asked to stop. */
import { isStopAsked } from '../runs/stopFile';

const LOOK_MS = 500;

/** Returns a function that tells whether to stop. Every call checks the signal. The stop file is checked at most twice a second. */
export function stopWatch(directory: string, signal: AbortSignal): () => boolean {
  let looked = 0;
  return () => {
    if (signal.aborted) return true;
    if (Date.now() - looked < LOOK_MS) return false;
    looked = Date.now();
    return isStopAsked(directory);
  };
}
