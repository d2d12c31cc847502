/** Tests real processes with the signals that schedulers send before a time limit. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { temporaryFolder } from '../fixtures';
import { until } from '../until';
import { CLI, cli, readEvents, start, startUntil, untilEvent, writeData, writeRunFile } from './process';

const STOPPED = 130;
/** Delays in ms: from before Node handles signals until after the run has begun. */
const MOMENTS_MS = [0, 10, 20, 40, 60, 80, 100, 200, 300];

describe('signals of schedulers', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  before(function () {
    if (process.platform !== 'linux') this.skip(); // ports are read from /proc
  });
  beforeEach(() => writeData(inFolder()));

  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const)
    it(`stop a run with a saved state, which resumes to the same bytes, and open no port (${signal})`, async () => {
      writeRunFile(inFolder('long.sign.json'), { warmupEpochs: 20 });
      assert.equal((await cli('run', inFolder('long.sign.json'), '--dir', inFolder('whole'))).code, 0);
      const run = startUntil('epoch', signal, ['run', inFolder('long.sign.json'), '--dir', inFolder('run')]);
      const { code, stdout, stderr } = await run.ended;
      assert.equal(code, STOPPED, stderr);
      assert.match(stdout, /Stopping after the state is saved/);
      assert.doesNotMatch(stderr, /Debugger/);
      assert.equal((await cli('resume', inFolder('run'))).code, 0);
      const [resumed, whole] = [inFolder('run'), inFolder('whole')].map((run) => readEvents(run).at(-1));
      assert.deepEqual({ ...resumed, time: 0 }, { ...whole, time: 0 });
      for (const name of readdirSync(inFolder('whole/checkpoints')))
        assert.deepEqual(
          readFileSync(inFolder('run/checkpoints', name)),
          readFileSync(inFolder('whole/checkpoints', name)),
          name,
        );
    });

  it('end a run in its first milliseconds, too (SIGUSR1)', async () => {
    writeRunFile(inFolder('long.sign.json'), { warmupEpochs: 100_000 });
    const codes: (number | null)[] = [];
    for (const ms of [...MOMENTS_MS, undefined]) {
      const { child, ended } = start(['run', inFolder('long.sign.json'), '--dir', inFolder(`run-${ms}`)]);
      await (ms === undefined ? untilEvent(inFolder(`run-${ms}`), 'started') : wait(ms));
      child.kill('SIGUSR1');
      const { code, stderr } = await ended;
      // Until the program starts, Node itself handles the signal. The signal is lost if Node cannot open its debugger.
      const early = child.signalCode === 'SIGUSR1' || stderr.includes('address already in use');
      assert.ok(early || code === STOPPED, `after ${ms} ms: ${code} ${stderr}`);
      codes.push(code);
    }
    assert.ok(codes.includes(STOPPED));
  });

  it('are not needed to stop a run whose parent has an IPC channel to it and ends', async () => {
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 100_000 });
    const run = inFolder('.winning-sign/slow');
    const script = `require('child_process').spawn(process.execPath, ${JSON.stringify([CLI, 'run', inFolder('slow.sign.json')])}, { stdio: ['ignore','ignore','ignore','ipc'] }); setInterval(() => {}, 1000)`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    await untilEvent(run, 'epoch');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await untilEvent(run, 'ended');
    assert.match(readFileSync(path.join(run, 'events.jsonl'), 'utf8'), /"outcome":"stopped"/);
  });

  it('end other verbs with code 130', async () => {
    writeRunFile(inFolder('quick.sign.json'));
    assert.equal((await cli('run', inFolder('quick.sign.json'), '--dir', inFolder('run'))).code, 0);
    writeFileSync(inFolder('run/lock'), '{"pid":4242,"host":"node017","started":"1"}');
    for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
      const { child, ended } = start(['stop', inFolder('run'), '--wait']);
      await until('the run is asked to stop', () => existsSync(inFolder('run/stop')));
      child.kill(signal);
      const { code, stderr } = await ended;
      assert.equal(code, STOPPED, stderr);
      rmSync(inFolder('run/stop'));
    }
  });

  it('are ignored by the server, which opens no port', async () => {
    for (const ms of MOMENTS_MS) {
      const server = fork(path.resolve('dist/engine/server.js'), ['--node-ipc'], { stdio: 'ignore' });
      await wait(ms);
      server.kill('SIGUSR1');
      const ended = once(server, 'exit');
      const request = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { processId: null, capabilities: {} } };
      server.send(request, () => undefined); // the callback receives the error if the system has ended it already
      await Promise.race([once(server, 'message'), ended]);
      if (server.signalCode === 'SIGUSR1') continue; // before Node listens, the system ends it
      server.kill('SIGUSR2');
      await until('the server has no port', () => listeningPorts(server).length === 0);
      await wait(500);
      assert.deepEqual(listeningPorts(server), [], `after ${ms} ms`);
      assert.deepEqual([server.exitCode, server.signalCode], [null, null]);
      server.disconnect();
      await ended;
    }
  });
});

/** Returns the TCP ports on which a process listens. */
function listeningPorts({ pid }: ChildProcess): string[] {
  const links = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`) ?? []);
  const table = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/${pid}/net/${name}`, 'utf8').split('\n'));
  return table.flatMap((line) => {
    const [, address = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === '0A' && links.includes(`socket:[${inode}]`) ? [address] : [];
  });
}

/** Returns the target of a link, or undefined if the process has closed the file since it was listed. */
function linkOf(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
