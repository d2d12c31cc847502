import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { MachineError } from '../../../../engine/errors';
import { environment, type Slurm } from '../../../../engine/studies/slurm/commands';
import { lookAtQueue } from '../../../../engine/studies/slurm/queue';
import { slurmFolder, type TaskOfRun } from '../../../../engine/studies/slurm/record';
import { temporaryFolder } from '../../../fixtures';

describe('the queue of Slurm', () => {
  const temporary = temporaryFolder();
  const study = () => ({ file: temporary('a b.study.json'), name: 'a b' });
  const task = (id: string | undefined, script = '/s/0001.sh', index = 0): TaskOfRun => ({
    ...{ script, index, user: 'me' },
    ...(id !== undefined && { id }),
  });
  let calls: string[];
  let given: (readonly string[])[];
  let answers: Partial<Record<string, string>>;
  const slurm: Slurm = (program, args) => {
    calls.push(program);
    given.push(args);
    const answer = answers[program];
    return answer === undefined
      ? Promise.reject(new MachineError(`Slurm refused (${program}): no answer`))
      : Promise.resolve(answer);
  };
  let time: number;
  const look = async (tasks: Record<string, TaskOfRun>) => {
    const options = { slurm, clock: () => time };
    const { jobs, problem } = await lookAtQueue(study(), new Map(Object.entries(tasks)), options);
    return {
      problem,
      states: Object.fromEntries([...jobs].map(([name, { id, state, reason }]) => [name, [id, state, reason]])),
    };
  };
  beforeEach(() => {
    [calls, given, answers, time] = [[], [], {}, 1_000_000];
    mkdirSync(slurmFolder(study()), { recursive: true });
  });

  it('asks once for all jobs, and not again within some seconds', async () => {
    answers = {
      squeue:
        '12_0|RUNNING|None|N/A|node7|/s/0001.sh\n12_1|PENDING|Priority|N/A||/s/0001.sh\n99|RUNNING|None|N/A|node7|/other job',
    };
    const tasks = { a: task('12_0'), b: task('12_1', '/s/0001.sh', 1) };
    const expected = { a: ['12_0', 'RUNNING', ''], b: ['12_1', 'PENDING', 'Priority'] };
    assert.deepEqual((await look(tasks)).states, expected);
    assert.deepEqual((await look(tasks)).states, expected);
    assert.deepEqual(calls, ['squeue']);
    time += 3_000;
    await look(tasks);
    assert.deepEqual(calls, ['squeue', 'squeue']);
  });

  it('finds a job by its script if its number was not recorded', async () => {
    answers = { squeue: '13_2|RUNNING|None|N/A|node7|/my s/0001.sh\n14_2|RUNNING|None|N/A|node7|/s/0002.sh' };
    assert.deepEqual((await look({ a: task(undefined, '/my s/0001.sh', 2) })).states, { a: ['13_2', 'RUNNING', ''] });
  });

  it('keeps what it has seen of jobs that Slurm forgets, and asks the accounting about others', async () => {
    answers = {
      squeue:
        '1|FAILED|NonZeroExitCode|2026-03-01T10:00:00|node7|/a\n2|RUNNING|None|N/A|node7|/b\n3|RUNNING|None|N/A|node7|/c',
    };
    const tasks = { a: task('1', '/a'), b: task('2', '/b'), c: task('3', '/c') };
    await look(tasks);
    time += 60_000;
    answers = { squeue: '', sacct: '2|CANCELLED by 1000|2026-03-01T11:00:00\n2.batch|CANCELLED|2026-03-01T11:00:00' };
    const { states } = await look(tasks);
    assert.deepEqual(states['a'], ['1', 'FAILED', 'NonZeroExitCode']);
    assert.deepEqual(states['b'], ['2', 'CANCELLED', '']);
    assert.deepEqual(states['c'], ['3', 'UNKNOWN', '']);
    const { jobs } = await lookAtQueue(study(), new Map(Object.entries(tasks)), { slurm, clock: () => time }); // prettier-ignore
    const at = (hour: number) => new Date(2026, 2, 1, hour).getTime();
    assert.deepEqual([...jobs.values()].map(({ ended }) => ended), [at(10), at(11), time]); // prettier-ignore
    time += 60_000;
    answers = { squeue: '' };
    assert.deepEqual((await look(tasks)).states, states);
    assert.deepEqual(calls, ['squeue', 'squeue', 'sacct']); // nothing can change any more
  });

  it('asks later and later while Slurm does not answer, and shows what was seen', async () => {
    answers = { squeue: '1|RUNNING|None|N/A|node7|/a' };
    const tasks = { a: task('1', '/a') };
    await look(tasks);
    answers = {};
    const asked: number[] = [];
    for (; time < 1_200_000; time += 1_000) {
      const before = calls.length;
      const { states, problem } = await look(tasks);
      assert.deepEqual(states, { a: ['1', 'RUNNING', ''] });
      if (calls.length > before) asked.push(time);
      if (asked.length > 0) assert.match(problem!, /squeue.*no answer/);
    }
    const pauses = asked.slice(1).map((at, i) => at - asked[i]!);
    assert.deepEqual(pauses, [3_000, 6_000, 12_000, 24_000, 48_000, 96_000]);
  });

  it('asks for the jobs of all users who submitted runs that have not ended', async () => {
    answers = {
      squeue: '1|FAILED|NonZeroExitCode|2026-03-01T10:00:00|node7|/a\n2|RUNNING|None|N/A|node7|/b',
      sacct: '',
    };
    const tasks = {
      a: task('1', '/a'),
      b: { ...task('2', '/b'), user: 'you' },
      c: { ...task('3', '/c'), user: 'her' },
    };
    await look(tasks);
    time += 60_000;
    answers = { squeue: '', sacct: '2|COMPLETED|2026-03-01T11:00:00' };
    await look(tasks);
    const users = given.map((args) => args.find((arg) => arg.startsWith('--user=')));
    assert.deepEqual(users, ['--user=me,you,her', '--user=me,you,her', '--user=you', '--user=you']);
  });

  it('asks nothing if nothing was submitted', async () => {
    assert.deepEqual((await look({})).states, {});
    assert.deepEqual(calls, []);
  });
});

describe('the environment of a submission', () => {
  it('is not that of the task of an array that submits', () => {
    const before = { ...process.env };
    try {
      Object.assign(process.env, { SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_JOB_ID: '9', SBATCH_ARRAY_INX: '1-5' });
      const changes = environment();
      for (const name of ['SLURM_ARRAY_TASK_ID', 'SLURM_ARRAY_JOB_ID', 'SBATCH_ARRAY_INX'])
        assert.ok(name in changes && changes[name] === undefined, name);
    } finally {
      for (const name of ['SLURM_ARRAY_TASK_ID', 'SLURM_ARRAY_JOB_ID', 'SBATCH_ARRAY_INX'])
        if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before[name];
    }
  });
});
