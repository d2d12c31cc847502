/** Tests that a server is idle while it follows runs that have ended. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { temporaryFolder } from '../../fixtures';
import { until } from '../../until';
import { startServer } from '../serverProcess';
import { appendEvent, makeLongRun } from './longRun';

const SECONDS = 10;
const ATTEMPTS = 5;

describe('a server that follows 100 ended runs', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();

  it('makes at most one system call a second', async function () {
    if (process.platform !== 'linux') this.skip();
    for (let run = 0; run < 100; run++) {
      makeLongRun(inFolder(`run-${run}`), 100);
      appendEvent(inFolder(`run-${run}`), { type: 'ended', time: 1, outcome: 'done' });
    }
    const server = await startServer();
    try {
      const { runs } = await server.request('runs/follow', { folders: [inFolder()] });
      assert.equal(runs.filter(({ status }) => status === 'done').length, 100);
      // For some seconds after the start, V8 frees memory.
      for (let attempt = 1; ; attempt++) {
        const { count, calls } = hasStrace() ? await traced(server.pid) : await wakeups(server.pid);
        if (count <= SECONDS) break;
        assert.ok(attempt < ATTEMPTS, calls);
      }
    } finally {
      await server.close();
    }
  });
});

function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Counted {
  count: number;
  calls: string;
}

async function traced(pid: number): Promise<Counted> {
  const trace = spawn('strace', ['-f', '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let calls = '';
  trace.stderr.on('data', (bytes: Buffer) => (calls += bytes.toString()));
  const closed = once(trace, 'close');
  await until('strace is attached', () => /attached|ptrace|not permitted/.test(calls) || trace.exitCode !== null);
  const before = calls;
  await setTimeout(SECONDS * 1000);
  const during = calls.slice(before.length);
  trace.kill('SIGINT');
  await closed;
  if (/Operation not permitted|ptrace/.test(before)) return wakeups(pid);
  return { count: during.split('\n').filter((line) => /\w\(/.test(line)).length, calls: during };
}

/** Returns how often threads of a process stopped waiting, which is an upper bound of the number of system calls. */
async function wakeups(pid: number): Promise<Counted> {
  const total = () =>
    readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
      const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
      return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)![1]);
    }, 0);
  const before = total();
  await setTimeout(SECONDS * 1000);
  return { count: total() - before, calls: `${total() - before} wake-ups in ${SECONDS} s` };
}
