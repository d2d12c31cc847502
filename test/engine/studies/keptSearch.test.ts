/** Tests that every option in which a search is kept may be changed afterwards, and that runs which are made later fit the study file. */
import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OPTION_NAMES } from '../../../engine/runs/options';
import { optionsOf, readRecord } from '../../../engine/runs/record';
import { expand } from '../../../engine/studies/expand';
import { makeStudyRun } from '../../../engine/studies/makeRun';
import { directoryOf } from '../../../engine/studies/place';
import { readState } from '../../../engine/studies/states';
import { readStudy } from '../../../engine/studies/studyFile';
import type { RunOptions } from '../../../engine/vocabulary/runOptions';
import { temporaryFolder } from '../../fixtures';
import { endRunning, start } from '../process';

const SAMPLE = { format: 'idx', path: path.resolve('engine/datasets/sample'), limit: { train: 256, test: 64 } };
const OPTIONS = {
  ...{ model: { model: 'mlp', options: { hidden: [16] } }, dataset: SAMPLE, backend: 'wasm' },
  ...{ rounds: 1, pruningFraction: 0.5, warmupEpochs: 1, epochsPerRound: 1, finalEpochs: 1, batchSize: 64 },
};

/** Another value of each option. */
const OTHER: { [N in keyof RunOptions]-?: unknown } = {
  method: 'aws',
  model: { model: 'mlp', options: { hidden: [8] } },
  dataset: { ...SAMPLE, limit: { train: 128, test: 64 } },
  rounds: 2,
  targetSparsity: 0.75,
  pruningFraction: 0.25,
  scope: 'layer-wise',
  criterion: 'random',
  warmupEpochs: 2,
  epochsPerRound: 2,
  rewindStep: 1,
  roundSchedule: 'step',
  normalizationInterpolation: { high: 0.5 },
  optimizer: 'adam',
  learningRate: 0.01,
  momentum: 0.5,
  weightDecay: 0,
  schedule: 'cosine',
  batchSize: 32,
  augmentation: { crop: 2 },
  finalEpochs: 3,
  seed: 7,
  dataSeed: 9,
  backend: 'tensorflow',
};

const content = (options: object, search: object = { method: 'lrr' }) => ({
  options,
  nodes: {
    search: { run: 'search', set: search },
    ticket: { run: 'transfer', from: 'search#round-01', set: { variant: 'signed-mask', seed: 2 } },
    again: { run: 'transfer', from: 'search#round-00', set: { variant: 'mask-only', seed: 3 } },
    basin: { run: 'connectivity', a: 'search#round-01', b: 'search#round-01', set: { points: 2 } },
  },
});

describe('a search of a study whose file was changed', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const file = () => inFolder('kept.study.json');
  const write = async (study: object) => {
    writeFileSync(file(), JSON.stringify(study));
    const read = await readStudy(file());
    return { study: read, runs: expand(read) };
  };
  beforeEach(async () => {
    await write(content(OPTIONS));
    const { code, stderr } = await start(['study', 'run', file(), '--only', 'search']).ended;
    assert.equal(code, 0, stderr);
  });
  afterEach(endRunning);

  it('gives runs the options of the file, whatever option it is kept in', async () => {
    const kept: string[] = [];
    const { schedule, ...others } = { schedule: undefined, ...OPTIONS };
    for (const name of OPTION_NAMES) {
      const { rounds, ...uncounted } = { ...others };
      const base = name === 'targetSparsity' ? uncounted : { ...others, rounds };
      const given = content({ ...base, [name]: OTHER[name] }, name === 'method' ? {} : undefined);
      const { study, runs } = await write(given);
      const [search, ...derived] = runs;
      if ((await readState(study, search!)).conflict) continue;
      kept.push(name);
      assert.equal(await makeStudyRun(study, search!), directoryOf(study, 'search'), `${name}: it can continue`);
      for (const run of derived) {
        const directory = directoryOf(study, run.name);
        await makeStudyRun(study, run);
        assert.equal((await readState(study, run)).message, undefined, `${name} of ${run.name}`);
        const made = optionsOf(await readRecord(directory));
        assert.deepEqual(made[name], run.options[name], `${name} of ${run.name}`);
        const { study: before, runs: former } = await write(content(OPTIONS));
        const same = former.find((one) => one.name === run.name)!;
        const { conflict } = await readState(before, same);
        if (!conflict) await makeStudyRun(before, same); // it can continue although the file was changed back
        rmSync(directory, { recursive: true });
      }
      await write(given);
    }
    assert.deepEqual(kept, ['schedule', 'finalEpochs', 'backend']);
    assert.ok(existsSync(directoryOf({ file: file(), name: 'kept' }, 'search')));
  });

  it('trains a transfer anew with another number of epochs after --retry', async () => {
    const only = { search: content({}).nodes.search, ticket: content({}).nodes.ticket };
    const run = async (finalEpochs: number, ...more: string[]) => {
      await write({ options: { ...OPTIONS, finalEpochs }, nodes: only });
      return start(['study', 'run', file(), ...more, '--json']).ended;
    };
    assert.equal((await run(1)).code, 0);
    assert.match((await run(2)).stdout, /"fields":\s*\[\s*"finalEpochs"\s*\]/);
    const { code, stdout, stderr } = await run(2, '--retry', 'ticket');
    assert.deepEqual([code, (JSON.parse(stdout) as { counts: object }).counts], [0, { done: 2 }], stderr);
  });
});
