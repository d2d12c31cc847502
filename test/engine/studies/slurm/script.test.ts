import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ranges, scriptOf } from '../../../../engine/studies/slurm/script';
import type { SlurmProfile } from '../../../../engine/vocabulary/slurmSchema';
import { temporaryFolder } from '../../../fixtures';
import { until } from '../../../until';

const PROFILE: SlurmProfile = { cpus: 2, saveSeconds: 90, requeue: true, modules: [], before: [], sbatch: [] };

(process.platform === 'win32' ? describe.skip : describe)('the batch script of a study', function () {
  this.timeout(30_000);
  const temporary = temporaryFolder();

  /** Executes a script with stand-ins for the run and for the programs of Slurm, which note how they were called. */
  const execute = ({
    run,
    state = 'RUNNING',
    profile = {},
    slurm = { SLURM_ARRAY_JOB_ID: '12', SLURM_ARRAY_TASK_ID: '3' },
    names = new Map([[3, "it's a run"], [7, 'other']]), // prettier-ignore
  }: {
    run: string;
    slurm?: Record<string, string>;
    names?: Map<number, string>;
    state?: string;
    profile?: Partial<SlurmProfile>;
  }) => {
    mkdirSync(temporary('bin dir'));
    const program = (name: string, text: string) => {
      writeFileSync(temporary('bin dir', name), `#!/bin/bash\n${text}\n`);
      chmodSync(temporary('bin dir', name), 0o755);
    };
    program('run', `printf '%s\\n' "$@" WINNING_SIGN_THREADS=$WINNING_SIGN_THREADS > '${temporary('args')}'\n${run}`);
    program('squeue', `echo "squeue $*" >> '${temporary('scontrol')}'; echo ${state}`);
    program('scontrol', `echo "$@" >> '${temporary('scontrol')}'; echo PreemptTime=None`);
    const script = scriptOf({
      ...{ file: "/my study's/a.study.json", content: '/copy/a.study.json' },
      names,
      profile: { ...PROFILE, program: `'${temporary('bin dir', 'run')}'`, ...profile },
    });
    writeFileSync(temporary('script.sh'), script);
    const env = { ...process.env, PATH: `${temporary('bin dir')}:${process.env['PATH'] ?? ''}`, SLURM_JOB_ID: '12', ...slurm, SLURM_CPUS_PER_TASK: '2' }; // prettier-ignore
    const child = spawn('bash', [temporary('script.sh')], { env });
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const calls = () => (existsSync(temporary('scontrol')) ? readFileSync(temporary('scontrol'), 'utf8') : '');
    return { child, ended, calls, output: () => output };
  };
  /** A run that saves its state in a moment when it is asked to, and takes a signal or two. */
  const SAVES = (signal: string) => `trap 'sleep 0.3; exit 130' ${signal}; touch ready; while :; do sleep 0.05; done`;
  const readied = (run: string) => `cd '${temporary('.')}'; ${run}`;

  it('executes the run of its task with its threads, and ends with its exit code', async () => {
    const { ended, calls, output } = execute({ run: 'exit 3', profile: { before: ['export X=1'] } });
    assert.equal(await ended, 3);
    assert.deepEqual(readFileSync(temporary('args'), 'utf8').trim().split('\n'), [
      ...['study', 'task', "/my study's/a.study.json", "it's a run", '--content', '/copy/a.study.json'],
      'WINNING_SIGN_THREADS=2',
    ]);
    assert.match(output(), /it's a run: exit code 3\n/);
    assert.equal(calls(), '');
  });

  it('forwards SIGUSR1, waits for the state, and queues the job again', async () => {
    const { child, ended, calls } = execute({ run: readied(SAVES('USR1')) });
    await until('the run is ready', () => existsSync(temporary('ready')));
    child.kill('SIGUSR1');
    assert.equal(await ended, 0);
    // The last task of an array has the number of the array as its own.
    assert.match(calls(), /^squeue --noheader --jobs=12_3 --format=%T\nrequeue 12_3$/m);
  });

  it('looks for a notice of preemption of its task only', async () => {
    const { child, ended, calls } = execute({ run: readied(SAVES('TERM')) });
    await until('the run is ready', () => existsSync(temporary('ready')));
    child.kill('SIGTERM');
    await ended;
    assert.match(calls(), /^show job 12_3$/m);
  });

  it('queues a job again that is not part of an array', async () => {
    const { child, ended, calls } = execute({ run: readied(SAVES('USR1')), slurm: {}, names: new Map([[0, 'alone']]) });
    await until('the run is ready', () => existsSync(temporary('ready')));
    child.kill('SIGUSR1');
    assert.equal(await ended, 0);
    assert.match(calls(), /^requeue 12$/m);
  });

  it('does not queue a job again that was cancelled, or that may not be', async () => {
    const cases = [
      { signal: 'SIGTERM', state: 'COMPLETING', requeue: true },
      { signal: 'SIGTERM', state: 'RUNNING', requeue: true }, // no notice of preemption
      { signal: 'SIGUSR1', state: 'COMPLETING', requeue: true },
      { signal: 'SIGUSR1', state: 'RUNNING', requeue: false },
    ] as const;
    for (const { signal, state, requeue } of cases) {
      const run = `cd '${temporary('.')}'; ${SAVES(signal.slice(3))}`;
      const { child, ended, calls } = execute({ run, state, profile: { requeue } });
      await until('the run is ready', () => existsSync(temporary('ready')));
      child.kill(signal);
      assert.equal(await ended, 130, signal);
      assert.doesNotMatch(calls(), /requeue/);
      for (const name of ['bin dir', 'ready', 'scontrol']) rmSync(temporary(name), { recursive: true, force: true });
    }
  });

  it('writes ranges of indices', () => {
    assert.equal(ranges([0, 1, 2, 5, 7, 8]), '0-2,5,7-8');
    assert.equal(ranges([4]), '4');
  });
});
