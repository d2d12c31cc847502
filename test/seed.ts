/** What is random in the tests comes from one seed, which their names print. `WINNING_SIGN_SEED=N` repeats a run of them. */
import { randomInt } from 'node:crypto';

const given = process.env['WINNING_SIGN_SEED'];

/** The seed of this run of the tests. */
export const SEED = given ? Number(given) : randomInt(1_000_000);
if (!Number.isSafeInteger(SEED)) throw new Error(`WINNING_SIGN_SEED is "${given}"; it must be a whole number.`);

/** What the name of a suite with random parts ends in. */
export const WITH_SEED = `(WINNING_SIGN_SEED=${SEED})`;

process.env['WINNING_SIGN_SEED'] = String(SEED); // for the processes that the tests start
