/** Tests that a server is idle while it follows runs that have ended. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { temporaryFolder } from '../../fixtures';
import { until } from '../../until';
import { startServer, type ServerProcess } from '../serverProcess';
import { appendEvent, makeLongRun } from './longRun';

/** Length of the interval in seconds, and the greatest number of calls in it. */
const SECONDS = 10;
/** The test fails if there is no such interval within this many seconds. */
const LONGEST = 50;

describe('a server that follows 100 ended runs', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();

  it('makes at most one system call a second', async function () {
    if (process.platform !== 'linux') this.skip();
    for (let run = 0; run < 100; run++) {
      makeLongRun(inFolder('runs', `run-${run}`), 100);
      appendEvent(inFolder('runs', `run-${run}`), { type: 'ended', time: 1, outcome: 'done' });
    }
    const server = await startWithoutReducer(inFolder('flags.cjs'));
    try {
      const { runs } = await server.request('runs/follow', { folders: [inFolder('runs')] });
      assert.equal(runs.filter(({ status }) => status === 'done').length, 100);
      const watch = hasStrace() ? await traced(server.pid) : wakeups(server.pid);
      const totals = [watch.total()];
      // For some seconds after the start, the process makes calls.
      while (totals.at(-1)! - totals.at(-1 - SECONDS)! > SECONDS || totals.length <= SECONDS) {
        assert.ok(totals.length <= LONGEST, watch.calls());
        await setTimeout(1000);
        totals.push(watch.total());
      }
      await watch.stop();
    } finally {
      await server.close();
    }
  });
});

/** Starts a server in which V8 does not look for memory to free, which it does for half a minute. */
async function startWithoutReducer(hook: string): Promise<ServerProcess> {
  writeFileSync(hook, "require('node:v8').setFlagsFromString('--no-memory-reducer');");
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `--require ${hook}`;
  try {
    return await startServer();
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  }
}

function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Watch {
  /** Returns the number of system calls so far. */
  total: () => number;
  /** Returns the last calls. */
  calls: () => string;
  stop: () => Promise<unknown>;
}

async function traced(pid: number): Promise<Watch> {
  const trace = spawn('strace', ['-f', '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let calls = '';
  trace.stderr.on('data', (bytes: Buffer) => (calls += bytes.toString()));
  const closed = once(trace, 'close');
  await until('strace is attached', () => /attached|ptrace|not permitted/.test(calls) || trace.exitCode !== null);
  const stop = () => {
    trace.kill('SIGINT');
    return closed;
  };
  if (/Operation not permitted|ptrace/.test(calls)) {
    await stop();
    return wakeups(pid);
  }
  const lines = () => calls.split('\n').filter((line) => /\w\(/.test(line));
  return { total: () => lines().length, calls: () => lines().slice(-100).join('\n'), stop };
}

/** Counts how often threads of a process stopped waiting, which is an upper bound of the number of system calls. */
function wakeups(pid: number): Watch {
  const total = () =>
    readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
      const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
      return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)![1]);
    }, 0);
  return { total, calls: () => `${total()} wake-ups since the start`, stop: () => Promise.resolve() };
}
