/** How many threads a backend computes on. */
import os from 'node:os';
import { UserError } from '../errors';

/** `WINNING_SIGN_THREADS`, a whole number up to `most`; undefined where it is not set. */
export function threadsAsked(most = 1024): number | undefined {
  const asked = process.env['WINNING_SIGN_THREADS'];
  if (!asked) return undefined;
  const threads = Number(asked);
  if (Number.isInteger(threads) && threads >= 1 && threads <= most) return threads;
  throw new UserError(`WINNING_SIGN_THREADS is “${asked}”; set it to a whole number from 1 to ${most}, or not at all.`);
}

/** As many as there are processors for this process. */
export function processors(): number {
  return os.availableParallelism();
}
