/** Entry of the tests inside the extension host. */
import { appendFileSync } from 'node:fs';
import { format } from 'node:util';
import { runTestsOf } from '../host/mocha';

/** Runs the tests. Rejects if one fails. Writes the report to the file that the browser host watches, else to the console. */
export async function run(): Promise<void> {
  const output = process.env['WINNING_SIGN_TEST_OUTPUT'];
  const print = (...words: unknown[]) => {
    if (output) appendFileSync(output, `${format(...words)}\n`);
    else console.log(...words);
  };
  const failures = await runTestsOf(__dirname, print);
  if (failures > 0) throw new Error(`${failures} tests failed.`);
}
