import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import { permutation, random } from '../../../engine/random';
import TallyReporter from '../../reporter';
import { SEED } from '../../seed';

const TEST_LIMIT_MS = 120_000;
const GREP = 'WINNING_SIGN_GREP';

/** Reads `--grep NAME` from the command line, for this process and those that it starts. */
export function takeGrep(): void {
  const { grep } = parseArgs({ options: { grep: { type: 'string', short: 'g' } } }).values;
  if (grep !== undefined) process.env[GREP] = grep;
}

/**
 * Runs every `*.test.js` of a folder in this process and returns the number of failures. `print` receives the report line by line.
 * The tests of a suite run in a random order from the seed, so that no test can depend on another. `takeGrep` selects tests by name.
 */
export async function runTestsOf(folder: string, print: (...words: unknown[]) => void = console.log): Promise<number> {
  const grep = process.env[GREP];
  const color = print === console.log && process.stdout.isTTY;
  const mocha = new Mocha({ ui: 'bdd', timeout: TEST_LIMIT_MS, color, reporter: TallyReporter, ...(grep && { grep }) });
  Mocha.reporters.Base.consoleLog = print;
  const files = readdirSync(folder).filter((file) => file.endsWith('.test.js'));
  for (const file of files.sort()) mocha.addFile(path.join(folder, file));
  await mocha.loadFilesAsync();
  shuffle(mocha.suite);
  print(`In the order of WINNING_SIGN_SEED=${SEED}:`);
  return new Promise((resolve) => mocha.run(resolve));
}

function shuffle(suite: Mocha.Suite): void {
  const drawn = <T>(items: T[]) =>
    [...permutation(items.length, random(SEED, suite.fullTitle()))].map((i) => items[i]!);
  suite.tests = drawn(suite.tests);
  suite.suites = drawn(suite.suites);
  suite.suites.forEach(shuffle);
}
