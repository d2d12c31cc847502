/** Reports counts of a suite to test/suites.mjs, which adds them up. They are lines of JSON in the file that WINNING_SIGN_TALLY names. */
import { appendFileSync } from 'node:fs';

/**
 * Counts of tests. `failures` names the failed tests, each with its error, so that the last lines of a long output tell what failed.
 * A part that cannot run counts as one skipped test, with its name and the reason.
 */
export type Counts =
  | { passed: number; failed: number; skipped: number; failures?: string[] }
  | { skipped: 1; part: string; reason: string };

/** Adds counts to the tally, if one is kept. */
export function count(counts: Counts): void {
  const file = process.env['WINNING_SIGN_TALLY'];
  if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`);
}

/** Prints and counts a part that cannot run here. Returns the exit code, which means failure if CI=true. */
export function skipPart(part: string, reason: string): number {
  console.log(`Skipped: ${part}. ${reason}`);
  count({ skipped: 1, part, reason });
  return process.env['CI'] === 'true' ? 1 : 0;
}
