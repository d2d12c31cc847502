import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MachineError } from '../../../../engine/errors';
import { cancelStudy } from '../../../../engine/studies/slurm/cancel';
import type { Slurm } from '../../../../engine/studies/slurm/commands';
import { profileFor } from '../../../../engine/studies/slurm/profile';
import { readSubmissions, slurmFolder, writeJobs } from '../../../../engine/studies/slurm/record';
import { lockOf } from '../../../../engine/studies/place';
import { readStatesInSlurm } from '../../../../engine/studies/slurm/states';
import { submitStudy } from '../../../../engine/studies/slurm/submit';
import { expand } from '../../../../engine/studies/expand';
import { readStudy } from '../../../../engine/studies/studyFile';
import { temporaryFolder } from '../../../fixtures';

const STUDY = {
  options: { model: 'mlp', dataset: { format: 'idx', path: path.resolve('engine/datasets/sample') }, rounds: 2 },
  axes: { seed: [2, 3], round: 'all', variant: ['retrain', 'signed-mask'] },
  nodes: {
    dense: { run: 'training', over: ['seed'] },
    search: { run: 'search', set: { method: 'lrr', seed: 1 } },
    ticket: { run: 'transfer', over: ['round', 'variant'], from: 'search#round', set: { seed: 2 } },
    again: { run: 'transfer', over: ['seed'], from: 'dense#final', set: { variant: 'signed-mask' } },
  },
};

/** A stand-in for Slurm that keeps jobs. */
class FakeSlurm {
  readonly calls: string[][] = [];
  jobs: { id: string; state: string; reason: string; script: string }[] = [];
  /** Number of calls of sbatch that are accepted. */
  accepts = Infinity;
  #next = 1;

  readonly call: Slurm = (program, args) => {
    if (program !== 'squeue') this.calls.push([program, ...args]);
    if (program === 'squeue') return Promise.resolve(this.jobs.map(({ id, state, reason, script }) => `${id}|${state}|${reason}|N/A||${script}`).join('\n')); // prettier-ignore
    if (program === 'scontrol') return Promise.resolve('KillWait = 30 sec\nMaxArraySize            = 1001\n');
    if (program === 'sbatch') return this.#submit(args);
    return Promise.reject(new MachineError(`${program} is not available`));
  };

