import assert from 'node:assert/strict';
import fileSystem, { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { acquireLock } from '../../../engine/runs/lock';
import { holderOf } from '../../../engine/runs/lockFile';
import { askToStop, clearStop, isAskedToStop, isStopAsked } from '../../../engine/runs/stopFile';
import { temporaryFolder } from '../../fixtures';
import { slowDown } from '../../slowFiles';
import { until } from '../../until';
import { readEvents, start, writeData, writeRunFile } from '../process';

const STOPPED = 130;

describe('the stop file of a run', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();

  it('is kept by the process whose lock it names, and removed by others', () => {
    askToStop(inFolder(), 'mine');
    clearStop(inFolder(), 'mine');
    assert.ok(isAskedToStop(inFolder(), 'mine') && !isAskedToStop(inFolder(), 'theirs'));
    clearStop(inFolder(), 'theirs');
    assert.ok(!isStopAsked(inFolder()));
    for (const lock of ['mine', undefined]) {
      askToStop(inFolder()); // as older versions do, and users
      assert.ok(isStopAsked(inFolder()));
      clearStop(inFolder(), lock);
      assert.deepEqual(readdirSync(inFolder()), []);
    }
  });

  it('asks every process if it is empty, as version 0.1 writes it, so a process gets no second signal', () => {
    writeFileSync(inFolder('stop'), '');
    assert.ok(isAskedToStop(inFolder(), 'mine'));
  });

  it('is kept if it cannot be read for a moment', () => {
    askToStop(inFolder(), 'mine');
    const read = fileSystem.readFileSync;
    fileSystem.readFileSync = () => {
      throw Object.assign(new Error('stale'), { code: 'ESTALE' });
    };
    try {
      clearStop(inFolder(), 'mine');
    } finally {
      fileSystem.readFileSync = read;
    }
    assert.ok(isAskedToStop(inFolder(), 'mine'));
  });

  it('is kept however early it is made after the lock', async () => {
    const restore = slowDown(['open', 'rm'], 10);
    try {
      for (let round = 0; round < 20; round++) {
        const acquiring = acquireLock(inFolder());
        await until('there is a lock', () => holderOf(inFolder()) !== undefined);
        askToStop(inFolder(), holderOf(inFolder())!.holder.id);
        const lock = await acquiring;
        clearStop(inFolder(), lock.id);
        assert.ok(isStopAsked(inFolder()), `in round ${round}`);
        lock.release();
        askToStop(inFolder(), lock.id); // the next process does not stop
      }
    } finally {
      restore();
    }
  });

  it('stops a run that has just taken its lock', async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('long.sign.json'), { warmupEpochs: 100_000 });
    const directory = inFolder('run');
    const { ended } = start(['run', inFolder('long.sign.json'), '--dir', directory]);
    await until('the run has its lock', () => existsSync(path.join(directory, 'lock')));
    askToStop(directory, holderOf(directory)!.holder.id);
    const { code, stderr } = await ended;
    assert.equal(code, STOPPED, stderr);
    assert.deepEqual(readEvents(directory).at(-1), { ...readEvents(directory).at(-1), type: 'ended', outcome: 'stopped' }); // prettier-ignore
  });
});
