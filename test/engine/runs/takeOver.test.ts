import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fileSystem, { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { thisProcess } from '../../../engine/processes';
import { acquireLock } from '../../../engine/runs/lock';
import { parseHolder } from '../../../engine/runs/lockFile';
import { temporaryFolder } from '../../fixtures';

describe('the lock of a killed process', () => {
  const inFolder = temporaryFolder();
  /** The text of a process that has ended; each is different. */
  const ended = (id: string) => JSON.stringify({ ...thisProcess(), started: 'earlier', id });
  const idIn = (file: string) => parseHolder(readFileSync(file, 'utf8'))?.id;

  it('is replaced before the files of others that wanted to replace it are removed', async () => {
    writeFileSync(inFolder('lock'), ended('0'));
    writeFileSync(inFolder('lock.takeover'), ended('1'));
    const remove = fileSystem.rmSync;
    const removed: (string | undefined)[] = [];
    // If one were removed earlier, another process could create it anew at the same moment, and then two would replace the lock.
    fileSystem.rmSync = (file, options) => {
      if (String(file).includes('lock.takeover')) {
        removed.push(idIn(String(file)));
        assert.notEqual(idIn(inFolder('lock')), '0', 'the lock is replaced');
      }
      remove(file, options);
    };
    try {
      const lock = await acquireLock(inFolder());
      assert.deepEqual(removed, ['1', lock.id]);
      lock.release();
    } finally {
      fileSystem.rmSync = remove;
    }
    assert.deepEqual(readdirSync(inFolder()), []);
  });

  it('is taken over even if several others were killed while they did so', async () => {
    const nameAfter = (text: string, count: number) =>
      inFolder(`lock.takeover.${createHash('sha256').update(`${count} ${text}`).digest('hex').slice(0, 32)}`);
    let file = inFolder('lock.takeover');
    for (const count of [1, 2, 3]) {
      writeFileSync(file, ended(String(count)));
      file = nameAfter(ended(String(count)), count);
    }
    writeFileSync(inFolder('lock'), ended('0'));
    assert.equal(readdirSync(inFolder()).length, 4);
    (await acquireLock(inFolder())).release();
    assert.deepEqual(readdirSync(inFolder()), []);
  });

  it('is left to another process that found this one suspended before it had replaced it', async () => {
    const [lock, right] = [inFolder('lock'), inFolder('lock.takeover')];
    writeFileSync(lock, ended('0'));
    const alive = JSON.stringify({ ...thisProcess(), pid: process.ppid, started: '', id: 'other' });
    const { open } = promises;
    // While this process is suspended before it replaces the lock, another one does so, and a third one prepares to do the same.
    promises.open = (file, ...others) => {
      if (/\/\.lock\.\d+-\d+\.tmp$/.test(String(file))) {
        writeFileSync(lock, alive);
        writeFileSync(right, ended('third'));
      }
      return open(file, ...others);
    };
    try {
      await assert.rejects(acquireLock(inFolder()), /already running/);
    } finally {
      promises.open = open;
    }
    assert.equal(idIn(lock), 'other');
    assert.equal(idIn(right), 'third');
  });
});
