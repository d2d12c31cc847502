import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expand, type StudyRun } from '../../../engine/studies/expand';
import { endedOf } from '../../../engine/studies/place';
import { readProgress, readStates, type RunState } from '../../../engine/studies/states';
import { readStudy } from '../../../engine/studies/studyFile';
import { temporaryFolder } from '../../fixtures';
import { largeStudy, makeLargeStudy } from './manyRuns';

interface Index {
  runs: Record<string, { status: string; message?: string }>;
}

describe('the index of the runs of a study that have ended', () => {
  const inFolder = temporaryFolder();
  const SEEDS = 8;
  const MADE_UP = 'From the index.';
  const file = () => inFolder('large/large.study.json');
  const index = () => endedOf({ file: file(), name: 'large' });
  const progress = async () => {
    const study = await readStudy(file());
    return readProgress(study, expand(study));
  };
  const brief = (states: readonly RunState[]) => states.map(({ run, status, message }) => [run.name, status, message]);
  const change = (edit: (index: Index) => void) => {
    const found = JSON.parse(readFileSync(index(), 'utf8')) as Index;
    edit(found);
    writeFileSync(index(), JSON.stringify(found));
  };
  const isIndexed = ({ message }: RunState) => message === MADE_UP;
  let runs: StudyRun[];

  beforeEach(async () => {
    ({ runs } = await makeLargeStudy(inFolder('large'), SEEDS));
    await progress();
    change((found) => {
      for (const one of Object.values(found.runs)) one.message = MADE_UP;
    });
  });

  it('gives the states and the times that the runs have themselves', async () => {
    const study = await readStudy(file());
    const read = await readStates(study, runs);
    rmSync(index());
    const [first, again] = [await progress(), await progress()];
    assert.deepEqual(brief(first), brief(read));
    assert.deepEqual(again, first);
    assert.deepEqual(
      again.map(({ seconds }) => seconds),
      read.map(({ overview }) => overview?.seconds),
    );
    assert.equal(Object.keys((JSON.parse(readFileSync(index(), 'utf8')) as Index).runs).length, runs.length);
  });

  it('is used for each run whose record and log have not changed', async () => {
    assert.ok((await progress()).every(isIndexed));
    const [first, second, third] = runs.map(({ name }) => path.join(path.dirname(index()), name));
    utimesSync(path.join(first!, 'run.json'), 1, 1);
    utimesSync(path.join(second!, 'events.jsonl'), 1, 1);
    rmSync(third!, { recursive: true });
    const states = await progress();
    assert.deepEqual(
      states.slice(0, 4).map((state) => [state.status, isIndexed(state)]),
      [
        ['done', false],
        ['done', false],
        ['queued', false],
        ['done', true],
      ],
    );
  });

  it('keeps what it has of other runs if only a part of the study is read', async () => {
    const study = await readStudy(file());
    const part = runs.slice(0, 100);
    for (const { name } of part) utimesSync(path.join(path.dirname(index()), name, 'events.jsonl'), 1, 1);
    const read = await readProgress(study, part);
    assert.ok(!read.some(isIndexed));
    const states = await progress();
    assert.ok(states.length > part.length);
    const changed = new Set(part.map(({ name }) => name));
    const isReadAgain = ({ run }: RunState) => run.needs.some((name) => changed.has(name));
    assert.ok(states.slice(part.length).every((state) => isIndexed(state) !== isReadAgain(state)));
  });

  it('is not used after the study has changed, or if it is corrupt', async () => {
    const study = largeStudy(SEEDS) as { options: object };
    writeFileSync(file(), JSON.stringify({ ...study, options: { ...study.options, momentum: 0.5 } }));
    const states = await progress();
    assert.match(states[0]!.message!, /other options \("momentum" differs\)/);
    writeFileSync(file(), JSON.stringify(study));
    for (const text of ['{', '{"version":2}', JSON.stringify({ version: 1, study: '', runs: { search: 1 } })]) {
      writeFileSync(index(), text);
      assert.ok((await progress()).every((state) => state.status === 'done' && !isIndexed(state)));
    }
  });

  it('is written only after many runs have ended', async () => {
    const small = await makeLargeStudy(inFolder('small'), 2);
    await readProgress(small.study, small.runs);
    assert.ok(!existsSync(endedOf(small.study)));
  });
});
