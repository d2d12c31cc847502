/** Runs mocha inside the extension host; its report goes to the file the host watches, else to the console. */
import { appendFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

const TEST_LIMIT_MS = 120_000;

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: TEST_LIMIT_MS, color: false });
  const files = readdirSync(__dirname).filter((file) => file.endsWith('.test.js'));
  for (const file of files.sort()) mocha.addFile(path.join(__dirname, file));
  const output = process.env['WINNING_SIGN_TEST_OUTPUT'];
  if (output)
    Mocha.reporters.Base.consoleLog = (...words: unknown[]) => {
      appendFileSync(output, `${format(...words)}\n`);
    };
  await new Promise<void>((resolve, reject) => {
    mocha.run((failures) => {
      if (failures > 0) reject(new Error(`${failures} tests failed.`));
      else resolve();
    });
  });
}
