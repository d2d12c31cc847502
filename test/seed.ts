/** All random numbers in the tests come from one seed, which is printed in their names. `WINNING_SIGN_SEED=N` repeats a run of the tests. */
import { randomInt } from 'node:crypto';

const given = process.env['WINNING_SIGN_SEED'];

/** The seed of this run of the tests. */
export const SEED = given ? Number(given) : randomInt(1_000_000);
if (!Number.isSafeInteger(SEED)) throw new Error(`WINNING_SIGN_SEED is "${given}"; it must be a whole number.`);

/** The suffix for names of suites with random parts. */
export const WITH_SEED = `(WINNING_SIGN_SEED=${SEED})`;

process.env['WINNING_SIGN_SEED'] = String(SEED); // for the processes that the tests start
