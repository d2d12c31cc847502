/** Hostile files in a process of their own, as a person opens them: a result or one line, within limits of time and memory. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fixture, readJson, temporaryFolder } from '../fixtures';
import type { usageOfThisProcess } from '../usage';
import { start } from './process';

/** Files of formats that a library reads, or that name other files. */
const FILES = (readJson('hostile/manifest.json') as { file: string; expect: string; also_ok?: string }[]).filter(
  ({ file }) => /^(h5|tfjs)\//.test(file),
);

describe('a hostile file in its own process', () => {
  const temporary = temporaryFolder();
  let ordinary: number | undefined;

  /** Inspects a file in a process. Returns how it ended, the CPU time in ms and the greatest memory in bytes. */
  async function inspect(file: string) {
    const [script, report] = [temporary('usage.cjs'), temporary('usage.json')];
    const used = `require(${JSON.stringify(require.resolve('../usage'))}).usageOfThisProcess()`;
    const write = `require('fs').writeFileSync(${JSON.stringify(report)}, JSON.stringify(${used}))`;
    writeFileSync(script, `process.on('exit', () => ${write});`);
    const { ended } = start(['inspect', fixture(file)], { NODE_OPTIONS: `--require ${script}` });
    const { code, stderr } = await ended;
    const usage = JSON.parse(readFileSync(report, 'utf8')) as ReturnType<typeof usageOfThisProcess>;
    return { code, stderr, ...usage };
  }

  for (const { file, expect, also_ok: alsoOk } of FILES)
    it(`${file} is opened or refused within 2 s more work than an ordinary file, and 512 MB`, async () => {
      // On a slow machine, the start of the program and of the library takes seconds, whatever the file.
      ordinary ??= (await inspect('keras/only.weights.h5')).cpu;
      const { code, stderr, cpu, memory } = await inspect(`hostile/${file}`);
      const allowed = expect === 'open_or_reject' || alsoOk ? [0, 2] : [expect === 'open' ? 0 : 2];
      assert.ok(allowed.includes(code!), `exit code ${code}: ${stderr}`);
      if (code === 2) assert.match(stderr, /^winning-sign: [^\n]+\.\n$/);
      assert.ok(cpu < ordinary + 2000, `${cpu} ms, an ordinary file ${ordinary} ms`);
      assert.ok(memory < 512e6, `${memory} bytes`);
      assert.ok(!existsSync('/tmp/AWS_ORACLE_PWNED'));
    }).timeout(60_000);
});
