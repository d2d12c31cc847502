import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MachineError } from '../../../engine/errors';
import { Dropper } from '../../../engine/studies/drop';
import { expand, type StudyRun } from '../../../engine/studies/expand';
import { droppableFiles, filesOf } from '../../../engine/studies/keep';
import { directoryOf } from '../../../engine/studies/place';
import { planStudy } from '../../../engine/studies/plan';
import { readStates } from '../../../engine/studies/states';
import { readStudy } from '../../../engine/studies/studyFile';
import type { KeepRule } from '../../../engine/vocabulary/study';
import { temporaryFolder } from '../../fixtures';
import { largeStudy, makeLargeStudy } from './manyRuns';

const STATE = 'state/training.safetensors';
const [INIT, FINAL, REWIND] = ['init', 'final', 'rewind'].map((name) => `checkpoints/${name}.safetensors`);
const round = (number: number) => `checkpoints/round-0${number}.safetensors`;

describe('the rule “keep” of a study', () => {
  const inFolder = temporaryFolder();
  const runsOf = async (keep?: KeepRule, set: object = {}) => {
    const base = largeStudy(1) as { options: object };
    const file = inFolder('kept.study.json');
    writeFileSync(file, JSON.stringify({ ...base, options: { ...base.options, ...set }, ...(keep && { keep }) }));
    return expand(await readStudy(file));
  };
  const dropped = async (keep: KeepRule, name: string, set?: object) =>
    droppableFiles(keep, await runsOf(keep, set))
      .get(name)
      ?.map(({ file }) => file);

  it('keeps everything, the rounds of searches, or only what other runs read', async () => {
    assert.equal(droppableFiles('all', await runsOf()).size, 0);
    assert.deepEqual(await dropped('rounds', 'search-lrr'), [STATE]);
    // Only round 3 has transfers; they also read the initialization.
    assert.deepEqual(await dropped('results', 'search-lrr'), [STATE, ...[0, 1, 2, 4, 5].map(round)]);
    for (const keep of ['rounds', 'results'] as const)
      for (const name of ['dense-seed2', 'ticket-lrr-r03-retrain-seed2'])
        assert.deepEqual(await dropped(keep, name), [STATE, INIT, FINAL]);
    assert.deepEqual(await dropped('results', 'basin-lrr-r03-seed2'), []);
  });

  it('keeps the weights to which imp rewinds a round', async () => {
    const alone = async (keep: KeepRule, set: object) => {
      const search = (await runsOf(keep, set)).find(({ name }) => name === 'search-lrr')!;
      const imp: StudyRun = { ...search, options: { ...search.options, method: 'imp', ...set } };
      return droppableFiles(keep, [imp])
        .get(imp.name)!
        .map(({ file }) => file);
    };
    assert.deepEqual(await alone('rounds', { rewindStep: 0 }), [STATE]);
    assert.deepEqual(await alone('rounds', { rewindStep: 100 }), [STATE, INIT]);
    assert.deepEqual(await alone('results', { rewindStep: 100 }), [
      ...[STATE, INIT, REWIND],
      ...[0, 1, 2, 3, 4, 5].map(round),
    ]);
  });

  it('waits for all runs that read a checkpoint', async () => {
    const files = droppableFiles('results', await runsOf('results')).get('ticket-lrr-r03-retrain-seed2')!;
    assert.deepEqual(
      files.map(({ file, readers }) => [file, readers]),
      [
        [STATE, []],
        [INIT, []],
        [FINAL, ['basin-lrr-r03-seed2']],
      ],
    );
  });

  it('makes the planned size smaller', async () => {
    const sizes = [];
    for (const keep of ['all', 'rounds', 'results'] as const) {
      const runs = await runsOf(keep);
      const states = await readStates(await readStudy(inFolder('kept.study.json')), runs);
      sizes.push((await planStudy(states, { cores: 1, keep })).bytes);
    }
    const [all, rounds, results] = sizes as [number, number, number];
    assert.ok(all > rounds && rounds > results && results > 0);
    // Two searches keep their initialization and 6 rounds, or only the initialization and round 3.
    assert.ok(Math.abs(rounds / results - 7 / 2) < 1e-9, `${rounds} ${results}`);
  });

  describe('with directories', () => {
    const make = async () => {
      const folder = inFolder('made');
      const { study, runs } = await makeLargeStudy(folder, 1);
      for (const run of runs)
        for (const file of filesOf(run)) {
          const at = path.join(directoryOf(study, run.name), file);
          mkdirSync(path.dirname(at), { recursive: true });
          writeFileSync(at, 'network');
        }
      return { study: { ...study, study: { ...study.study, keep: 'results' as const } }, runs };
    };
    const checkpoints = (directory: string) => readdirSync(path.join(directory, 'checkpoints')).sort();

    it('drops the files of runs that are done, and lists them in their directory', async () => {
      const { study, runs } = await make();
      const dropper = new Dropper(study, runs);
      await dropper.drop();
      const search = directoryOf(study, 'search-lrr');
      assert.deepEqual(checkpoints(search), ['init.safetensors', 'round-03.safetensors']);
      assert.deepEqual(checkpoints(directoryOf(study, 'dense-seed2')), []);
      const list = JSON.parse(readFileSync(path.join(search, 'dropped.json'), 'utf8')) as unknown;
      assert.deepEqual(list, {
        ...{ keep: 'results', study: 'large.study.json' },
        files: [STATE, ...[0, 1, 2, 4, 5].map(round)],
      });
      assert.match(dropper.text()!, /^Dropped 45 files .* \("keep": "results"\)\.$/);
      const again = new Dropper(study, runs);
      await again.drop();
      assert.equal(again.text(), undefined);
    });

    it('keeps what a run reads that is not done, has other options, or does not exist', async () => {
      const { study, runs } = await make();
      const basin = directoryOf(study, 'basin-lrr-r03-seed2');
      const ticket = directoryOf(study, 'ticket-lrr-r03-retrain-seed2');
      const ended = readFileSync(path.join(basin, 'events.jsonl'), 'utf8');
      const started = ended.split('\n')[0]! + '\n';
      const outcomes = ['stopped', 'failed', 'diverged'].map(
        (outcome) => started + JSON.stringify({ type: 'ended', time: 2, outcome }) + '\n',
      );
      for (const log of [started, ...outcomes]) {
        writeFileSync(path.join(basin, 'events.jsonl'), log);
        await new Dropper(study, runs).drop();
        assert.deepEqual(checkpoints(ticket), ['final.safetensors']);
      }
      writeFileSync(path.join(basin, 'events.jsonl'), ended);
      const record = readFileSync(path.join(basin, 'run.json'), 'utf8');
      writeFileSync(path.join(basin, 'run.json'), record.replace('"points": ', '"points": 1'));
      await new Dropper(study, runs).drop();
      assert.deepEqual(checkpoints(ticket), ['final.safetensors']);
      renameSync(basin, `${basin}-moved`);
      await new Dropper(study, runs).drop();
      assert.deepEqual(checkpoints(ticket), ['final.safetensors']);
      renameSync(`${basin}-moved`, basin);
      writeFileSync(path.join(basin, 'run.json'), record);
      await new Dropper(study, runs).drop();
      assert.deepEqual(checkpoints(ticket), []);
    });

    it('does not touch a run with other options, nor files outside of the folder of the study', async () => {
      const { study, runs } = await make();
      const dense = directoryOf(study, 'dense-seed2');
      const record = readFileSync(path.join(dense, 'run.json'), 'utf8');
      writeFileSync(path.join(dense, 'run.json'), record.replace('"seed": 2', '"seed": 5'));
      const search = directoryOf(study, 'search-aws');
      renameSync(path.join(search, 'checkpoints'), inFolder('elsewhere'));
      symlinkSync(inFolder('elsewhere'), path.join(search, 'checkpoints'));
      const ticket = directoryOf(study, 'ticket-aws-r03-retrain-seed2');
      renameSync(ticket, inFolder('other-run'));
      symlinkSync(inFolder('other-run'), ticket);
      await new Dropper(study, runs).drop();
      assert.deepEqual(checkpoints(dense), ['final.safetensors', 'init.safetensors']);
      assert.equal(checkpoints(search).length, 7);
      assert.equal(checkpoints(ticket).length, 2);
    });

    it('goes on after it was interrupted between the list and the files', async () => {
      const { study, runs } = await make();
      const interrupted = new Dropper(study, runs, () => Promise.reject(new MachineError('Killed here.')));
      await interrupted.drop();
      assert.equal(interrupted.text(), 'Killed here.');
      const [first] = runs.filter(({ name }) => existsSync(path.join(directoryOf(study, name), 'dropped.json')));
      const there = filesOf(first!).map((file) => path.join(directoryOf(study, first!.name), file));
      assert.ok(there.every((file) => existsSync(file)));
      await new Dropper(study, runs).drop();
      assert.ok(!existsSync(path.join(directoryOf(study, first!.name), STATE)));
    });
  });
});
