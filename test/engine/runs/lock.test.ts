import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { Cancelled } from '../../../engine/children';
import { UserError } from '../../../engine/errors';
import { thisProcess } from '../../../engine/processes';
import { acquireLock, type AcquireOptions, LockLost, untilReleased } from '../../../engine/runs/lock';
import { holderOf, type LockHolder, parseHolder } from '../../../engine/runs/lockFile';
import { temporaryFolder } from '../../fixtures';
import { until } from '../../until';

/** Writes the lock of a process on another machine. Such a process cannot be checked from this machine. */
const ELSEWHERE: LockHolder = { pid: 4242, host: 'node017', started: '1' };

describe('the lock of a run', function () {
  this.timeout(20_000);
  const inFolder = temporaryFolder();
  const file = () => inFolder('lock');
  const write = (lock: unknown) => {
    writeFileSync(file(), typeof lock === 'string' ? lock : JSON.stringify(lock));
  };
  const written = () => parseHolder(readFileSync(file(), 'utf8'));
  const acquire = (options?: AcquireOptions) => acquireLock(inFolder(), options);
  const isHeld = (words: RegExp) => (error: unknown) => error instanceof UserError && words.test(error.message);

  const seconds = process.env['WINNING_SIGN_LOCK_SECONDS'];
  beforeEach(() => {
    process.env['WINNING_SIGN_LOCK_SECONDS'] = '1';
  });
  afterEach(() => {
    if (seconds === undefined) delete process.env['WINNING_SIGN_LOCK_SECONDS'];
    else process.env['WINNING_SIGN_LOCK_SECONDS'] = seconds;
  });

  it('names its process and is released', async () => {
    const lock = await acquire();
    const { pid, host, local } = { ...holderOf(inFolder())!.holder, local: holderOf(inFolder())!.local };
    assert.deepEqual({ pid, host, local }, { pid: process.pid, host: os.hostname(), local: true });
    await assert.rejects(acquire(), isHeld(/already running \(process \d+/));
    lock.check();
    lock.release();
    assert.equal(holderOf(inFolder()), undefined);
    assert.deepEqual(readdirSync(inFolder()), []);
  });

  it('is taken over at once from a process that died', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    write({ ...thisProcess(), pid: gone.pid });
    assert.equal(holderOf(inFolder()), undefined);
    const lock = await acquire({ wait: false });
    assert.equal(written()?.pid, process.pid);
    lock.release();
  });

  it('is taken over if another process has the process id of its holder now', async function () {
    if (process.platform === 'win32') this.skip(); // no start times there
    write({ ...thisProcess(), started: 'another time' });
    assert.equal(holderOf(inFolder()), undefined);
    (await acquire({ wait: false })).release();
  });

  it('can be in the format of version 0.1', async () => {
    const { pid, host, started } = thisProcess();
    write({ pid, host, started });
    assert.equal(holderOf(inFolder())?.local, true);
    await assert.rejects(acquire(), isHeld(/already running/));
  });

  it('is not valid if its process id is not possible', () => {
    for (const pid of [-1, 0, 1.5, 2 ** 40, '7', null])
      assert.equal(parseHolder(JSON.stringify({ ...thisProcess(), pid })), undefined, String(pid));
    for (const text of ['', '{}', 'null', '[]', '{"pid":1,"host":"a\\u001b[2J"}', '{"pid":1,"host":"a","id":7}'])
      assert.equal(parseHolder(text), undefined, text);
  });

  for (const text of ['', '{"pid":-1,"host":"localhost","started":""}'])
    it(`with the text ${JSON.stringify(text)} is taken over after a wait`, async () => {
      write(text);
      assert.equal(holderOf(inFolder()), undefined);
      await assert.rejects(acquire({ wait: false }), isHeld(/another process is starting this run/));
      (await acquire()).release();
    });

  it('belongs to the process that writes it during the wait of another process', async () => {
    write('');
    const acquiring = acquire();
    write(thisProcess());
    await assert.rejects(acquiring, isHeld(/already running/));
  });

  it('of another machine is refused with --no-wait, and otherwise taken over when it is stale', async () => {
    write(ELSEWHERE);
    await assert.rejects(
      acquire({ wait: false }),
      isHeld(/process 4242 on node017 may still be running.*has not changed for 1 s/),
    );
    const said: string[] = [];
    const began = performance.now();
    const lock = await acquire({ onMessage: (sentence) => said.push(sentence) });
    assert.ok(performance.now() - began >= 950); // a timer of Node may fire a millisecond early, and eight are awaited
    assert.equal(said.length, 1);
    assert.match(said[0]!, /waiting until the lock of process 4242 on node017 has not changed for 1 s/);
    assert.equal(written()?.pid, process.pid);
    lock.release();
  });

  it('of another machine is refused if it changes', async () => {
    write(ELSEWHERE);
    const onMessage = () => {
      const before = new Date(Date.now() - 3_600_000); // its clock is an hour behind
      utimesSync(file(), before, before);
    };
    await assert.rejects(acquire({ onMessage }), isHeld(/already running \(process 4242 on node017\)/));
  });

  it('with a time in the future is stale if it does not change', async () => {
    write(ELSEWHERE);
    const ahead = new Date(Date.now() + 86_400_000);
    utimesSync(file(), ahead, ahead);
    assert.ok(holderOf(inFolder()), 'it may be alive');
    const lock = await acquire();
    lock.release();
  });

  it('is no longer shown as held if it did not change for long enough, whatever its time is', async () => {
    write(ELSEWHERE);
    const ahead = new Date(Date.now() + 86_400_000);
    utimesSync(file(), ahead, ahead);
    const began = performance.now();
    await until('the lock is no longer shown as held', () => !holderOf(inFolder()));
    assert.ok(performance.now() - began >= 900);
    utimesSync(file(), new Date(), new Date(1));
    assert.ok(holderOf(inFolder()), 'it was touched');
  });

  it('of a container with the same host name counts as the lock of another machine', function () {
    if (process.platform !== 'linux') this.skip();
    write({ ...thisProcess(), machine: 'another boot or namespace' });
    assert.equal(holderOf(inFolder())?.local, false);
  });

  it('is no longer waited for when the signal is aborted', async () => {
    write(ELSEWHERE);
    const abort = new AbortController();
    const onMessage = () => {
      abort.abort();
    };
    await assert.rejects(acquire({ signal: abort.signal, onMessage }), Cancelled);
    assert.deepEqual(written(), ELSEWHERE);
  });

  it('is taken over by only one of several processes', async () => {
    write(ELSEWHERE);
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => acquire()));
    const taken = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    assert.equal(taken.length, 1);
    for (const one of all) if (one.status === 'rejected') assert.match(String(one.reason), /already running/);
    taken[0]!.check();
    taken[0]!.release();
    assert.deepEqual(readdirSync(inFolder()), []);
  });

  it('is taken over even if another process was killed while it took over the lock', async () => {
    write(ELSEWHERE);
    writeFileSync(inFolder('lock.takeover'), '');
    const lock = await acquire();
    lock.release();
    assert.deepEqual(readdirSync(inFolder()), []);
  });

  it('is not touched or released after it was lost, and nothing is written', async () => {
    const lock = await acquire();
    write({ ...ELSEWHERE, id: 'theirs' });
    assert.throws(
      () => {
        lock.check();
      },
      (error) => error instanceof LockLost && error.message.includes('process 4242 on node017 has taken over this run'),
    );
    const before = new Date(0);
    utimesSync(file(), before, before);
    await untilReleased(inFolder());
    lock.release();
    assert.equal(written()?.id, 'theirs');
  });

  it('is lost if its directory was removed', async () => {
    mkdirSync(inFolder('run'));
    const lock = await acquireLock(inFolder('run'));
    rmSync(inFolder('run'), { recursive: true });
    assert.throws(() => {
      lock.check();
    }, LockLost);
    lock.release();
  });

  it('is not lost if it cannot be read for a moment', async () => {
    const lock = await acquire();
    rmSync(file());
    mkdirSync(file()); // reading fails, and not because it is gone
    lock.check();
    lock.release();
    assert.ok(existsSync(file()));
  });

  it('is touched as long as its process lives', async () => {
    const lock = await acquire();
    const before = new Date(0);
    utimesSync(file(), before, before);
    const changed = assert.rejects(acquireAsAnother(), isHeld(/already running/));
    await changed;
    lock.release();
  });

  /** Gives the lock the host name of another machine, then tries to acquire it. */
  async function acquireAsAnother() {
    const { id } = written()!;
    write({ ...ELSEWHERE, id });
    return acquire();
  }
});
