import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sha256Of } from '../../engine/checkpoints/write';
import type { JobOfRun, StudyTable } from '../../engine/vocabulary/study';
import { checkOutput } from '../engine/outputSchema';
import { CLI, type Ended } from '../engine/process';
import { until } from '../until';
import { Cluster } from './cluster';

const SAMPLE = { format: 'idx', path: path.resolve('engine/datasets/sample'), limit: { train: 256, test: 64 } };
/** 12 runs. The epochs are many and small, so that a run can be stopped in its middle. */
const STUDY = {
  options: {
    ...{ model: { model: 'mlp', options: { hidden: [16] } }, dataset: SAMPLE, backend: 'wasm', batchSize: 64 },
    ...{ rounds: 2, pruningFraction: 0.5, warmupEpochs: 1, epochsPerRound: 50, finalEpochs: 100 },
  },
  axes: { round: 'all', variant: ['retrain', 'signed-mask'], seed: [2, 3, 4] },
  nodes: {
    dense: { run: 'training', over: ['seed'] },
    again: { run: 'transfer', over: ['seed'], from: 'dense#final', set: { variant: 'signed-mask' } },
    search: { run: 'search', set: { method: 'lrr', seed: 1, dataSeed: 5 } },
    ticket: { run: 'transfer', over: ['round', 'variant'], from: 'search#round', set: { seed: 2 } },
    basin: {
      ...{ run: 'connectivity', over: ['round'], include: [{ round: 2 }], set: { points: 2 } },
      a: { node: 'ticket', where: { variant: 'signed-mask' } },
      b: { node: 'ticket', where: { variant: 'retrain' } },
    },
  },
  results: {
    accuracy: { of: 'ticket', measure: 'accuracy', rows: ['round'], columns: 'variant', baseline: 'dense' },
    again: { of: ['dense', 'again'], measure: 'loss', rows: ['seed'] },
    barrier: { of: 'basin', measure: 'barrier', rows: ['round'] },
  },
};

/** Suspends a process. Returns false if it has ended: the lock of a run that was killed still names its process. */
function suspends(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGSTOP');
  } catch {
    return false;
  }
}

interface Row {
  name: string;
  status: string;
  message?: string;
  job?: JobOfRun;
}

