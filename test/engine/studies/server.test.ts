/** Tests studies in the server: a process over real JSON-RPC, with real runs. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { StudyChange, StudyDelta, StudyRunRow, StudySummary } from '../../../engine/protocol';
import { temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';
import { until } from '../../until';
import { startServer, type ServerProcess } from '../serverProcess';
import { findingsOf } from '../../../engine/vocabulary/studyFindings';

const SAMPLE = { format: 'idx', path: path.resolve('engine/datasets/sample'), limit: { train: 256, test: 64 } };
const STUDY = {
  question: 'Does it work?',
  options: {
    ...{ model: { model: 'mlp', options: { hidden: [16] } }, dataset: SAMPLE, backend: 'wasm' },
    ...{ rounds: 1, pruningFraction: 0.5, warmupEpochs: 1, epochsPerRound: 1, finalEpochs: 1, batchSize: 64 },
  },
  axes: { round: 'all', variant: ['retrain', 'signed-mask'], seed: [2] },
  nodes: {
    dense: { run: 'training', over: ['seed'] },
    search: { run: 'search', set: { method: 'lrr', seed: 1 } },
    ticket: { run: 'transfer', over: ['round', 'variant', 'seed'], from: 'search#round' },
  },
  results: {
    accuracy: { of: 'ticket', measure: 'accuracy', rows: ['round'], columns: 'variant', baseline: 'dense' },
  },
};

describe('studies in the server', function () {
  this.timeout(120_000);
  const temporary = temporaryFolder();
  let server: ServerProcess;
  let changes: StudyChange[];
  let deltas: StudyDelta[];
  const file = () => temporary('experiments/small.study.json');

  beforeEach(async () => {
    mkdirSync(temporary('experiments'));
    [changes, deltas] = [[], []];
    server = await startServer();
    server.on('studies/changed', (change) => changes.push(change));
    server.on('study/changed', (delta) => deltas.push(delta));
  });
  afterEach(async () => {
    if (existsSync(file())) {
      await server.request('study/stop', { file: file() });
      const lock = temporary('experiments/.winning-sign/small.study/study.lock');
      await until('the study has ended', () => !existsSync(lock));
    }
    await server.close();
  });

  const write = (study: object) => {
    writeFileSync(file(), JSON.stringify(study));
  };
  const last = (): StudySummary | undefined => changes.findLast((change) => change.file === file())?.summary;

  it('lists studies, and follows those that appear, change and vanish', async () => {
    const follow = () => server.request('studies/follow', { folders: [temporary('.')] });
    assert.deepEqual(await follow(), { studies: [], problems: [] });
    write(STUDY);
    await until('the study is announced', () => last() !== undefined);
    const folder = temporary('experiments/.winning-sign/small.study');
    const counts = { queued: 2, waiting: 2 };
    const summary = {
      file: file(),
      name: 'small',
      question: 'Does it work?',
      folder,
      counts,
      nodes: Object.keys(STUDY.nodes),
    };
    assert.deepEqual(last(), { ...summary, executing: false, stopping: false });
    write({ ...STUDY, axes: { ...STUDY.axes, seed: [2, 3] } });
    await until('more runs are announced', () => last()?.counts.queued === 3);
    write({ ...STUDY, nodes: {} });
    await until('the mistake is announced', () => changes.at(-1)?.problem !== undefined);
    assert.match(changes.at(-1)!.problem!, /^Line 1: .*"nodes"/);
    assert.deepEqual((await follow()).problems.length, 1);
    rmSync(file());
    await until('the removal is announced', () => Object.keys(changes.at(-1)!).length === 1);
    assert.deepEqual(await follow(), { studies: [], problems: [] });
  });

  it('runs a study, sends the changes of its panel, and writes its results', async () => {
    write(STUDY);
    await server.request('studies/follow', { folders: [temporary('.')] });
    const before = await server.request('study/snapshot', { file: file() });
    assert.deepEqual(before.axes, { round: [1], variant: ['retrain', 'signed-mask'], seed: [2] });
    assert.deepEqual(
      before.runs.map(({ name, status }) => [name, status]),
      [
        ['dense-seed2', 'queued'],
        ['search', 'queued'],
        ['ticket-r01-retrain-seed2', 'waiting'],
        ['ticket-r01-signed-mask-seed2', 'waiting'],
      ],
    );
    const plan = await server.request('study/plan', { file: file(), cores: 1 });
    checkOutput('studyPlan', plan);
    assert.ok(plan.seconds! > 0);
    await server.request('study/start', { file: file(), cores: 2 });
    assert.equal(last()?.executing, true);
    await assert.rejects(server.request('study/start', { file: file() }), /is running this study already/);
    await until('all is done', () => last()?.counts.done === 4 && !last()!.executing);
    const after = await server.request('study/snapshot', { file: file() });
    const rows = new Map(before.runs.map((row): [string, StudyRunRow] => [row.name, row]));
    for (const delta of deltas) for (const row of delta.runs) rows.set(row.name, row);
    assert.deepEqual([...rows.values()], after.runs, 'what was pushed is what is there');
    assert.deepEqual(deltas.findLast(({ tables }) => tables)?.tables, after.tables);
    assert.equal(after.tables[0]!.rows[0]!.cells.length, 2);
    assert.match(after.provenance!.join(' '), /^SHA-256 of the data: [0-9a-f]{64}\. Computed by wasm/);
    const search = after.runs.find(({ name }) => name === 'search')!;
    assert.deepEqual(
      search.rounds?.map(({ round, checkpoint }) => [round, existsSync(checkpoint)]),
      [
        [0, true],
        [1, true],
      ],
    );
    assert.equal(search.value, search.rounds.at(-1)!.accuracy);

    const out = (name: string) => temporary(name);
    const table = { file: file(), format: 'csv', out: out('table.csv') } as const;
    assert.deepEqual(await server.request('study/table', table), { file: out('table.csv') });
    assert.match(readFileSync(out('table.csv'), 'utf8'), /^table,measure,round,column,mean/);
    await server.request('study/table', { file: file(), format: 'json', out: out('table.json') });
    const tables = after.tables.map((one) => ({ ...one, findings: findingsOf(one) }));
    assert.deepEqual(JSON.parse(readFileSync(out('table.json'), 'utf8')), { tables });
    await server.request('study/figure', { file: file(), out: out('figure.svg'), width: 100 });
    assert.match(readFileSync(out('figure.svg'), 'utf8'), /<svg [^>]*width="100mm"/);
    await server.request('study/report', { file: file(), out: out('page.html') });
    assert.match(readFileSync(out('page.html'), 'utf8'), /Does it work\?/);
  });

  it('sends no changes of a study to panels after the last one was closed', async () => {
    write(STUDY);
    await server.request('studies/follow', { folders: [temporary('.')] });
    const changed = async (seeds: number[]) => {
      const before = deltas.length;
      write({ ...STUDY, axes: { ...STUDY.axes, seed: seeds } });
      await until('the change is announced', () => last()?.counts.queued === seeds.length + 1);
      return deltas.length - before;
    };
    await server.request('study/snapshot', { file: file(), once: true });
    assert.equal(await changed([2, 3]), 0);
    await server.request('study/snapshot', { file: file() });
    assert.equal(await changed([2, 3, 4]), 1);
    assert.deepEqual(await server.request('study/close', { file: file() }), {});
    assert.equal(await changed([2]), 0);
  });

  it('stops a study, which outlives the server, and continues only a part of it', async () => {
    write({ ...STUDY, options: { ...STUDY.options, warmupEpochs: 400 } });
    await server.request('studies/follow', { folders: [temporary('.')] });
    await server.request('study/start', { file: file(), cores: 2 });
    await server.close();
    server = await startServer();
    server.on('studies/changed', (change) => changes.push(change));
    changes = [];
    const [followed] = (await server.request('studies/follow', { folders: [temporary('.')] })).studies;
    assert.equal(followed?.executing, true);
    await until('the search runs', () => existsSync(temporary('experiments/.winning-sign/small.study/search/lock')));
    const { stopping } = await server.request('study/stop', { file: file() });
    assert.equal(stopping, true);
    assert.ok(changes.some(({ summary }) => summary?.stopping));
    await until('the study has stopped', () => last()?.executing === false && (last()?.counts.stopped ?? 0) > 0);
    await server.request('study/start', { file: file(), only: ['dense'] });
    // the end of the process may be noticed before the end of its last run
    await until('the part is done', () => last()?.executing === false && !last()?.counts.running);
    assert.deepEqual(last()?.counts, { done: 1, stopped: 1, waiting: 2 });
  });

  it('submits a study, or a part of it, to Slurm with a profile', async function () {
    if (process.platform === 'win32') this.skip();
    const bin = temporary('bin');
    mkdirSync(bin);
    const stand = (name: string, ...lines: string[]) => {
      writeFileSync(path.join(bin, name), ['#!/bin/sh', ...lines].join('\n'), { mode: 0o755 });
    };
    stand('sbatch', `echo "$*" >> '${bin}/calls'`, `wc -l < '${bin}/calls' | tr -d ' '`);
    stand('scontrol', 'echo "MaxArraySize = 1001"');
    stand('squeue', `test -e '${bin}/calls' && echo '1|PENDING|Priority|N/A||/s'; true`);
    await server.close();
    const before = process.env['PATH'];
    process.env['PATH'] = `${bin}:${before ?? ''}`;
    try {
      server = await startServer();
    } finally {
      process.env['PATH'] = before;
    }
    write(STUDY);
    const profile = temporary('experiments/long.slurm.json');
    writeFileSync(profile, JSON.stringify({ time: '2-00' }));
    writeFileSync(temporary('experiments/short.slurm.json'), JSON.stringify({ time: '1:00' }));
    const start = { file: file(), executor: 'slurm' } as const;
    await assert.rejects(server.request('study/start', start), /several Slurm profiles: long.slurm.json, short/);
    await assert.rejects(server.request('study/start', { ...start, profile, memory: 4 }), /the profile says/);
    await assert.rejects(server.request('study/start', { file: file(), profile }), /long.slurm.json is a profile for/);
    await assert.rejects(server.request('study/start', { file: file(), memory: 0 }), /--memory/);
    const part = await server.request('study/start', { ...start, profile, only: ['search'] });
    assert.deepEqual(part, { file: file(), message: 'Submitted 1 run in 1 Slurm job.' });
    assert.match(readFileSync(path.join(bin, 'calls'), 'utf8'), /--time=2-00/);
    const row = (await server.request('study/snapshot', { file: file() })).runs.find(({ name }) => name === 'search');
    assert.equal(row?.job, 'pending (Priority), job 1: jobs with a higher priority are first');
    const rest = await server.request('study/start', { ...start, profile });
    assert.match(rest.message!, /^Submitted 3 runs in \d Slurm jobs?\.$/, 'what has a job is not submitted again');
    rmSync(file()); // there is no process to stop
  });

  it('writes new studies from templates, and checks the text of an editor', async () => {
    const { templates, scales } = await server.request('study/templates', {});
    assert.ok(templates.some(({ name }) => name === 'transfer-gap'));
    assert.deepEqual(
      scales.map(({ name }) => name),
      ['demo', 'cifar', 'paper'],
    );
    const request = { template: 'transfer-gap', scale: 'demo', file: file() };
    assert.deepEqual(await server.request('study/new', request), { file: file() });
    await assert.rejects(server.request('study/new', request), /exists already/);
    await assert.rejects(server.request('study/new', { ...request, scale: 'big' }), /The scale is "big"/);
    const check = (text: string) => server.request('study/check', { file: file(), text });
    assert.deepEqual(await check(readFileSync(file(), 'utf8')), { problems: [] });
    const wrong = JSON.stringify({ ...STUDY, options: { ...STUDY.options, epochsPerRound: -1 } }, undefined, 2);
    const { problems } = await check(wrong);
    const line = wrong.split('\n').findIndex((one) => one.includes('epochsPerRound')) + 1;
    assert.deepEqual(
      problems.map(({ range }) => range?.line),
      [line],
      'the place is that in the text, not in the file',
    );
  });
});
