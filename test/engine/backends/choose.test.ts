import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { chooseBackend } from '../../../engine/backends/choose';
import { reportBackends } from '../../../engine/backends/report';
import { UserError } from '../../../engine/errors';

const program = path.resolve('out/test/engine/backends/trainAndHash.js');

/** What the program prints, in a process of its own that must end within the time limit. */
async function run(model: string, threads: string): Promise<string> {
  const env = { ...process.env, WINNING_SIGN_THREADS: threads };
  const { stdout } = await promisify(execFile)(process.execPath, [program, model], { env, timeout: 60_000 });
  return stdout.trim();
}

describe('backends', function () {
  this.timeout(120_000);

  it('reports both, the best first, and what is missing', async () => {
    const [tensorflow, wasm] = await reportBackends();
    assert.deepEqual([tensorflow!.name, wasm!.name], ['tensorflow', 'wasm']);
    assert.ok(wasm!.usable);
    assert.equal(wasm!.problem, '');
    assert.equal(tensorflow!.usable, tensorflow!.problem === '');
  });

  it('takes the best on auto, and says why not a better one', async () => {
    const [tensorflow] = await reportBackends();
    const { choice } = await chooseBackend('auto');
    assert.equal(choice.name, tensorflow!.usable ? 'tensorflow' : 'wasm');
    if (!tensorflow!.usable) assert.ok(choice.reason.includes('tfjs-node'));
  });

  it('refuses TensorFlow where it cannot be used, with the remedy', async function () {
    const [tensorflow] = await reportBackends();
    if (tensorflow!.usable) this.skip();
    await assert.rejects(
      chooseBackend('tensorflow'),
      (error) => error instanceof UserError && /npm (install|rebuild)/.test(error.message),
    );
  });

  for (const model of ['convnet', 'mixer'])
    it(`trains ${model} to the same bytes each time, on one thread and on two, and lets the process end`, async () => {
      const first = await run(model, '1');
      assert.ok(first.startsWith('1 '));
      assert.equal(await run(model, '1'), first);
      const threaded = await run(model, '2');
      assert.ok(threaded.startsWith('2 '));
      assert.equal(await run(model, '2'), threaded);
    });

  it('refuses a number of threads that is none', async () => {
    await assert.rejects(run('convnet', 'many'), /WINNING_SIGN_THREADS/);
  });
});
