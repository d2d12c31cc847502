import assert from 'node:assert/strict';
import type { StudyRun } from '../../../../engine/studies/expand';
import { isLive, withJob } from '../../../../engine/studies/slurm/jobs';
import type { RunState } from '../../../../engine/studies/states';

const run = { name: 'dense-seed2' } as StudyRun;
const overview = {} as NonNullable<RunState['overview']>;
const fresh: RunState = { run, directory: '/d', status: 'queued' };
const begun = (status: RunState['status'], message?: string): RunState => ({
  ...{ run, directory: '/d', status, overview },
  ...(message !== undefined && { message }),
});
const after = (state: RunState, job: string, { reason = '', log = '' } = {}) => {
  const { status, message } = withJob(state, { id: '12_3', state: job, reason }, log);
  return [status, message];
};

describe('a job of Slurm', () => {
  it('says where a run is that has not begun', () => {
    assert.deepEqual(after(fresh, 'PENDING', { reason: 'Priority' }), ['queued', undefined]);
    assert.deepEqual(after(fresh, 'PENDING', { reason: 'Dependency' }), ['waiting', undefined]);
    assert.deepEqual(after(fresh, 'RUNNING'), ['running', undefined]);
    const held = after(fresh, 'PENDING', { reason: 'JobHeldUser' });
    assert.deepEqual(held, ['queued', 'Slurm holds job 12_3 (JobHeldUser). To release it: scontrol release 12_3']);
    const never = ['waiting', 'A run that it needs did not end.'];
    assert.deepEqual(after(fresh, 'PENDING', { reason: 'DependencyNeverSatisfied' }), never);
    assert.deepEqual(after(fresh, 'CANCELLED', { reason: 'DependencyNeverSatisfied' }), never);
    assert.equal(isLive({ id: '1', state: 'PENDING', reason: 'DependencyNeverSatisfied' }), false);
    assert.equal(isLive({ id: '1', state: 'COMPLETING', reason: '' }), true);
  });

  it('calls a run interrupted while its job waits to continue', () => {
    const [status, message] = after(begun('stopped'), 'PENDING', { reason: 'BeginTime' });
    assert.equal(status, 'interrupted');
    assert.match(message!, /Slurm job 12_3 is queued to continue/);
    assert.deepEqual(after(begun('interrupted', 'Its process ended.'), 'RUNNING'), ['running', undefined]);
  });

  it('has an outcome and a sentence of its own for each way to end', () => {
    const cases: [string, RunState['status'], RegExp][] = [
      ['OUT_OF_MEMORY', 'failed', /needed more memory than it had\. Raise "memory" in the Slurm profile/],
      ['NODE_FAIL', 'interrupted', /because its node failed\. Submit again to continue\.$/],
      ['BOOT_FAIL', 'interrupted', /its node did not start/],
      ['TIMEOUT', 'interrupted', /reached its time limit before its state was saved\. Raise "time" or "saveSeconds"/],
      ['PREEMPTED', 'interrupted', /was preempted and not queued again/],
      ['CANCELLED', 'stopped', /was cancelled\. Submit again/],
      ['DEADLINE', 'interrupted', /at its deadline/],
      ['UNKNOWN', 'interrupted', /Slurm no longer knows how/],
      ['SOMETHING_NEW', 'running', /^$/],
    ];
    for (const [state, status, sentence] of cases) {
      const [found, message = ''] = after(begun('interrupted', 'Its process ended.'), state);
      assert.equal(found, status, state);
      assert.match(message, sentence);
    }
    assert.equal(new Set(cases.map(([, , sentence]) => String(sentence))).size, cases.length);
  });

  it('tells why a job failed from its output, if Slurm does not', () => {
    const log = 'run: job 12 on node1, start 1\nslurmstepd: error: Exceeded job memory limit';
    assert.match(after(begun('interrupted'), 'FAILED', { log })[1]!, /more memory/);
    const output = 'winning-sign: the disk is full.\ndense-seed2: exit code 1';
    assert.deepEqual(after(fresh, 'FAILED', { log: output }), [
      'failed',
      'Slurm job 12_3 failed: winning-sign: the disk is full.',
    ]);
    assert.deepEqual(after(fresh, 'COMPLETED'), ['failed', 'Slurm job 12_3 ended without a run.']);
  });

  it('believes the log of the run first', () => {
    assert.deepEqual(after(begun('done'), 'FAILED'), ['done', undefined]);
    assert.deepEqual(after(begun('diverged', 'The loss is NaN.'), 'FAILED'), ['diverged', 'The loss is NaN.']);
    assert.deepEqual(after(begun('failed', 'No such file.'), 'FAILED'), ['failed', 'No such file.']);
    assert.deepEqual(after(begun('stopped'), 'CANCELLED'), ['stopped', undefined]);
    const log = 'dense-seed2: exit code 130 after SIGUSR1';
    assert.deepEqual(after(begun('stopped'), 'FAILED', { log }), ['stopped', undefined]);
    assert.equal(
      after(begun('stopped'), 'FAILED', { log: 'module: not found\ndense-seed2: exit code 1' })[0],
      'failed',
    );
    assert.equal(after(begun('stopped'), 'OUT_OF_MEMORY')[0], 'failed');
  });

  it('says nothing about a run that was executed elsewhere since the job ended', () => {
    for (const state of ['CANCELLED', 'FAILED', 'UNKNOWN', 'COMPLETED'])
      assert.deepEqual(after(begun('running'), state), ['running', undefined], state);
    assert.equal(withJob(begun('running'), { id: '12', state: 'CANCELLED', reason: '' }).job, undefined);
    const ended = 1_000_000;
    const since = (updated: number, job: string) => {
      const state = { ...begun('interrupted', 'Its process ended.'), overview: { updated } as typeof overview };
      return withJob(state, { id: '12', state: job, reason: '', ended }).message;
    };
    for (const state of ['CANCELLED', 'OUT_OF_MEMORY', 'TIMEOUT']) {
      assert.equal(since(ended + 60_000, state), 'Its process ended.');
      assert.match(since(ended - 60_000, state)!, /^Slurm job 12 /);
      assert.match(since(ended + 2_000, state)!, /^Slurm job 12 /); // clocks differ
    }
  });
});
