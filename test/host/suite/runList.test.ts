import assert from 'node:assert/strict';
import type { ListedRun, RunList } from '../../../engine/protocol';
import { Runs, type RunChange } from '../../../extension/runs';
import { summary } from '../../extension/summaries';
import { FakeEngine } from './fakes';

const run = (name: string, fields: Partial<ListedRun> = {}): ListedRun => {
  return { ...summary, directory: `/runs/${name}`, name, ...fields };
};

describe('The list of runs', () => {
  let list: RunList<ListedRun>;
  let engine: FakeEngine;
  let runs: Runs;
  let changes: RunChange[];

  beforeEach(() => {
    list = {
      runs: [run('aws-10'), run('aws-2')],
      problems: [{ directory: '/runs/bad', message: 'run.json is missing.' }],
    };
    engine = new FakeEngine({ 'runs/follow': () => list });
    runs = new Runs(engine);
    changes = [];
    runs.onDidChange((change) => changes.push(change));
  });

  afterEach(() => {
    runs.dispose();
  });

  const follows = () => engine.asked.filter(({ method }) => method === 'runs/follow').length;
  const names = () => runs.all().map(({ name }) => name);

  it('is requested once, and is sorted by names and numbers', async () => {
    await Promise.all([runs.ready(), runs.ready()]);
    await runs.ready();
    assert.equal(follows(), 1);
    assert.deepEqual(names(), ['aws-2', 'aws-10']);
    assert.deepEqual(runs.all(({ name }) => name === 'aws-2').length, 1);
    assert.deepEqual([runs.unreadable(), runs.problemOf('/runs/bad')], [['/runs/bad'], 'run.json is missing.']);
    assert.equal(changes.length, 3);
  });

  it('is requested again after a failed request', async () => {
    engine.answers['runs/follow'] = () => Promise.reject(new Error('The engine ended.'));
    await assert.rejects(runs.ready(), /The engine ended/);
    engine.answers['runs/follow'] = () => list;
    await runs.ready();
    assert.deepEqual(names(), ['aws-2', 'aws-10']);
  });

  it('changes when a run appears, changes, becomes unreadable or is removed', async () => {
    await runs.ready();
    changes.length = 0;
    engine.tell('runs/changed', { directory: '/runs/new', summary: run('new') });
    engine.tell('runs/changed', { directory: '/runs/new', summary: run('new', { status: 'running' }) });
    engine.tell('runs/changed', { directory: '/runs/new', summary: run('new'), problem: 'The log is a folder.' });
    engine.tell('runs/changed', { directory: '/runs/new' });
    assert.deepEqual(
      changes.map(({ before, after, problemChanged }) => [before?.status, after?.status, problemChanged]),
      [
        [undefined, 'waiting', false],
        ['waiting', 'running', false],
        ['running', 'waiting', true],
        ['waiting', undefined, true],
      ],
    );
    assert.equal(runs.get('/runs/new'), undefined);
  });

  it('is followed again after a restart of the engine, without the runs that were removed meanwhile', async () => {
    await runs.ready();
    list = { runs: [run('aws-2', { status: 'done' })], problems: [] };
    changes.length = 0;
    engine.restart();
    await runs.ready();
    assert.equal(follows(), 2);
    assert.deepEqual([names(), runs.unreadable()], [['aws-2'], []]);
    const told = changes.map(({ directory, before, after }) => [directory, before?.status, after?.status]);
    assert.deepEqual(told.sort(), [
      ['/runs/aws-10', 'waiting', undefined],
      ['/runs/aws-2', 'waiting', 'done'],
      ['/runs/bad', undefined, undefined],
    ]);
  });

  it('keeps its runs if the engine does not answer after a restart, and is requested again later', async () => {
    await runs.ready();
    engine.answers['runs/follow'] = () => Promise.reject(new Error('The engine ended.'));
    engine.restart();
    await assert.rejects(runs.ready(), /The engine ended/);
    assert.deepEqual(names(), ['aws-2', 'aws-10'], 'what was known is still shown');
    engine.answers['runs/follow'] = () => list;
    await runs.ready();
    assert.deepEqual(names(), ['aws-2', 'aws-10']);
  });
});
