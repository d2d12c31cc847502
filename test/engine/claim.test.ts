import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, linkSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { claim, holderOf, whileClaimed } from '../../engine/claim';
import { signalProcess, thisProcess } from '../../engine/processes';
import { temporaryFolder } from '../fixtures';
import { slowDown } from '../slowFiles';

/** The file of a process that has ended; the text differs for each number. */
function textOfEnded(id: number): string {
  return JSON.stringify({ ...thisProcess(), started: 'earlier', id });
}

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
    writeFileSync(temporary('lock'), textOfEnded(0));
    const results = await Promise.allSettled(Array.from({ length: 8 }, take));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.deepEqual(readdirSync(temporary('.')), ['lock']);
  });

  it('replaces it once, however slow the file system is', async () => {
    const restore = slowDown(['link', 'rename', 'rm', 'readFile', 'stat', 'readdir']);
    try {
      for (let round = 0; round < 60; round++) {
        writeFileSync(temporary('lock'), textOfEnded(round));
        const results = await Promise.allSettled(Array.from({ length: 8 }, take));
        const releases = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
        assert.equal(releases.length, 1, `in round ${round}`);
        await releases[0]?.();
        assert.deepEqual(readdirSync(temporary('.')), []);
      }
    } finally {
      restore();
    }
  }).timeout(120_000);

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

  it('takes a file whose successors were killed while they took it', async () => {
    const right = (file: string, text: string) =>
      `${file}.${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    const texts = [0, 1, 2].map(textOfEnded) as [string, string, string];
    const first = right(temporary('lock'), texts[0]);
    writeFileSync(temporary('lock'), texts[0]);
    writeFileSync(first, texts[1]); // killed after it had taken this right
    writeFileSync(right(first, texts[1]), texts[2]); // and another one that wanted to follow
    writeFileSync(right(temporary('lock'), 'earlier'), textOfEnded(3)); // killed after it had replaced the file
    const results = await Promise.allSettled(Array.from({ length: 8 }, take));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.deepEqual(readdirSync(temporary('.')), ['lock']);
  });

  it('names the living process that is just taking the file, and leaves other files', async () => {
    writeFileSync(temporary('lock'), textOfEnded(0));
    const right = createHash('sha256').update(textOfEnded(0)).digest('hex').slice(0, 32);
    const others = [`lock.${right}`, 'lock.json', `lock2.${right}`];
    writeFileSync(temporary(others[0] ?? ''), JSON.stringify({ ...thisProcess(), pid: process.ppid, started: '' }));
    writeFileSync(temporary('lock.json'), textOfEnded(1));
    writeFileSync(temporary(others[2] ?? ''), textOfEnded(1));
    await assert.rejects(take(), { message: new RegExp(`lock: process ${process.ppid} on .* works here\\.`) });
    assert.deepEqual(readdirSync(temporary('.')).sort(), ['lock', ...others].sort());
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
