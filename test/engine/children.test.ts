import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { ChildError, documentIn, runChild } from '../../engine/children';
import { examineWith } from '../../engine/examine';
import { temporaryFolder } from '../fixtures';

describe('documentIn', () => {
  const document = { checks: [{ name: 'a } b', ok: true }], more: { x: [1] } };

  for (const [what, before, after] of [
    ['nothing else', '', ''],
    ['lines before it', 'I0000 00:00 port.cc:153] oneDNN {custom} operations are on\n[1, 2]\n{}\n', ''],
    ['words on its line', 'loading… {', ' done }'],
    ['lines after it', '', '\nfreed { 3 } handles\n'],
  ] as const)
    for (const space of [undefined, 2])
      it(`finds the document with ${what}, ${space ? 'indented' : 'in one line'}`, () => {
        assert.deepEqual(documentIn(`${before}${JSON.stringify(document, undefined, space)}${after}`), document);
      });

  it('throws if there is no document', () => {
    for (const printed of ['', 'no {} here', '{'.repeat(5_000), '}{'.repeat(5_000)])
      assert.throws(() => documentIn(printed), SyntaxError);
  });
});

describe('runChild', () => {
  it('ends a program after its time limit, with all its child processes', async () => {
    const hang = 'setInterval(() => {}, 1000)';
    const child = `require('child_process').spawn(process.execPath, ['-e', '${hang}'], { stdio: 'inherit' }); ${hang}`;
    await assert.rejects(
      runChild(process.execPath, ['-e', child], { timeLimitMs: 300 }),
      (error) => error instanceof ChildError && error.message.endsWith('did not end within 0.3 seconds'),
    );
  });
});

describe('the doctor in a child process', function () {
  this.timeout(20_000);
  const inFolder = temporaryFolder();
  /** Returns a command line that runs this code. */
  const cli = (code: string) => {
    writeFileSync(inFolder('cli.js'), code);
    return inFolder('cli.js');
  };
  const checks = [{ name: 'Node', ok: true, detail: 'v20' }];

  it('returns its checks even if native libraries print other text', async () => {
    const print = `process.stdout.write('[native] {loading}\\n' + ${JSON.stringify(JSON.stringify({ checks }))} + '\\n[native] bye }')`;
    assert.deepEqual(await examineWith(cli(print), {}), checks);
  });

  it('becomes a failed check if it hangs, crashes or prints nothing', async () => {
    for (const [code, detail] of [
      [
        "console.error('dlopen libcuda'); setInterval(() => {}, 1000)",
        /did not end within 1 seconds \(dlopen libcuda\)$/,
      ],
      ["console.error('bus error'); process.kill(process.pid, 'SIGABRT')", /ended with SIGABRT \(bus error\)$/],
      ['', /the program printed no JSON$/],
    ] as const) {
      const [check, ...more] = await examineWith(cli(code), { timeLimitMs: 1_000 });
      assert.deepEqual([check!.name, check!.ok, more], ['Doctor', false, []]);
      assert.match(check!.detail, detail);
      assert.match(check!.remedy!, /winning-sign doctor/);
    }
  });

  it('ends when it is cancelled', async () => {
    const abort = new AbortController();
    const examined = examineWith(cli('setInterval(() => {}, 1000)'), { signal: abort.signal });
    abort.abort();
    await assert.rejects(examined, /Cancelled/);
  });
});
