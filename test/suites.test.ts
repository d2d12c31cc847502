/** Tests the summary at the end of `npm test`. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { temporaryFolder } from './fixtures';

const SUITES = path.resolve('test/suites.mjs');

describe('test/suites.mjs', () => {
  const inFolder = temporaryFolder();

  /** Makes a package. Its script `test:NAME` runs the JavaScript given for NAME. */
  function writeScripts(programs: Record<string, string>): void {
    const scripts = Object.fromEntries(
      Object.keys(programs).map((name) => [`test:${name}`, `"${process.execPath}" ${name}.cjs`]),
    );
    writeFileSync(inFolder('package.json'), JSON.stringify({ scripts }));
    for (const [name, program] of Object.entries(programs)) writeFileSync(inFolder(`${name}.cjs`), program);
  }

  function start(names: string[], env: NodeJS.ProcessEnv = {}) {
    return spawn(process.execPath, [SUITES, ...names], {
      cwd: inFolder(),
      env: { ...process.env, WINNING_SIGN_NOT_TESTED: '', WINNING_SIGN_DEADLINE: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group of its own, which gets a signal as a terminal's does
    });
  }

  async function exitCode(child: ChildProcess): Promise<number> {
    const [code] = (await once(child, 'close')) as [number];
    return code;
  }

  /** Returns the exit code and the lines of the summary. */
  async function run(programs: Record<string, string>, env: NodeJS.ProcessEnv = {}) {
    writeScripts(programs);
    const child = start(Object.keys(programs), env);
    const [output, code] = await Promise.all([text(child.stdout), exitCode(child)]);
    return { code, lines: output.trimEnd().split('\n') };
  }

  const report = (...parts: object[]) =>
    parts
      .map((part) => JSON.stringify(`${JSON.stringify(part)}\n`))
      .map((line) => `require('fs').appendFileSync(process.env.WINNING_SIGN_TALLY, ${line});`)
      .join('');

  it('adds up all parts of all suites in the last line', async () => {
    const { code, lines } = await run({
      a: report({ passed: 3, failed: 0, skipped: 1 }, { passed: 10, failed: 0, skipped: 0 }),
      b: report({ passed: 2, failed: 0, skipped: 0 }),
    });
    assert.equal(lines.at(-1), '15 passed, 0 failed, 1 skipped');
    assert.equal(code, 0);
  });

  it('fails if a suite has a failed test, but runs the remaining suites', async () => {
    const { code, lines } = await run({
      a: `${report({ passed: 3, failed: 2, skipped: 0 })}process.exitCode = 2;`,
      b: report({ passed: 4, failed: 0, skipped: 0 }),
    });
    assert.deepEqual(lines.slice(-2), ['Failed: test:a (exit code 2).', '7 passed, 2 failed, 0 skipped']);
    assert.equal(code, 1);
  });

  it('names the failed tests of all suites at the end', async () => {
    const { lines } = await run({
      a: `${report({ passed: 0, failed: 1, skipped: 0, failures: ['a › b: \u001b[2mError:\u001b[22m\n  3 ≠ 4'] })}process.exitCode = 1;`,
      b: `${report({ passed: 0, failed: 1, skipped: 0, failures: ['x'.repeat(1000)] })}process.exitCode = 1;`,
    });
    assert.deepEqual(lines.slice(-5), [
      'Failed: a › b: Error: 3 ≠ 4',
      'Failed: test:a (exit code 1).',
      `Failed: ${'x'.repeat(600)} …`,
      'Failed: test:b (exit code 1).',
      '0 passed, 2 failed, 0 skipped',
    ]);
  });

  it('counts a suite that crashed, or reported nothing, as one failure', async () => {
    const { code, lines } = await run({
      crashed: `${report({ passed: 1, failed: 0, skipped: 0 })}process.exit(7);`,
      silent: '',
    });
    assert.deepEqual(lines.slice(-3), [
      'Failed: test:crashed (exit code 7).',
      'Failed: test:silent reported no result.',
      '1 passed, 2 failed, 0 skipped',
    ]);
    assert.equal(code, 1);
  });

  it('names skipped parts with the reason', async () => {
    const { code, lines } = await run(
      { a: report({ skipped: 1, part: 'the panels’ tests', reason: 'Chromium was not found.' }) },
      { WINNING_SIGN_NOT_TESTED: 'WebGPU. No adapter.\nTensorFlow. Not installed.' },
    );
    assert.deepEqual(lines.slice(-4), [
      'Skipped: WebGPU. No adapter.',
      'Skipped: TensorFlow. Not installed.',
      'Skipped: the panels’ tests. Chromium was not found.',
      '0 passed, 0 failed, 1 skipped',
    ]);
    assert.equal(code, 0);
  });

  it('prints the counts so far when a time limit ends it', async () => {
    writeScripts({
      done: report({ passed: 5, failed: 0, skipped: 0 }),
      endless: "console.log('waiting'); setInterval(() => {}, 1000);",
      never: '',
    });
    const child = start(['done', 'endless', 'never']);
    let [output, signalled] = ['', false];
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString();
      if (output.includes('waiting') && !signalled) {
        signalled = true;
        process.kill(-child.pid!, 'SIGTERM');
      }
    });
    const code = await exitCode(child);
    const lines = output.trimEnd().split('\n');
    assert.match(lines.at(-3)!, /^Failed: test:endless \(/);
    assert.equal(lines.at(-2), 'Skipped: test:never. The tests were interrupted before it.');
    assert.equal(lines.at(-1), '5 passed, 1 failed, 1 skipped');
    assert.equal(code, 1);
  });

  describe('before a deadline', () => {
    const programs = {
      a: report({ passed: 1, failed: 0, skipped: 0 }),
      chaos: report({ passed: 2, failed: 0, skipped: 0 }),
    };

    async function summary(secondsLeft?: number): Promise<string[]> {
      writeScripts({ ...programs, a: `${programs.a}setTimeout(() => {}, 500);` });
      const deadline = secondsLeft === undefined ? '' : String(Date.now() / 1000 + secondsLeft);
      const child = start(['a', 'chaos'], { WINNING_SIGN_DEADLINE: deadline });
      const [output, code] = await Promise.all([text(child.stdout), exitCode(child)]);
      assert.equal(code, 0);
      return output.trimEnd().split('\n').slice(-2);
    }

    it('run a suite if there is time, or if there is no deadline', async () => {
      for (const left of [undefined, 600]) assert.equal((await summary(left)).at(-1), '3 passed, 0 failed, 0 skipped');
    });

    it('skip a suite that would end too late, and say so', async () => {
      const [note, counts] = await summary(0.5);
      const skipped =
        /^Skipped: test:chaos\. It needs about \d+ s on this machine, but only 0 s were left\. Run it alone: /;
      assert.match(note!, skipped);
      assert.equal(counts, '1 passed, 0 failed, 1 skipped');
    });
  });

  it('refuses a suite that does not exist', async () => {
    writeScripts({ a: '' });
    const child = start(['a', 'b']);
    const [errors, code] = await Promise.all([text(child.stderr), exitCode(child)]);
    assert.match(errors, /usage: .*\(a\)/);
    assert.equal(code, 2);
  });
});
