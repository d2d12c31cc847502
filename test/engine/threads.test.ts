import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeLimit, type Surroundings, threadLimit } from '../../engine/threads';
import type { ThreadLimit } from '../../engine/vocabulary/backends';
import { temporaryFolder } from '../fixtures';
import { needsBackend } from './killed';
import { readEvents, start, untilEvent, writeData, writeRunFile } from './process';

/** A machine of 16 processors with these files and variables. */
function machine(files: Record<string, string>, env: Record<string, string> = {}): Surroundings {
  return { processors: 16, env, read: (file) => files[file] };
}

const VERSION_2 = { '/proc/self/cgroup': '0::/slurm/job_7/step_0\n' };
const VERSION_1 = { '/proc/self/cgroup': '4:memory:/job\n3:cpu,cpuacct:/kubepods/pod7\n1:name=systemd:/\n0::/\n' };

describe('threadLimit', () => {
  const limits: { is: string; on: Surroundings; right: [number, ThreadLimit['by']] }[] = [
    { is: 'one for each processor', on: machine({}), right: [16, 'processors'] },
    { is: 'what Slurm grants', on: machine({}, { SLURM_CPUS_PER_TASK: '3' }), right: [3, 'SLURM_CPUS_PER_TASK'] },
    { is: 'what OpenMP may use', on: machine({}, { OMP_NUM_THREADS: '2,1' }), right: [2, 'OMP_NUM_THREADS'] },
    {
      is: 'the least of both',
      on: machine({}, { SLURM_CPUS_PER_TASK: '4', OMP_NUM_THREADS: '1' }),
      right: [1, 'OMP_NUM_THREADS'],
    },
    {
      is: 'never more than there are processors',
      on: machine({}, { SLURM_CPUS_PER_TASK: '64', OMP_NUM_THREADS: '64' }),
      right: [16, 'processors'],
    },
    {
      is: 'what was asked for, before all others',
      on: machine({}, { WINNING_SIGN_THREADS: '12', SLURM_CPUS_PER_TASK: '1' }),
      right: [12, 'WINNING_SIGN_THREADS'],
    },
    {
      is: 'not what is no number in a variable of others',
      on: machine({}, { SLURM_CPUS_PER_TASK: 'many', OMP_NUM_THREADS: '0' }),
      right: [16, 'processors'],
    },
    {
      is: 'the quota of a group, rounded up',
      on: machine({ ...VERSION_2, '/sys/fs/cgroup/slurm/job_7/step_0/cpu.max': '250000 100000\n' }),
      right: [3, 'cgroup'],
    },
    {
      is: 'the quota of a group around it',
      on: machine({
        ...VERSION_2,
        '/sys/fs/cgroup/slurm/job_7/step_0/cpu.max': 'max 100000\n',
        '/sys/fs/cgroup/slurm/cpu.max': '200000 100000\n',
      }),
      right: [2, 'cgroup'],
    },
    {
      is: 'the quota of a container that sees only its own root',
      on: machine({ ...VERSION_2, '/sys/fs/cgroup/cpu.max': '50000 100000\n' }),
      right: [1, 'cgroup'],
    },
    {
      is: 'the quota of version 1',
      on: machine({
        ...VERSION_1,
        '/sys/fs/cgroup/cpu,cpuacct/kubepods/pod7/cpu.cfs_quota_us': '150000\n',
        '/sys/fs/cgroup/cpu,cpuacct/kubepods/pod7/cpu.cfs_period_us': '100000\n',
        '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      }),
      right: [2, 'cgroup'],
    },
  ];
  for (const { is, on, right } of limits)
    it(`is ${is}`, () => {
      const { threads, by } = threadLimit(undefined, on);
      assert.deepEqual([threads, by], right);
    });

  it('is at most the number that a backend can use, and refuses what is no number of threads', () => {
    assert.equal(threadLimit(8, machine({})).threads, 8);
    assert.equal(threadLimit(8, machine({}, { WINNING_SIGN_THREADS: '9' })).threads, 8);
    assert.throws(
      () => threadLimit(8, machine({}, { WINNING_SIGN_THREADS: '0' })),
      /WINNING_SIGN_THREADS is "0". Set it to a whole number from 1 to 1024, or unset it\./,
    );
  });

  it('is described with its source', () => {
    assert.equal(describeLimit({ threads: 1, by: 'SLURM_CPUS_PER_TASK' }), '1 thread (granted by SLURM_CPUS_PER_TASK)');
  });
});

describe('threads of a process', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const granted = (threads: number) => ({ WINNING_SIGN_THREADS: '', SLURM_CPUS_PER_TASK: String(threads) });

  it('are limited by its Slurm job', async () => {
    const { stdout } = await start(['backends'], granted(1)).ended;
    assert.match(stdout, /: 1 thread, SIMD, with the kernels “\S+, winograd, gelu32”$/m);
    assert.match(stdout, /^Threads: 1 thread \(granted by SLURM_CPUS_PER_TASK\)$/m);
    const { stdout: doctor } = await start(['doctor'], granted(1)).ended;
    assert.match(doctor, /Threads: 1 thread \(granted by SLURM_CPUS_PER_TASK\)/);
  });

  it('are displayed with the set of kernels', async () => {
    const { stdout } = await start(['backends'], { WINNING_SIGN_KERNELS: 'simd, winograd' }).ended;
    assert.match(stdout, /^wasm .* threads?, SIMD, with the kernels “simd, winograd”$/m);
  });

  it('are limited by its control group', async function () {
    const group = `/sys/fs/cgroup/cpu/winning-sign-${process.pid}`;
    try {
      mkdirSync(group);
      writeFileSync(path.join(group, 'cpu.cfs_quota_us'), '50000');
    } catch {
      this.skip(); // only root may make one, where version 1 is mounted
    }
    try {
      const { child, ended } = start(['backends', '--json'], { WINNING_SIGN_THREADS: '' });
      writeFileSync(path.join(group, 'cgroup.procs'), String(child.pid));
      const { threads } = JSON.parse((await ended).stdout) as { threads: ThreadLimit };
      assert.deepEqual(threads, { threads: 1, by: 'cgroup' });
    } finally {
      rmdirSync(group);
    }
  });

  it('are reported if a run resumes on tensorflow with fewer threads', async function () {
    await needsBackend(this, 'tensorflow');
    // These variables were set in this process when TensorFlow was loaded, and the runs would inherit them.
    delete process.env['TF_NUM_INTRAOP_THREADS'];
    delete process.env['TF_NUM_INTEROP_THREADS'];
    await writeData(inFolder());
    writeRunFile(inFolder('long.sign.json'), { warmupEpochs: 100_000, backend: 'tensorflow' });
    const run = start(['run', inFolder('long.sign.json'), '--dir', inFolder('run')], granted(2));
    await untilEvent(inFolder('run'), 'epoch');
    run.child.kill('SIGTERM');
    assert.equal((await run.ended).code, 130);
    const resumed = start(['resume', inFolder('run')], granted(1));
    await untilEvent(inFolder('run'), 'resumed');
    resumed.child.kill('SIGTERM');
    await resumed.ended;
    const backends = readEvents(inFolder('run')).flatMap((event) => ('backend' in event ? [event.backend] : []));
    if (backends[0]!.threads === 1) this.skip(); // a machine of one processor
    assert.deepEqual(
      backends.map(({ threads }) => threads),
      [2, 1],
    );
    assert.match(
      backends[1]!.reason,
      /had 2 threads before and has 1 thread \(granted by SLURM_CPUS_PER_TASK\) now.*not be bit-identical/,
    );
  });
});
