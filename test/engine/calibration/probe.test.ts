/** Tests that native libraries of backends cannot disturb the output of `doctor` and `backends`. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Cancelled } from '../../../engine/children';
import { MachineError } from '../../../engine/errors';
import { formatChecks } from '../../../engine/terminal/format';
import { probeBackends } from '../../../engine/calibration/probe';
import { temporaryFolder } from '../../fixtures';
import { start } from '../process';

describe('the check of the backends', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  /** Returns a command line that runs this code. */
  const program = (code: string) => {
    writeFileSync(inFolder('cli.js'), code);
    return inFolder('cli.js');
  };

  it('returns what libraries print to standard error instead of printing it', async () => {
    const cli = program(`console.error('error: XDG_RUNTIME_DIR is not set'); console.log('{"backends":[]}')`);
    assert.deepEqual(await probeBackends({ cli }), { backends: [], printed: 'error: XDG_RUNTIME_DIR is not set' });
  });

  it('fails with the last printed line and the next action if it hangs or crashes', async () => {
    for (const [code, sentence] of [
      ["console.error('bus error'); process.kill(process.pid, 'SIGABRT')", /ended with SIGABRT \(bus error\)\. If/],
      ["console.error('dlopen'); setInterval(() => {}, 1000)", /did not end within 1 seconds \(dlopen\)\. If/],
      ['', /the program printed no JSON\. If .*backends uninstall NAME/],
    ] as const)
      await assert.rejects(
        probeBackends({ cli: program(code), timeLimitMs: 1_000 }),
        (error) => error instanceof MachineError && sentence.test(error.message),
      );
  });

  it('ends at once if its signal is aborted', async () => {
    const cli = program('setInterval(() => {}, 1000)');
    const started = performance.now();
    await assert.rejects(probeBackends({ cli, signal: AbortSignal.timeout(500) }), Cancelled);
    assert.ok(performance.now() - started < 30_000, 'it does not wait for its time limit');
  });

  for (const verb of ['doctor', 'backends'])
    it(`keeps the standard error of ${verb} free of lines of libraries`, async () => {
      // Each native library then prints a line when it is loaded.
      const noisy = `const load = process.dlopen; process.dlopen = (...given) => { require('node:fs').writeSync(2, 'noise\\n'); return load.apply(process, given); };`;
      const env = { NODE_OPTIONS: `--require "${program(noisy)}"`, WINNING_SIGN_HOME: inFolder('empty') };
      const { stdout, stderr } = await start([verb], env).ended;
      assert.match(stdout, /wasm/);
      assert.equal(stderr, '');
    });
});

it('a check of something optional is neither passed nor failed', () => {
  const checks = [
    { name: 'Node', ok: true, detail: 'v20' },
    { name: 'Backend webgpu', ok: true, optional: true, detail: 'optional, not available: WebGPU finds no GPU.' },
    { name: 'Memory', ok: false, detail: '0.1 of 16.0 GiB free', remedy: 'Close other programs.' },
  ] as const;
  assert.equal(
    formatChecks(checks),
    'ok  Node: v20\n--  Backend webgpu: optional, not available: WebGPU finds no GPU.\n!!  Memory: 0.1 of 16.0 GiB free\n    Close other programs.',
  );
});
