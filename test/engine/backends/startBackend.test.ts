import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { reportBackends } from '../../../engine/backends/report';
import { startBackend } from '../../../engine/backends/startBackend';
import { UserError } from '../../../engine/errors';

/** Runs a program of this folder in a separate process, which must end within the time limit, and returns what it prints. */
async function run(program: string, threads: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, WINNING_SIGN_THREADS: threads };
  const file = path.resolve('out/test/engine/backends', program);
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], { env, timeout: 60_000 });
  return stdout.trim();
}

describe('backends', function () {
  this.timeout(120_000);

  it('are all reported, the best first, with the problems of unusable ones', async () => {
    const reports = await reportBackends();
    assert.deepEqual(reports.map(({ name }) => name).sort(), ['tensorflow', 'wasm', 'webgpu']);
    assert.deepEqual(reports.at(-1)!.name, 'wasm');
    assert.ok(reports.at(-1)!.usable);
    for (const { usable, problem } of reports) assert.equal(usable, problem === '');
  });

  it('include TensorFlow, which is refused with a remedy if it cannot be used', async function () {
    const { usable } = (await reportBackends()).find(({ name }) => name === 'tensorflow')!;
    if (usable) this.skip();
    await assert.rejects(
      startBackend('tensorflow'),
      (error) => error instanceof UserError && error.message.includes('backends install tensorflow'),
    );
  });

  for (const model of ['convnet', 'resnet20', 'mixer'])
    it(`train ${model} to the same bytes on any number of threads, and let the process end`, async () => {
      const counts = ['1', '2', '4'];
      const printed = await Promise.all(counts.map((threads) => run('trainAndHash.js', threads, 'wasm', model)));
      const [, hashes] = printed[0]!.split(' ');
      assert.deepEqual(
        printed,
        counts.map((threads) => `${threads} ${hashes}`),
      );
    });

  it('compute each kernel to the same bytes on any number of threads', async () => {
    const [one, ...more] = await Promise.all(['1', '2', '3', '4'].map((threads) => run('hashKernels.js', threads)));
    for (const other of more) assert.deepEqual(JSON.parse(other), JSON.parse(one!));
  });

  it('refuse a WINNING_SIGN_THREADS that is not a number', async () => {
    await assert.rejects(run('trainAndHash.js', 'many', 'wasm', 'convnet'), /WINNING_SIGN_THREADS/);
  });
});
