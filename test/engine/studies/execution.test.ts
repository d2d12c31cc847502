/** Tests that `study status` says what executes a study, and how to continue if nothing does. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { executionLines } from '../../../engine/terminal/studyExecution';
import { expand } from '../../../engine/studies/expand';
import type { RunStateInSlurm } from '../../../engine/studies/slurm/jobs';
import { readProgress } from '../../../engine/studies/states';
import { readStudy } from '../../../engine/studies/studyFile';
import { temporaryFolder } from '../../fixtures';
import { until } from '../../until';
import { checkOutput } from '../outputSchema';
import { endRunning, start } from '../process';

const SAMPLE = { format: 'idx', path: path.resolve('engine/datasets/sample'), limit: { train: 256, test: 64 } };
const STUDY = {
  options: {
    ...{ model: { model: 'mlp', options: { hidden: [16] } }, dataset: SAMPLE, backend: 'wasm', method: 'lrr' },
    ...{ rounds: 1, pruningFraction: 0.5, warmupEpochs: 100_000, epochsPerRound: 1, finalEpochs: 1 },
  },
  nodes: {
    search: { run: 'search' },
    ticket: { run: 'transfer', from: 'search#round-01', set: { variant: 'retrain' } },
  },
};
const CONTINUE = /^No process executes this study\. To continue, run “.* study run .*small\.study\.json”\.$/m;

describe('the status of a study', function () {
  this.timeout(120_000);
  const temporary = temporaryFolder();
  const file = () => temporary('small.study.json');
  beforeEach(() => {
    writeFileSync(file(), JSON.stringify(STUDY));
  });
  afterEach(endRunning);

  it('names the process that executes it, and says how to continue when it has ended', async () => {
    const status = async () => {
      const [text, json] = await Promise.all(
        [[], ['--json']].map((more) => start(['study', 'status', file(), ...more]).ended),
      );
      const document = JSON.parse(json!.stdout) as { executing: boolean; process?: object };
      checkOutput('studyStatus', document);
      return { text: text!.stdout, executing: document.executing, process: document.process };
    };
    const { child, ended } = start(['study', 'run', file()]);
    await until('the search runs', () => existsSync(temporary('.winning-sign/small.study/search/lock')));
    const during = await status();
    assert.deepEqual([during.executing, during.process], [true, { pid: child.pid, host: os.hostname() }]);
    assert.match(during.text, new RegExp(`^Process ${child.pid!} on .* executes this study\\.$`, 'm'));
    assert.doesNotMatch(during.text, /To continue/);
    child.kill('SIGKILL');
    await ended;
    const after = await status();
    assert.deepEqual([after.executing, after.process], [false, undefined]);
    assert.match(after.text, CONTINUE);
  });

  for (const delayMs of [0, 50, 100])
    it(`has no failed run if the study is stopped ${delayMs} ms after it made one`, async () => {
      const { child, ended } = start(['study', 'run', file()]);
      await until('the run is made', () => existsSync(temporary('.winning-sign/small.study/search/run.json')));
      await delay(delayMs);
      child.kill('SIGINT');
      const { stdout, stderr, code } = await ended;
      assert.equal(code, 130, stderr);
      assert.doesNotMatch(stdout, /failed|exit code/);
      assert.match(stdout, /^Runs: .*1 (queued|stopped), 1 waiting\.$/m);
    });

  it('says how long the rest would take, and what cannot continue', async () => {
    const study = await readStudy(file());
    const waiting: RunStateInSlurm[] = await readProgress(study, expand(study));
    const linesFor = (states: RunStateInSlurm[], left?: number) =>
      executionLines(study, { jobs: 0 }, { states, left }).join('\n');
    assert.equal(
      linesFor(waiting).replace('To begin', 'To continue'),
      linesFor([{ ...waiting[0]!, status: 'stopped' }]),
    );
    assert.match(linesFor(waiting), /^No process executes this study\. To begin, run “/);
    assert.match(
      linesFor([{ ...waiting[0]!, status: 'interrupted' }], 120),
      /To continue \(about 2 min, from the times of its finished runs\), run “/,
    );
    const job = { id: '12_0', state: 'TIMEOUT', reason: '' };
    assert.match(linesFor([{ ...waiting[0]!, status: 'interrupted', job }]), /small\.study\.json --executor slurm”\.$/);
    const diverged = linesFor([{ ...waiting[0]!, status: 'diverged' }, waiting[1]!]);
    assert.equal(diverged, '1 run needs a checkpoint of search, which diverged.');
    const elsewhere = { pid: 7, host: 'node017', started: '', machine: 'other' };
    const lines = executionLines(study, { process: elsewhere, jobs: 1 }, { states: waiting, left: undefined });
    assert.deepEqual(lines, [
      'Process 7 on node017 executes this study, unless it has ended since.',
      '1 run has a job in Slurm.',
    ]);
  });
});
