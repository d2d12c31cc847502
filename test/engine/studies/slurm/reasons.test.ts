import assert from 'node:assert/strict';
import type { Job } from '../../../../engine/studies/slurm/jobs';
import { jobsWords, jobWords, slurmWords, stateWords, waitingProblem } from '../../../../engine/studies/slurm/reasons';

const pending = (reason: string, id = '12_3'): Job => ({ id, state: 'PENDING', reason });
const running = (nodes: string, id = '12_0'): Job => ({ id, state: 'RUNNING', reason: '', nodes });

describe('the words for jobs of Slurm', () => {
  it('say what a job does, where, and why it waits', () => {
    assert.equal(stateWords(running('node7')), 'running on node7');
    assert.equal(stateWords(pending('Priority')), 'pending (Priority)');
    assert.equal(stateWords(pending('BeginTime'), true), 'requeued (BeginTime)');
    assert.equal(stateWords({ id: '1', state: 'REQUEUE_HOLD', reason: '' }), 'requeued');
    assert.equal(stateWords({ id: '1', state: 'PREEMPTED', reason: '' }), 'preempted');
    assert.equal(stateWords({ id: '1', state: 'NODE_FAIL', reason: 'None given' }), 'node fail (None given)');
    assert.equal(jobWords(pending('SomethingNew')), 'pending (SomethingNew), job 12_3');
    assert.match(jobWords(pending('QOSMaxJobsPerUserLimit')), /job 12_3: your account or quality of service allows no/);
  });

  it('count the jobs of a study, those that run first', () => {
    const jobs = [
      ...['a', 'b', 'c'].map((id) => ({ job: pending('Priority', id), hasBegun: false })),
      { job: pending('BeginTime'), hasBegun: true },
      ...['node9', 'node7', 'node7'].map((nodes) => ({ job: running(nodes), hasBegun: true })),
      { job: { id: '4', state: 'COMPLETED', reason: '' }, hasBegun: true },
    ];
    const expected = ['3 running on node7, node9', '3 pending (Priority)', '1 requeued (BeginTime)'];
    assert.deepEqual(jobsWords(jobs), expected);
    const byRun = new Map(jobs.map(({ job }, i) => [`run${i}`, job]));
    const states = new Map(jobs.map(({ hasBegun }, i) => [`run${i}`, hasBegun ? { overview: {} } : {}]));
    const words = (problem?: string) => slurmWords(byRun, { states, problem });
    assert.deepEqual(words(), { slurmJobs: expected });
    assert.match(words('Slurm refused (squeue): no answer').slurmProblem!, /no answer.*asked again within/);
    const many = Array.from({ length: 9 }, (_, i) => ({ job: running(`n${i}`), hasBegun: true }));
    assert.deepEqual(jobsWords(many), ['9 running on n0, n1, n2, n3 and 5 more nodes']);
  });

  it('say which jobs do not begin by themselves, and what can be done', () => {
    for (const reason of ['Priority', 'Resources', 'Dependency', 'BeginTime', 'JobArrayTaskLimit', 'SomethingNew'])
      assert.equal(waitingProblem([pending(reason)]), undefined, reason);
    assert.match(
      waitingProblem([pending('PartitionDown'), pending('PartitionDown'), pending('JobHeldUser', '9')])!,
      /^2 Slurm jobs wait because the partition is down \(PartitionDown\)\. Wait .*submit it again\. Slurm job 9 waits because somebody/,
    );
    const actions: Record<string, RegExp> = {
      DependencyNeverSatisfied: /Look why that run failed/,
      ReqNodeNotAvail: /down, drained or reserved/,
      'ReqNodeNotAvail, UnavailableNodes:node7': /down, drained or reserved/,
      BadConstraints: /Ask for less/,
      QOSMaxCpuPerJobLimit: /Ask for less/,
      QOSMaxWallDurationPerJobLimit: /Ask for less/,
      AssocGrpCPUMinutesLimit: /Name another "account"/,
      InvalidQOS: /Correct "account"/,
      QOSMaxJobsPerUserLimit: /the wait ends when other jobs/,
      QOSMaxNodePerUserLimit: /the wait ends when other jobs/,
      JobHoldMaxRequeue: /scontrol release/,
    };
    for (const [reason, action] of Object.entries(actions)) assert.match(waitingProblem([pending(reason)])!, action);
    const limited = [pending('QOSMaxJobsPerUserLimit'), running('node7')];
    assert.equal(waitingProblem(limited), undefined, 'the others run meanwhile');
  });
});
