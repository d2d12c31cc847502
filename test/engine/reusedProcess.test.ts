/** Tests that a call in a process that is used again does what a process of its own does. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { temporaryFolder } from '../fixtures';
import { call, callIn } from './reusedProcess';
import { cli, readEvents, start, startUntil, writeData, writeRunFile } from './process';

describe('a call in a reused process', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  it('ends with the code, the output and the checkpoints of a process, every time', async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('a.sign.json'), { learningRate: 0.02 });
    const args = (name: string) => ['run', inFolder('a.sign.json'), '--dir', inFolder(name), '--json'];
    const bytes = (name: string) => {
      const folder = inFolder(name, 'checkpoints');
      return readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`));
    };
    const expected = await cli(...args('process'));
    assert.equal(expected.code, 0, expected.stderr);
    for (const name of ['first', 'second']) {
      const { code, stderr } = await call(...args(name));
      assert.deepEqual([code, stderr.split('\n')[0]], [0, expected.stderr.split('\n')[0]]);
      assert.deepEqual(bytes(name), bytes('process'));
    }
  });

  it('uses the kernels of a process, whatever the run that was resumed before has used', async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('a.sign.json'), { rounds: 1 });
    const run = (name: string) => ['run', inFolder('a.sign.json'), '--dir', inFolder(name)];
    const begun = await startUntil('progress', 'SIGTERM', run('plain'), { WINNING_SIGN_KERNELS: 'simd' }).ended;
    assert.equal(begun.code, 130, begun.stderr);
    for (const args of [['resume', inFolder('plain')], run('next')]) assert.equal((await call(...args)).code, 0);
    assert.equal((await cli(...run('process'))).code, 0);
    const kernels = (name: string) =>
      readEvents(inFolder(name)).flatMap((event) => ('backend' in event ? [event.backend.kernels] : []));
    assert.deepEqual(kernels('plain'), ['simd', 'simd']);
    assert.deepEqual(kernels('next'), kernels('process'));
    assert.notDeepEqual(kernels('next'), ['simd']);
  });

  it('has its own output and folder, after all calls before', async () => {
    writeRunFile(inFolder('b.sign.json'), { rounds: -1 });
    const [run, inspect] = [
      ['run', 'b.sign.json'],
      ['inspect', inFolder('none'), '--json'],
    ];
    const calls = await Promise.all([callIn(inFolder(), ...run), call(...inspect)]);
    const processes = await Promise.all([start(run, {}, inFolder()).ended, cli(...inspect)]);
    assert.deepEqual(calls, processes);
    assert.deepEqual(
      calls.map(({ code }) => code),
      [2, 2],
    );
  });
});
