import assert from 'node:assert/strict';
import { cpSync, linkSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { claim, holderOf, whileClaimed } from '../../engine/claim';
import { signalProcess, thisProcess } from '../../engine/processes';
import { temporaryFolder } from '../fixtures';

describe('claim', () => {
  const temporary = temporaryFolder();
  const take = () => claim(temporary('lock'), (holder) => `${holder} works here`);

  it('refuses a file of a living process, and names it', async () => {
    const release = await take();
    await assert.rejects(take(), {
      name: 'UserError',
      message: new RegExp(`lock: process ${process.pid} on .* works here\\.$`), // it lives, so its file must stay
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

  it('takes a copy of the file for no process, but not a file that was moved', async () => {
    const release = await take();
    cpSync(temporary('lock'), temporary('copy'));
    assert.equal(await holderOf(temporary('copy')), undefined);
    assert.equal((await holderOf(temporary('lock')))?.pid, process.pid);
    linkSync(temporary('lock'), temporary('same'));
    assert.equal((await holderOf(temporary('same')))?.pid, process.pid);
    await release();
    assert.equal((await holderOf(temporary('same')))?.pid, process.pid);
  });

  it('leaves the file of another process when it is released', async () => {
    const release = await take();
    writeFileSync(temporary('lock'), 'of another');
    await release();
    assert.equal(readFileSync(temporary('lock'), 'utf8'), 'of another');
  });

  it('removes what a process left that was killed while it removed the file', async () => {
    const ended = JSON.stringify({ ...thisProcess(), started: 'earlier' });
    writeFileSync(temporary('lock.01234567-89ab-4cde-8f01-23456789abcd'), ended);
    writeFileSync(temporary('lock.11234567-89ab-4cde-8f01-23456789abcd'), JSON.stringify(thisProcess()));
    writeFileSync(temporary('lock.json'), ended);
    await (
      await take()
    )();
    assert.deepEqual(readdirSync(temporary('.')).sort(), ['lock.11234567-89ab-4cde-8f01-23456789abcd', 'lock.json']);
  });

  it('lets short work wait for that of others', async () => {
    let count = 0;
    const add = async () => {
      const before = count;
      await new Promise((resolve) => setTimeout(resolve, 1));
      count = before + 1;
    };
    await Promise.all(Array.from({ length: 4 }, () => whileClaimed(temporary('lock'), 'adds', add)));
    assert.deepEqual([count, readdirSync(temporary('.'))], [4, []]);
  });

  it('takes no group of processes for a process', async () => {
    for (const pid of [-1, 0, 1.5, '7']) {
      writeFileSync(temporary('lock'), JSON.stringify({ pid, host: os.hostname() }));
      assert.equal(await holderOf(temporary('lock')), undefined);
    }
    assert.equal(signalProcess({ pid: -1, host: os.hostname(), started: 'x' }, 'SIGCONT'), false);
  });
});
