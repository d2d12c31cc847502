import { setTimeout } from 'node:timers/promises';

const DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 10;

/** Waits until a condition is true. Rejects with `what`, the event that is missing, at the deadline. */
export async function until(what: string, condition: () => boolean, deadlineMs = DEADLINE_MS): Promise<void> {
  for (const deadline = Date.now() + deadlineMs; !condition();) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await setTimeout(LOOK_EVERY_MS);
  }
}
