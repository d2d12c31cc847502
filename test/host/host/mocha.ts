import { readdirSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import TallyReporter from '../../reporter';

const TEST_LIMIT_MS = 120_000;

/** Runs every `*.test.js` of a folder, in this process; gives the number of failures. `print` takes the report line by line. */
export function runTestsOf(folder: string, print?: (...words: unknown[]) => void): Promise<number> {
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: TEST_LIMIT_MS,
    color: process.stdout.isTTY && !print,
    reporter: TallyReporter,
  });
  if (print) Mocha.reporters.Base.consoleLog = print;
  const files = readdirSync(folder).filter((file) => file.endsWith('.test.js'));
  for (const file of files.sort()) mocha.addFile(path.join(folder, file));
  return new Promise((resolve) => mocha.run(resolve));
}
