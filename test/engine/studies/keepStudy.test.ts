import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { StudyPlan, StudyTable } from '../../../engine/vocabulary/study';
import { temporaryFolder } from '../../fixtures';
import { callIn } from '../reusedProcess';
import { endRunning, start } from '../process';

const SAMPLE = { format: 'idx', path: path.resolve('engine/datasets/sample'), limit: { train: 128, test: 64 } };
const TRANSFER = { run: 'transfer', over: ['variant'], set: { seed: 2 } };
const STUDY = {
  options: {
    ...{ model: { model: 'mlp', options: { hidden: [8] } }, dataset: SAMPLE, backend: 'wasm', batchSize: 64 },
    ...{ rounds: 2, pruningFraction: 0.5, warmupEpochs: 1, epochsPerRound: 1, finalEpochs: 1 },
  },
  axes: { variant: ['retrain', 'signed-mask'] },
  nodes: {
    search: { run: 'search', set: { method: 'lrr', seed: 1 } },
    ticket: { ...TRANSFER, from: 'search#round-01' },
    basin: {
      run: 'connectivity',
      a: { node: 'ticket', where: { variant: 'signed-mask' } },
      b: { node: 'ticket', where: { variant: 'retrain' } },
      set: { points: 2 },
    },
  },
  results: {
    accuracy: { of: 'ticket', measure: 'accuracy', rows: ['variant'] },
    rounds: { of: 'search', measure: 'accuracy', rows: [] },
    sign: { of: 'ticket', measure: 'same sign', rows: ['variant'] },
    barrier: { of: 'basin', measure: 'barrier', rows: [] },
  },
};

describe('a study that keeps only results', function () {
  this.timeout(240_000);
  const temporary = temporaryFolder();
  afterEach(endRunning);

  const write = (study: object) => {
    writeFileSync(temporary('small.study.json'), JSON.stringify(study));
  };
  const cli = (...args: string[]) => callIn(temporary('.'), ...args);
  const study = async (action: string, ...rest: string[]) => {
    const args = ['study', action, 'small.study.json', ...rest, '--json'];
    const { code, stdout, stderr } = await (action === 'run' ? start(args, {}, temporary('.')).ended : cli(...args));
    return { code, stderr, document: (stdout === '' ? {} : JSON.parse(stdout)) as unknown };
  };
  const directory = (name: string) => temporary(`.winning-sign/small.study/${name}`);
  const checkpoints = (name: string) => readdirSync(path.join(directory(name), 'checkpoints')).sort();

  it('has the same tables without the checkpoints, and says what to do if one is needed again', async () => {
    write(STUDY);
    const complete = await study('run');
    assert.equal(complete.code, 0, complete.stderr);
    const { tables } = complete.document as { tables: StudyTable[] };
    const size = ((await study('plan')).document as StudyPlan).bytes;

    write({ ...STUDY, keep: 'results' });
    const planned = (await study('plan')).document as StudyPlan;
    assert.ok(planned.bytes < size / 2, `${planned.bytes} of ${size}`);
    const dropping = await study('run');
    assert.equal(dropping.code, 0, dropping.stderr);
    assert.match(
      dropping.stderr,
      /Dropped 9 files with checkpoints or saved states \(.*B\) .* \("keep": "results"\)\./,
    );
    assert.deepEqual((dropping.document as { tables: StudyTable[] }).tables, tables);
    assert.deepEqual(checkpoints('search'), ['init.safetensors', 'round-01.safetensors']);
    for (const name of ['ticket-retrain', 'ticket-signed-mask']) assert.deepEqual(checkpoints(name), []);

    const log = readFileSync(path.join(directory('ticket-retrain'), 'events.jsonl'), 'utf8');
    const again = await study('run');
    assert.equal(again.code, 0, again.stderr);
    assert.doesNotMatch(again.stderr, /Dropped|\[/);
    assert.deepEqual((again.document as { tables: StudyTable[] }).tables, tables);
    assert.equal(readFileSync(path.join(directory('ticket-retrain'), 'events.jsonl'), 'utf8'), log);
    assert.deepEqual(((await study('status')).document as { counts: object }).counts, { done: 4 });
    for (const name of ['search', 'ticket-retrain', 'basin']) {
      const resumed = await cli('resume', directory(name));
      assert.equal(resumed.code, 0, resumed.stderr);
    }
    const ended = await cli('resume', directory('ticket-retrain'));
    assert.match(ended.stdout + ended.stderr, /has dropped this checkpoint/);
    const listed = await cli('runs', temporary('.winning-sign'), '--json');
    const { runs, problems } = JSON.parse(listed.stdout) as { runs: { status: string }[]; problems: unknown[] };
    assert.deepEqual([runs.map(({ status }) => status), problems], [['done', 'done', 'done', 'done'], []]);

    const lost = path.join(directory('search'), 'checkpoints/round-02.safetensors');
    const inspected = await cli('inspect', lost);
    assert.equal(inspected.code, 2);
    assert.ok(inspected.stderr.includes(`${lost}: the study small.study.json has dropped this checkpoint`));
    const late = { ...TRANSFER, from: 'search#round-02' };
    write({ ...STUDY, keep: 'results', nodes: { ...STUDY.nodes, late } });
    const needy = await study('run');
    assert.equal(needy.code, 1);
    const advice = `To make it again, remove ${directory('search')} and run the study again.`;
    assert.ok(needy.stderr.includes(advice), needy.stderr);
    rmSync(directory('search'), { recursive: true });
    const remade = await study('run');
    assert.equal(remade.code, 0, remade.stderr);
    assert.deepEqual((remade.document as { tables: StudyTable[] }).tables, tables);
    assert.deepEqual(checkpoints('search'), ['init.safetensors', 'round-01.safetensors', 'round-02.safetensors']);
    assert.ok(existsSync(directory('late-retrain')));
  });
});
