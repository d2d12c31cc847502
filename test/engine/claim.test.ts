import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { claim, holderOf } from '../../engine/claim';
import { signalProcess, thisProcess } from '../../engine/processes';
import { temporaryFolder } from '../fixtures';

describe('claim', () => {
  const temporary = temporaryFolder();
  const take = () => claim(temporary('lock'), (holder) => `${holder} works here`);

  it('refuses a file of a living process, and names it', async () => {
    const release = await take();
    await assert.rejects(take(), {
      name: 'UserError',
      message: new RegExp(`lock: process ${process.pid} on .* works here`),
    });
    await release();
    assert.deepEqual(readdirSync(temporary('.')), []);
  });

  it('replaces the file of a process that has ended, once', async () => {
    writeFileSync(temporary('lock'), JSON.stringify({ ...thisProcess(), started: 'earlier' }));
    const results = await Promise.allSettled(Array.from({ length: 8 }, take));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.deepEqual(readdirSync(temporary('.')), ['lock']);
  });

  it('leaves the file of another process when it is released', async () => {
    const release = await take();
    writeFileSync(temporary('lock'), 'of another');
    await release();
    assert.equal(readFileSync(temporary('lock'), 'utf8'), 'of another');
  });

  it('takes no group of processes for a process', async () => {
    for (const pid of [-1, 0, 1.5, '7']) {
      writeFileSync(temporary('lock'), JSON.stringify({ pid, host: os.hostname() }));
      assert.equal(await holderOf(temporary('lock')), undefined);
    }
    assert.equal(signalProcess({ pid: -1, host: os.hostname(), started: 'x' }, 'SIGCONT'), false);
  });
});
