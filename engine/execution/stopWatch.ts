/** Notices that somebody asked a run to stop. */
import { isStopAsked } from '../runs/stopFile';

const LOOK_MS = 500;

/** Listens for a stop by signal, and looks for the stop file now and then. */
export function stopWatch(directory: string, signal: AbortSignal): () => boolean {
  let looked = 0;
  return () => {
    if (signal.aborted) return true;
    if (Date.now() - looked < LOOK_MS) return false;
    looked = Date.now();
    return isStopAsked(directory);
  };
}
