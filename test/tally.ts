/** What a suite reports to test/suites.mjs, which adds it up: lines of JSON in the file that WINNING_SIGN_TALLY names. */
import { appendFileSync } from 'node:fs';

/** Counts of tests; a part that could not run at all counts as one skipped, with its name and the reason. */
export type Counts = { passed: number; failed: number; skipped: number } | { skipped: 1; part: string; reason: string };

/** Adds counts to the tally, if one is kept. */
export function count(counts: Counts): void {
  const file = process.env['WINNING_SIGN_TALLY'];
  if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`);
}

/** Prints and counts a part that cannot run here; returns the exit code, which fails where CI=true. */
export function skipPart(part: string, reason: string): number {
  console.log(`Skipped: ${part}. ${reason}`);
  count({ skipped: 1, part, reason });
  return process.env['CI'] === 'true' ? 1 : 0;
}
