/** Notices that somebody asked a run to stop. */
import { isStopAsked } from '../runs/stopFile';

const LOOK_MS = 500;

/** Returns a function that says whether to stop. It checks the signal each time, and the stop file at most twice a second. */
export function stopWatch(directory: string, signal: AbortSignal): () => boolean {
  let looked = 0;
  return () => {
    if (signal.aborted) return true;
    if (Date.now() - looked < LOOK_MS) return false;
    looked = Date.now();
    return isStopAsked(directory);
  };
}
