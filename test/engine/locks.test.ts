/** Tests two processes that need the same run directory. Some tests change the lock so that it seems to come from another machine. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { thisProcess } from '../../engine/processes';
import { temporaryFolder } from '../fixtures';
import {
  cliJson,
  readEvents,
  type Running,
  start,
  startUntil,
  untilEvent,
  untilSuspended,
  writeData,
  writeRunFile,
} from './process';
import { call, callJson } from './reusedProcess';

describe('the lock between processes', function () {
  this.timeout(300_000);
  const inFolder = temporaryFolder();
  const directory = () => inFolder('.winning-sign/slow');
  const lock = () => path.join(directory(), 'lock');

  beforeEach(async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 4 });
  });

  /** The lock is stale after this time, and the state is saved after each step. */
  const environment = (seconds: number) => ({
    WINNING_SIGN_LOCK_SECONDS: String(seconds),
    WINNING_SIGN_SAVE_SECONDS: '0',
  });
  const run = (seconds: number, ...args: string[]) =>
    start(args.length > 0 ? args : ['run', inFolder('slow.sign.json')], environment(seconds));

  async function begun(seconds: number): Promise<Running> {
    const running = run(seconds);
    await untilEvent(directory(), 'epoch');
    return running;
  }

  /** Starts or resumes a run, which suspends itself at its first event of this type. */
  async function suspended(seconds: number, type: 'epoch' | 'resumed' = 'epoch'): Promise<Running> {
    const args = type === 'epoch' ? ['run', inFolder('slow.sign.json')] : ['resume', directory()];
    const running = startUntil(type, 'SIGSTOP', args, environment(seconds));
    await untilSuspended(running);
    return running;
  }

  /** Changes the lock so that its process seems to be on another machine, where it cannot be checked or signalled. */
  function moveElsewhere(): void {
    const holder = JSON.parse(readFileSync(lock(), 'utf8')) as object;
    // The holder reads its lock at any time, and must not see half of it.
    writeFileSync(inFolder('moved'), JSON.stringify({ ...holder, host: 'node017', machine: 'another' }));
    renameSync(inFolder('moved'), lock());
  }

  it('is taken over from a suspended process, which ends without writing when it wakes up', async function () {
    if (process.platform === 'win32') this.skip();
    assert.equal((await call('run', inFolder('slow.sign.json'), '--dir', inFolder('whole'))).code, 0);
    const still = await suspended(1);
    moveElsewhere();
    const second = await suspended(1, 'resumed');
    const before = contentsOf(directory());
    still.child.kill('SIGCONT');
    const { code, stdout } = await still.ended;
    assert.deepEqual(contentsOf(directory()), before);
    second.child.kill('SIGCONT');
    assert.equal(code, 130);
    assert.match(stdout, /lock: process \d+ on \S+ has taken over this run/);
    const { code: secondCode, stdout: said } = await second.ended;
    assert.equal(secondCode, 0);
    assert.match(said, /waiting until the lock of process \d+ on node017 has not changed for 1 s/);
    const events = readEvents(directory());
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'epoch' ? [[event.round, event.epoch, event.test]] : [])),
      readEvents(inFolder('whole')).flatMap((event) =>
        event.type === 'epoch' ? [[event.round, event.epoch, event.test]] : [],
      ),
    );
    for (const name of readdirSync(inFolder('whole/checkpoints')))
      assert.deepEqual(
        readFileSync(path.join(directory(), 'checkpoints', name)),
        readFileSync(inFolder('whole/checkpoints', name)),
        name,
      );
  });

  it('ends a suspended process that finds its lock missing, and the run does not change', async function () {
    if (process.platform === 'win32') this.skip();
    const still = await suspended(1);
    moveElsewhere();
    assert.equal((await run(1, 'resume', directory()).ended).code, 0);
    const before = contentsOf(directory());
    still.child.kill('SIGCONT');
    const { code, stdout } = await still.ended;
    assert.equal(code, 130);
    assert.match(stdout, /lock is missing/);
    assert.deepEqual(contentsOf(directory()), before);
  });

  it('makes a second process end with code 2 if a process on another machine is alive', async () => {
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 10_000 });
    const first = await begun(6);
    moveElsewhere();
    const { code, stderr } = await run(6, 'resume', directory()).ended;
    assert.equal(code, 2);
    assert.match(stderr, /already running \(process \d+ on node017\)/);
    first.child.kill('SIGTERM');
    assert.equal((await first.ended).code, 130);
  });

  it('is waited for if a killed process on another machine left it, but not with --no-wait', async () => {
    mkdirSync(directory(), { recursive: true });
    writeFileSync(lock(), '{"pid":4242,"host":"node017","started":"1"}');
    const refused = await run(120, 'run', inFolder('slow.sign.json'), '--no-wait').ended;
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /process 4242 on node017 may still be running/);
    assert.equal((await run(1).ended).code, 0);
  });

  it('is not waited for after a signal', async () => {
    mkdirSync(directory(), { recursive: true });
    writeFileSync(lock(), '{"pid":4242,"host":"node017","started":"1"}');
    const { child, ended } = run(120);
    await new Promise<void>((resolve) => {
      child.stdout!.on('data', (bytes: Buffer) => {
        if (bytes.toString().includes('waiting until the lock')) resolve();
      });
    });
    child.kill('SIGTERM');
    assert.equal((await ended).code, 130);
    assert.equal(readFileSync(lock(), 'utf8'), '{"pid":4242,"host":"node017","started":"1"}');
    assert.ok(!existsSync(path.join(directory(), 'events.jsonl')));
  });

  it('lets stop return at once, and stop --wait after the run has ended', async function () {
    if (process.platform === 'win32') this.skip();
    const running = await suspended(120);
    const asked = await callJson<object>('stop', directory());
    assert.deepEqual(asked, { directory: directory(), status: 'running', stopping: true });
    const waiting = cliJson<object>('stop', directory(), '--wait');
    running.child.kill('SIGCONT');
    assert.deepEqual(await waiting, { directory: directory(), status: 'stopped', stopping: false });
    assert.equal((await running.ended).code, 130);
    assert.deepEqual(await callJson<object>('stop', directory()), {
      directory: directory(),
      status: 'stopped',
      stopping: false,
    });
  });

  it('lets stop wait until the lock of a killed process on another machine is stale', async () => {
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 1 });
    const { code } = await run(1).ended;
    assert.equal(code, 0);
    writeFileSync(lock(), '{"pid":4242,"host":"node017","started":"1"}');
    const { stdout } = await run(1, 'stop', directory(), '--wait', '--json').ended;
    assert.deepEqual(JSON.parse(stdout), { directory: directory(), status: 'done', stopping: false });
  });

  it('lets stop signal only the process that holds the lock', async () => {
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 1 });
    assert.equal((await run(1).ended).code, 0);
    const victim = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(victim, 'spawn');
    for (const lockOfAnother of [{ started: '1' }, { machine: 'another' }, { host: 'node017' }]) {
      writeFileSync(lock(), JSON.stringify({ ...thisProcess(), pid: victim.pid, ...lockOfAnother }));
      assert.equal((await call('stop', directory())).code, 0);
    }
    assert.deepEqual([victim.exitCode, victim.signalCode], [null, null]);
    victim.kill('SIGKILL');
    await once(victim, 'exit');
  });
});

/** Returns every file of a run with its bytes. */
function contentsOf(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(path.join(directory, name)).isFile(),
  );
  return Object.fromEntries(files.sort().map((name) => [name, readFileSync(path.join(directory, name), 'base64')]));
}
