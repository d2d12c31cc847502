/**
 * Runs the suites named on the command line, one after another. Ends with a line for each failed test and each part that was skipped, and
 * one line for all: “N passed, N failed, N skipped”.
 *
 *   node test/suites.mjs SUITE…
 *
 * If WINNING_SIGN_DEADLINE is set (seconds since 1970), a suite is skipped if it would probably end later. The first one always runs, because
 * its time tells how fast the machine is.
 * It builds nothing: `npm test` has built before, and `npm run test:NAME` builds for one suite.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

const MOST_CHARACTERS = 600;

/** A signal to the process group may end a suite before this process has received it. */
const SIGNAL_MS = 500;

/** How long suites take compared with the suite engine, rounded up. Such a ratio also holds on slow machines. */
const SHARES = {
  ...{ oracles: 0.4, webview: 0.3, host: 1.1, package: 0.3 },
  ...{ fixtures: 0.6, mutations: 0.4, chaos: 1.3, slurm: 0.8 },
};

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')); // npm runs scripts in the package's folder
const suites = process.argv.slice(2);
const deadline = Number(process.env['WINNING_SIGN_DEADLINE'] || Infinity);
if (Number.isNaN(deadline)) {
  console.error('WINNING_SIGN_DEADLINE is not a number of seconds since 1970.');
  process.exit(2);
}
const unknown = suites.filter((suite) => !scripts[`test:${suite}`]);
if (suites.length === 0 || unknown.length > 0) {
  const known = Object.keys(scripts).flatMap((name) => name.match(/^test:(\w+)$/)?.[1] ?? []);
  console.error(`usage: node test/suites.mjs SUITE…  (${known.join(', ')})`);
  process.exit(2);
}

/** Runs the script of a suite directly, without its `pretest:…`. Resolves with the reason if it failed, else with undefined. */
function run(suite, tally) {
  return new Promise((resolve) => {
    const child = spawn(scripts[`test:${suite}`], {
      shell: true,
      stdio: 'inherit',
      env: { ...process.env, WINNING_SIGN_TALLY: tally },
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      if (code !== 0) resolve(signal ? `ended by ${signal}` : `exit code ${code}`);
      else resolve(undefined);
    });
  });
}

/** Returns the beginning of a message, on one line and without the escape sequences of a terminal. */
function shortened(message) {
  const line = stripVTControlCharacters(message).replace(/\s+/g, ' ');
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)} …` : line;
}

/** Returns the counts that the parts of a suite reported: an array of { passed, failed, skipped, failures?, part?, reason? }. */
function reported(tally) {
  const lines = readFileSync(tally, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/** If there is probably not enough time for a suite, returns the reason why it is not run. `first` is the time of the first suite in seconds. */
function whyTooLate(suite, first) {
  const needed = Math.ceil(first * (SHARES[suite] ?? 0));
  const left = Math.floor(deadline - Date.now() / 1000);
  if (needed < left) return undefined;
  return `It needs about ${needed} s on this machine, but only ${Math.max(0, left)} s were left. Run it alone: npm run test:${suite}.`;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-tally-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const notTested = (process.env['WINNING_SIGN_NOT_TESTED'] ?? '').split('\n').filter(Boolean);
const notes = notTested.map((part) => `Skipped: ${part}`);
let interrupted = false;
let first; // seconds of the first suite
// The suite receives the same signal, because it is in the same process group. This process continues until it has printed the counts.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (interrupted = true));

for (const suite of suites) {
  const missed = interrupted ? 'The tests were interrupted before it.' : first && whyTooLate(suite, first);
  if (missed) {
    total.skipped++;
    notes.push(`Skipped: test:${suite}. ${missed}`);
    continue;
  }
  const [tally, began] = [path.join(folder, suite), Date.now()];
  writeFileSync(tally, '');
  console.log(`\n> ${suite}`);
  const problem = await run(suite, tally);
  if (problem?.startsWith('ended by')) await setTimeout(SIGNAL_MS);
  const parts = reported(tally);
  for (const part of parts) {
    for (const count of Object.keys(total)) total[count] += part[count] ?? 0;
    if (part.reason) notes.push(`Skipped: ${part.part}. ${part.reason}`);
  }
  const seconds = (Date.now() - began) / 1000;
  first ??= seconds;
  console.log(`< ${suite}: ${Math.round(seconds)} s`);
  // If a suite ended with an error but reported no failed test, count one failed test.
  if (problem && !parts.some(({ failed }) => failed > 0)) total.failed++;
  notes.push(...parts.flatMap(({ failures = [] }) => failures).map((failure) => `Failed: ${shortened(failure)}`));
  if (problem) notes.push(`Failed: test:${suite} (${problem}).`);
  else if (parts.length === 0) {
    total.failed++;
    notes.push(`Failed: test:${suite} reported no result.`);
  }
}

rmSync(folder, { recursive: true, force: true });
console.log(['', ...notes, `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`].join('\n'));
process.exitCode = total.failed > 0 ? 1 : 0;
