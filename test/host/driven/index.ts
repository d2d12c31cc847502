import { readdirSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

const TEST_LIMIT_MS = 120_000;

/** Runs the tests that drive a window, in this process; gives the exit code. */
export function runDriven(extension: string): Promise<number> {
  process.env['WINNING_SIGN_EXTENSION'] = extension;
  const mocha = new Mocha({ ui: 'bdd', timeout: TEST_LIMIT_MS });
  const files = readdirSync(__dirname).filter((file) => file.endsWith('.test.js'));
  for (const file of files.sort()) mocha.addFile(path.join(__dirname, file));
  return new Promise((resolve) => {
    mocha.run((failures) => {
      resolve(failures > 0 ? 1 : 0);
    });
  });
}