  #submit(args: readonly string[]): Promise<string> {
    if (this.#next > this.accepts) return Promise.reject(new MachineError('Slurm refused (sbatch): job limit'));
    const job = String(this.#next++);
    const array = args.find((arg) => arg.startsWith('--array='));
    const last = Number(array?.slice(8).split('-').at(-1));
    const ids = array ? Array.from({ length: last + 1 }, (_, i) => `${job}_${i}`) : [job];
    for (const id of ids) this.jobs.push({ id, state: 'PENDING', reason: 'Priority', script: args.at(-1)! });
    return Promise.resolve(`${job};cluster\n`);
  }

  /** The arguments of each sbatch that begin with this. */
  given(start: string): (string | undefined)[] {
    return this.calls
      .filter(([program]) => program === 'sbatch')
      .map((args) => args.find((arg) => arg.startsWith(start)));
  }
}

describe('submitting a study to Slurm', () => {
  const temporary = temporaryFolder();
  let slurm: FakeSlurm;
  const study = () => readStudy(temporary('my study.study.json'));
  const submit = async () => {
    const profile = await profileFor(await study(), undefined);
    return submitStudy(await study(), { profile, slurm: slurm.call });
  };
  const folder = () => temporary('.winning-sign/my study.study');
  beforeEach(() => {
    slurm = new FakeSlurm();
    writeFileSync(temporary('my study.study.json'), JSON.stringify(STUDY));
  });

  it('submits each run once, each after those that it needs', async () => {
    const { jobs, arrays, blocked } = await submit();
    assert.deepEqual([jobs.size, arrays, blocked.length], [9, 3, 0]);
    assert.deepEqual(slurm.given('--array='), ['--array=0-2', '--array=0-1', '--array=0-3']);
    assert.deepEqual(slurm.given('--dependency='), [undefined, '--dependency=aftercorr:1', '--dependency=afterok:1_2']);
    assert.equal(jobs.get('again-seed3'), '2_1');
    const script = readFileSync(slurm.jobs[0]!.script, 'utf8');
    assert.match(script, /names=\(\[0\]=dense-seed2 \[1\]=dense-seed3 \[2\]=search\)/);
    assert.match(script, /study task '.*my study\.study\.json' "\$name" --content '.*my study\.study\.json' &/);
    assert.equal((await submit()).jobs.size, 0);
    const { states } = await readStatesInSlurm(await study(), expand(await study()), { slurm: slurm.call });
    assert.deepEqual([...new Set(states.map(({ status }) => status))], ['queued']);
  });

  it('submits again what failed and what was cancelled, but not what waits', async () => {
    await submit();
    for (const job of slurm.jobs) {
      if (job.id === '1_0') job.state = 'FAILED';
      if (job.id === '2_0') [job.state, job.reason] = ['CANCELLED', 'DependencyNeverSatisfied'];
      if (job.id === '1_1') job.state = 'RUNNING';
    }
    const { jobs } = await submit();
    assert.deepEqual([...jobs.keys()], ['dense-seed2', 'again-seed2']);
    assert.deepEqual(slurm.given('--dependency=').slice(3), [undefined, '--dependency=afterok:4']);
  });

  it('records the jobs before one that Slurm refuses, and submits the others later', async () => {
    slurm.accepts = 1;
    await assert.rejects(
      submit(),
      /job limit \(1 of 3 jobs were submitted before\. Run the study on Slurm again to submit/,
    );
    slurm.accepts = Infinity;
    const { jobs } = await submit();
    assert.equal(jobs.size, 6);
    assert.deepEqual(slurm.given('--dependency=').slice(2), ['--dependency=afterok:1_2', '--dependency=afterok:1_0', '--dependency=afterok:1_1']); // prettier-ignore
  });

  it('forgets scripts that Slurm never accepted, so that they do not hide the earlier jobs of their runs', async () => {
    await submit();
    const scripts = async () => (await readSubmissions(await study())).map((one) => one.scripts.length);
    for (const job of slurm.jobs) if (job.id === '1_2') job.state = 'OUT_OF_MEMORY';
    slurm.accepts = 0;
    await assert.rejects(submit(), /job limit/);
    assert.deepEqual(await scripts(), [3, 1]);
    const { states } = await readStatesInSlurm(await study(), expand(await study()), { slurm: slurm.call, now: true });
    assert.match(states.find(({ run }) => run.name === 'search')!.message!, /^Slurm job 1_2 needed more memory/);
    assert.deepEqual(await scripts(), [3, 0]);
  });

  it('keeps scripts while the process that submits them may still be alive', async () => {
    await submit();
    const [submission] = readdirSync(slurmFolder(await study())).filter((name) => /^\d/.test(name));
    rmSync(path.join(slurmFolder(await study()), submission!, 'jobs.json'));
    slurm.jobs = [];
    const other = { pid: 7, host: 'another machine', started: '', work: 'submitting' };
    writeFileSync(lockOf(await study()), JSON.stringify(other));
    const look = async () => readStatesInSlurm(await study(), expand(await study()), { slurm: slurm.call, now: true });
    await look();
    assert.equal((await readSubmissions(await study()))[0]!.scripts.length, 3);
    rmSync(lockOf(await study()));
    await look();
    assert.equal((await readSubmissions(await study()))[0]!.scripts.length, 0);
  });

  it('reads a submission again only if it has changed', async () => {
    await submit();
    const [first] = await readSubmissions(await study());
    assert.equal((await readSubmissions(await study()))[0], first);
    await writeJobs({ folder: first!.folder, scripts: first!.scripts.slice(1) });
    const [second] = await readSubmissions(await study());
    assert.deepEqual([second!.scripts[0]!.job, second!.scripts[1]!.job], [undefined, first!.scripts[1]!.job]);
  });

  it('ends after the current job if it is stopped, and says how to submit the others', async () => {
    const abort = new AbortController();
    const call: Slurm = (program, args) => {
      if (program === 'sbatch') abort.abort();
      return slurm.call(program, args);
    };
    const profile = await profileFor(await study(), undefined);
    await assert.rejects(submitStudy(await study(), { profile, slurm: call, signal: abort.signal }), {
      name: 'UserError',
      message: /^The study was stopped while its runs were submitted\. \(1 of 3 jobs were submitted before\./,
    });
    assert.equal((await submit()).jobs.size, 6);
  });

  it('finds jobs that were submitted by a process that was killed before it recorded them', async () => {
    await submit();
    const [submission] = readdirSync(slurmFolder(await study())).filter((name) => /^\d/.test(name));
    rmSync(path.join(slurmFolder(await study()), submission!, 'jobs.json'));
    assert.equal((await submit()).jobs.size, 0);
    assert.deepEqual(await cancelStudy(await study(), async (program, args) => (program === 'scancel' ? '' : slurm.call(program, args))), { runs: 9, seconds: 30 }); // prettier-ignore
  });

  it('does not submit a run whose directory has something else, nor those that need it', async () => {
    mkdirSync(path.join(folder(), 'search'), { recursive: true });
    writeFileSync(path.join(folder(), 'search/run.json'), '{');
    const { jobs, blocked } = await submit();
    assert.deepEqual(blocked.length, 5);
    assert.deepEqual([...jobs.keys()].sort(), ['again-seed2', 'again-seed3', 'dense-seed2', 'dense-seed3']);
  });

  it('is refused while another process submits or executes the study', async () => {
    const both = await Promise.allSettled([submit(), submit()]);
    const refused = both.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    for (const reason of refused) assert.match(reason, /is running or submitting this study already/);
    assert.equal(slurm.given('--parsable').length, 3);
  });
});