describe('a study on Slurm', function () {
  this.timeout(400_000);
  let folder: string;
  let cluster: Cluster;
  const running = new Set<ChildProcess>();

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'ws-slurm-'));
    mkdirSync(path.join(folder, 'c'));
    cluster = await Cluster.start(path.join(folder, 'c'));
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** The folders have spaces, because users' folders may have them. */
  const place = (where: 'here' | 'there', ...parts: string[]) => path.join(folder, `my ${where}`, ...parts);
  const runIn = (where: 'here' | 'there', name: string) => place(where, '.winning-sign/small.study', name);
  const call = (where: 'here' | 'there', args: string[]) =>
    new Promise<Ended>((resolve) => {
      const child = spawn(process.execPath, [CLI, ...args], {
        ...{ cwd: place(where), env: { ...cluster.env, WINNING_SIGN_THREADS: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
      });
      running.add(child);
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
      child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
      child.once('close', (code) => {
        running.delete(child);
        resolve({ code, stdout, stderr });
      });
    });
  const study = async <T>(action: string, ...rest: string[]): Promise<T> => {
    const { stdout, stderr } = await call('there', ['study', action, 'small.study.json', ...rest, '--json']);
    const document = JSON.parse(stdout || 'null') as object | null;
    assert.ok(document && !('error' in document), stderr);
    return document as T;
  };
  const submit = async (...rest: string[]) => {
    const ran = await study<{ submitted: { run: string; job: string }[] }>('run', '--executor', 'slurm', ...rest);
    checkOutput('studyRun', ran);
    return new Map(ran.submitted.map(({ run, job }) => [run, job]));
  };
  /** Waits some seconds, because Slurm is not asked more often. */
  const status = async () => {
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    const document = await study<{ runs: Row[] }>('status');
    checkOutput('studyStatus', document);
    return new Map(document.runs.map((row) => [row.name, row]));
  };
  const stateIs = (job: string, ...states: string[]) =>
    cluster.until(`job ${job} is ${states.join(' or ')}`, async () =>
      states.includes(await cluster.field(job, 'JobState')),
    );
  const pids = new Set<number>();
  /** Returns the process that executes a run, if it has trained an epoch and was not returned before. */
  const newProcess = (name: string): number | undefined => {
    const [log, lock] = [path.join(runIn('there', name), 'events.jsonl'), path.join(runIn('there', name), 'lock')];
    if (!existsSync(log) || !existsSync(lock)) return undefined;
    const lines = readFileSync(log, 'utf8').split('\n');
    const began = lines.findLastIndex((line) => /"type":"(started|resumed)"/.test(line));
    const text = lines.slice(Math.max(0, began)).join();
    const { pid } = JSON.parse(readFileSync(lock, 'utf8')) as { pid: number };
    return text.includes('"type":"epoch"') && !text.includes('"type":"ended"') && !pids.has(pid) ? pid : undefined;
  };
  /** Suspends a run after its first epoch, so that what happens to it happens in its middle. Returns how to continue it. */
  const suspend = async (name: string) => {
    let pid: number | undefined;
    await until(`${name} has trained an epoch`, () => (pid = suspendNow(name)) !== undefined, 120_000);
    return () => process.kill(pid!, 'SIGCONT');
  };
  const suspendNow = (name: string) => {
    const pid = newProcess(name);
    if (pid === undefined || !suspends(pid)) return undefined;
    pids.add(pid);
    return pid;
  };
  const output = (job: string) => {
    const file = path.join(runIn('there', '.slurm'), 'logs', `${job}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };

  it('ends with the bytes of a local study, whatever happens to its jobs', async () => {
    for (const where of ['here', 'there'] as const) {
      mkdirSync(place(where));
      writeFileSync(place(where, 'small.study.json'), JSON.stringify(STUDY));
    }
    const profile = (name: string, fields: object) => {
      writeFileSync(place('there', `${name}.slurm.json`), JSON.stringify({ memory: '900M', ...fields }));
      return ['--profile', `${name}.slurm.json`];
    };
    const usual = profile('usual', { atOnce: 3 });
    const small = profile('small', { memory: '20M' });
    const short = profile('short', { time: '2', saveSeconds: 80 });
    const single = profile('single', { requeue: false });

    // Killed for its memory. Only the run that needs it is blocked.
    const killed = await submit('--only', 'again-seed4', ...small);
    const hungry = killed.get('dense-seed4')!;
    const isKilled = () => {
      suspendNow('dense-seed4'); // the memory is looked at every second, also that of a suspended process
      return /exceeded .*memory limit/i.test(output(hungry));
    };
    await until('the job is killed', isKilled, 120_000);
    await stateIs(hungry, 'FAILED', 'OUT_OF_MEMORY');
    await stateIs(killed.get('again-seed4')!, 'CANCELLED');
    let rows = await status();
    assert.equal(rows.get('dense-seed4')!.status, 'failed');
    assert.match(rows.get('dense-seed4')!.message!, /^Slurm job \d+ needed more memory than it had\. Raise "memory"/);
    assert.deepEqual(rows.get('again-seed4')!.status, 'waiting');

    // At their time limit: Slurm sends SIGUSR1 before, and each script queues its own task of the array again.
    const limited = await submit('--only', 'dense-seed3', '--only', 'dense-seed4', ...short);
    const [other, job] = [limited.get('dense-seed3')!, limited.get('dense-seed4')!];
    assert.match(`${other} ${job}`, /^(\d+)_0 \1_1$/);
    const [proceedOther, proceed] = await Promise.all([suspend('dense-seed3'), suspend('dense-seed4')]);
    const local = call('here', ['study', 'run', 'small.study.json', '--cores', '1', '--json']);
    const isAsked = (one: string) => output(one).includes('received SIGUSR1');
    await until('Slurm has sent the signals', () => isAsked(other) && isAsked(job), 120_000);
    proceed();
    await stateIs(job, 'PENDING');
    assert.equal(await cluster.field(other, 'JobState'), 'RUNNING');
    assert.equal(await cluster.field(other, 'Restarts'), '0');
    proceedOther();
    await stateIs(other, 'PENDING');
    rows = await status();
    assert.equal(rows.get('dense-seed4')!.status, 'interrupted');
    assert.match(rows.get('dense-seed4')!.message!, /Its state is saved, and Slurm job \d+_1 is queued to continue/);

    // The others. Two submissions at a time do not submit twice, and a job that exists already is not submitted.
    const twice = await Promise.allSettled([submit(...usual), submit(...usual)]);
    const others = twice.flatMap((result) => (result.status === 'fulfilled' ? [...result.value] : []));
    assert.equal(new Set(others.map(([name]) => name)).size, 10);
    assert.equal(others.length, 10);
    const jobs = new Map(others);
    await suspend('search');

    // Preempted by a job of a partition with a higher priority.
    const urgent = (await cluster.call('sbatch', '--parsable', '-c4', '--mem=10', '-purgent', '--output=/dev/null', '--wrap', 'sleep 1')).trim(); // prettier-ignore
    await stateIs(urgent, 'COMPLETED');
    assert.equal(await cluster.field(jobs.get('search')!, 'Restarts'), '1');
    rows = await status();
    assert.equal(rows.get('search')!.status, 'interrupted');
    assert.match(readFileSync(rows.get('search')!.job!.log, 'utf8'), /DUE TO PREEMPTION/);

    // Cancelled: states are saved, and nothing is queued again.
    await cluster.beginSoon(jobs.get('search')!);
    await suspend('search');
    const stopped = await study<{ stopping: boolean; jobs: number }>('stop');
    checkOutput('studyStop', stopped);
    assert.equal(stopped.stopping, true);
    await cluster.until('no job is left', async () => (await cluster.call('squeue', '--noheader')).trim() === '');
    rows = await status();
    assert.equal(rows.get('search')!.status, 'stopped');
    assert.ok([...rows.values()].every((row) => ['done', 'stopped', 'waiting'].includes(row.status)), JSON.stringify([...rows.values()])); // prettier-ignore

    // The node goes down while two runs are executed. One may be queued again, the other may not.
    const alone = await submit('--only', 'ticket-r01-retrain', ...single);
    await suspend('search');
    await cluster.nodeDown();
    await stateIs(alone.get('search')!, 'NODE_FAIL');
    await cluster.nodeUp();
    rows = await status();
    assert.equal(rows.get('search')!.status, 'stopped');

    // The rest.
    const rest = await submit(...usual);
    await suspend('search');
    await cluster.nodeDown();
    await stateIs(rest.get('search')!, 'PENDING');
    await cluster.nodeUp();
    for (const one of rest.values()) await cluster.beginSoon(one).catch(() => undefined);
    await cluster.until('no job is left', async () => (await cluster.call('squeue', '--noheader')).trim() === '', 180_000); // prettier-ignore
    rows = await status();
    const unfinished = [...rows.values()].filter((row) => row.status !== 'done');
    const logs = unfinished.map(({ name, status, job }) => `${name}: ${status}\n${job ? output(job.id) : ''}`);
    assert.deepEqual(logs, [], `${logs.join('\n')}\n${cluster.logs()}`);

    // The same bytes and tables as on this machine.
    const { code, stdout, stderr } = await local;
    assert.equal(code, 0, stderr);
    const expected = JSON.parse(stdout) as { tables: StudyTable[] };
    assert.deepEqual((await study<{ tables: StudyTable[] }>('table')).tables, expected.tables);
    for (const name of rows.keys()) {
      const folderOf = (where: 'here' | 'there') => path.join(runIn(where, name), 'checkpoints');
      if (!existsSync(folderOf('here'))) continue;
      assert.deepEqual(readdirSync(folderOf('there')).sort(), readdirSync(folderOf('here')).sort());
      for (const file of readdirSync(folderOf('here')))
        assert.equal(await sha256Of(path.join(folderOf('there'), file)), await sha256Of(path.join(folderOf('here'), file)), `${name}/${file}`); // prettier-ignore
    }
    assert.equal((await submit(...usual)).size, 0);
  });
});
