import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FollowedStudy } from '../../../../engine/studies/followStudy';
import { folderOf, lockOf } from '../../../../engine/studies/place';
import type { Slurm } from '../../../../engine/studies/slurm/commands';
import { newSubmission, writeJobs, writePlan } from '../../../../engine/studies/slurm/record';
import { stopStudy } from '../../../../engine/studies/stop';
import { readStudy } from '../../../../engine/studies/studyFile';
import { temporaryFolder } from '../../../fixtures';
import { checkOutput } from '../../outputSchema';
import { call } from '../../reusedProcess';
import { start } from '../../process';
import { until } from '../../../until';

const STUDY = {
  options: { model: 'mlp', dataset: { format: 'idx', path: path.resolve('engine/datasets/sample') } },
  axes: { seed: [2, 3] },
  nodes: { dense: { run: 'training', over: ['seed'] } },
};

(process.platform === 'win32' ? describe.skip : describe)('a study whose jobs are in Slurm', function () {
  this.timeout(30_000);
  const temporary = temporaryFolder();
  const before = process.env['PATH'];
  afterEach(() => {
    process.env['PATH'] = before;
  });

  it('shows the jobs in status, plan and panel', async () => {
    writeFileSync(temporary('s.study.json'), JSON.stringify(STUDY));
    const study = await readStudy(temporary('s.study.json'));
    const folder = await newSubmission(study, new Date());
    const names = new Map([[0, 'dense-seed2'], [1, 'dense-seed3']]); // prettier-ignore
    const scripts = [{ script: path.join(folder, '0001.sh'), names, isArray: true, job: '12' }];
    await writePlan({ folder, user: 'me', scripts });
    await writeJobs({ folder, scripts });
    mkdirSync(temporary('bin'));
    writeFileSync(
      temporary('bin/squeue'),
      "#!/bin/sh\necho '12_0|RUNNING|None|N/A|node7|/s'\necho '12_1|PENDING|Priority|N/A||/s'\n",
    );
    chmodSync(temporary('bin/squeue'), 0o755);
    process.env['PATH'] = `${temporary('bin')}:${before ?? ''}`;

    const followed = new FollowedStudy(study.file, () => undefined);
    await followed.look();
    const { runs, executing } = followed.snapshot();
    assert.equal(executing, true);
    assert.deepEqual(
      runs.map(({ status, job }) => [status, job]),
      [
        ['running', 'running on node7, job 12_0'],
        ['queued', 'pending (Priority), job 12_1: jobs with a higher priority are first'],
      ],
    );
    assert.equal(followed.summary!.slurmProblem, undefined);
    assert.deepEqual(followed.summary!.slurmJobs, ['1 running on node7', '1 pending (Priority)']);
    const { stdout } = await call('study', 'status', study.file, '--json');
    const status = JSON.parse(stdout) as { runs: { job?: object }[]; executing: boolean; jobs: number };
    checkOutput('studyStatus', status);
    assert.deepEqual([status.executing, status.jobs], [true, 2]);
    const log = path.join(folder, '../logs/12_1.log');
    assert.deepEqual(status.runs[1]!.job, { id: '12_1', state: 'PENDING', reason: 'Priority', log });
    assert.match(
      (await call('study', 'status', study.file)).stdout,
      /queued +dense-seed3: In Slurm: pending \(Priority\), job 12_1: jobs with a higher .*\n.*\n2 runs have jobs in Slurm\.\n$/,
    );
    const local = start(['study', 'run', study.file, '--only', 'dense-seed3']);
    let said = '';
    local.child.stderr!.on('data', (bytes: Buffer) => (said += bytes.toString()));
    await until('the user is told', () => said.includes('2 runs have jobs in Slurm'));
    local.child.kill('SIGTERM');
    await local.ended;
  });

  it('says if Slurm does not answer', async () => {
    writeFileSync(temporary('s.study.json'), JSON.stringify(STUDY));
    const study = await readStudy(temporary('s.study.json'));
    const folder = await newSubmission(study, new Date());
    const scripts = [{ script: path.join(folder, '0001.sh'), names: new Map([[0, 'dense-seed2']]), isArray: false, job: '12' }]; // prettier-ignore
    await writePlan({ folder, user: 'me', scripts });
    await writeJobs({ folder, scripts });
    mkdirSync(temporary('bin'));
    writeFileSync(temporary('bin/squeue'), '#!/bin/sh\necho Unable to contact slurm controller >&2; exit 1\n');
    chmodSync(temporary('bin/squeue'), 0o755);
    process.env['PATH'] = `${temporary('bin')}:${before ?? ''}`;
    const followed = new FollowedStudy(study.file, () => undefined);
    await followed.look();
    assert.match(followed.summary!.slurmProblem!, /Unable to contact slurm controller/);

    // A local process that executes the study is asked to stop all the same.
    const lock = lockOf(study);
    const code = `require(${JSON.stringify(path.resolve('out/engine/claim.js'))}).claim(${JSON.stringify(lock)}, String); setInterval(() => {}, 1000)`;
    const holder = spawn(process.execPath, ['-e', code], { stdio: 'ignore' });
    try {
      await until('the study is locked', () => existsSync(lock));
      const { stopping, message } = await stopStudy(study);
      assert.equal(stopping, true);
      assert.match(message, /^Process \d+ was asked to stop\..*Slurm jobs .* may continue\..*Unable to contact/);
    } finally {
      holder.kill('SIGKILL');
    }
  });

  it('waits for a process that submits runs just now, before it cancels the jobs', async () => {
    writeFileSync(temporary('s.study.json'), JSON.stringify(STUDY));
    const study = await readStudy(temporary('s.study.json'));
    mkdirSync(folderOf(study), { recursive: true });
    const cancelled: (readonly string[])[] = [];
    const slurm: Slurm = (program, args) => {
      if (program === 'scancel') cancelled.push(args);
      return Promise.resolve(program === 'squeue' ? '12|RUNNING|None|N/A|node7|/s' : 'KillWait = 30 sec');
    };
    const submitter = spawn(process.execPath, ['-e', SUBMITTER, lockOf(study), study.file], { stdio: 'ignore' });
    try {
      await until('the study is locked', () => existsSync(lockOf(study)));
      const early = await stopStudy(study, { slurm, waitMs: 0 });
      assert.match(early.message, /^Process \d+ on .* is still submitting runs of the study .* Stop the study again/);
      const { stopping, jobs, message } = await stopStudy(study, { slurm });
      assert.deepEqual([stopping, jobs, cancelled], [true, 1, [['12']]]);
      assert.match(message, /^The process that was submitting runs of the study has ended\. The Slurm job of 1 run is/);
    } finally {
      submitter.kill('SIGKILL');
    }
  });
});

/** Submits a job when it is asked to stop, which takes a moment. Ignores the first signal. */
const SUBMITTER = `
  const [lock, file] = process.argv.slice(1);
  const engine = (name) => require(${JSON.stringify(path.resolve('out/engine'))} + '/' + name);
  const { newSubmission, writePlan, writeJobs } = engine('studies/slurm/record.js');
  const submit = async () => {
    const folder = await newSubmission({ file, name: 's' }, new Date());
    const scripts = [{ script: folder + '/0001.sh', names: new Map([[0, 'dense-seed2']]), isArray: false, job: '12' }];
    await writePlan({ folder, user: 'me', scripts });
    await writeJobs({ folder, scripts });
    await (await claimed)();
    process.exit();
  };
  let signals = 0;
  process.on('SIGTERM', () => ++signals > 1 && setTimeout(submit, 300));
  const claimed = engine('claim.js').claim(lock, String, 'submitting');
  setInterval(() => {}, 1000);
`;
