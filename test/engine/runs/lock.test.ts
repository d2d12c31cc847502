import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { UserError } from '../../../engine/errors';
import { acquireLock, holderOf } from '../../../engine/runs/lock';
import { temporaryFolder } from '../../fixtures';

describe('the lock of a run', () => {
  const inFolder = temporaryFolder();

  it('names its process and is released', () => {
    const release = acquireLock(inFolder());
    assert.deepEqual(holderOf(inFolder()), { pid: process.pid, host: os.hostname(), local: true });
    assert.throws(
      () => acquireLock(inFolder()),
      (error) => error instanceof UserError && /already running \(process \d+/.test(error.message),
    );
    release();
    assert.equal(holderOf(inFolder()), undefined);
    assert.equal(existsSync(inFolder('lock')), false);
  });

  it('is taken over from a process that died', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    writeFileSync(inFolder('lock'), JSON.stringify({ pid: gone.pid, host: os.hostname(), started: '1' }));
    assert.equal(holderOf(inFolder()), undefined);
    const release = acquireLock(inFolder());
    assert.equal((JSON.parse(readFileSync(inFolder('lock'), 'utf8')) as { pid: number }).pid, process.pid);
    release();
  });

  it('is taken over from a process whose number another has now', function () {
    if (process.platform === 'win32') this.skip(); // no start times there
    writeFileSync(inFolder('lock'), JSON.stringify({ pid: process.pid, host: os.hostname(), started: 'another time' }));
    assert.equal(holderOf(inFolder()), undefined);
  });

  it('that is just being written is told as such, and is nobody’s once that takes too long', () => {
    for (const text of ['', '{}', 'null']) {
      writeFileSync(inFolder('lock'), text);
      assert.throws(
        () => acquireLock(inFolder()),
        (error) => error instanceof UserError && error.message.includes('another process is just beginning it'),
      );
    }
    const before = new Date(Date.now() - 10_000);
    utimesSync(inFolder('lock'), before, before);
    acquireLock(inFolder())();
  });

  it('of another machine holds while it is touched', () => {
    writeFileSync(inFolder('lock'), JSON.stringify({ pid: 1, host: 'elsewhere', started: '1' }));
    assert.deepEqual(holderOf(inFolder()), { pid: 1, host: 'elsewhere', local: false });
    assert.throws(() => acquireLock(inFolder()), /process 1 on elsewhere/);
  });
});
