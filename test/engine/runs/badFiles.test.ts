/** Tests that a broken file in a run directory gives one problem in the list, and that other runs are still listed. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UNGUARDED } from '../../../engine/files';
import { listRuns } from '../../../engine/runs/catalogue';
import { EventLog } from '../../../engine/runs/events';
import { stopRun } from '../../../engine/runs/launch';
import { acquireLock } from '../../../engine/runs/lock';
import { checkOptions } from '../../../engine/runs/options';
import { readRun } from '../../../engine/runs/list';
import { recordOf, writeRecord } from '../../../engine/runs/record';
import type { RunRecord } from '../../../engine/vocabulary/runRecord';
import { temporaryFolder } from '../../fixtures';

const MEASURED = { loss: 1, accuracy: 50 };
const ROUND = { type: 'round', time: 1, round: 0, test: MEASURED, train: MEASURED, layers: [] };
const SPARSITY = { prunable: 0.2, all: 0.1 };
const CHECKPOINT = 'checkpoints/round-00.safetensors';

describe('files of a run directory', () => {
  const inFolder = temporaryFolder();
  const record = () => JSON.parse(readFileSync(inFolder('bad', 'run.json'), 'utf8')) as Record<string, unknown>;

  beforeEach(async () => {
    for (const name of ['bad', 'good']) await makeRun(name);
  });

  const records: Record<string, [change: (record: Record<string, unknown>) => unknown, problem: RegExp]> = {
    'no model': [({ model, ...rest }) => rest, /^run\.json has no "model"\.$/],
    'a number as its model': [
      (whole) => ({ ...whole, model: 5 }),
      /^run\.json: field "model" is 5; it must be an object\.$/,
    ],
    'a model without a name': [(whole) => ({ ...whole, model: {} }), /^run\.json has no "model\.model"\.$/],
    'a number as its name': [(whole) => ({ ...whole, name: 7 }), /^run\.json: field "name" is 7; it must be a text\.$/],
    'NaN as text': [
      (whole) => ({ ...whole, learningRate: 'NaN' }),
      /field "learningRate" is "NaN"; it must be a number\.$/,
    ],
    'a negative number of rounds': [
      (whole) => ({ ...whole, rounds: -1 }),
      /field "rounds" is -1; it must be a whole number up to 10000\.$/,
    ],
    'more rounds than can be': [(whole) => ({ ...whole, rounds: 1e15 }), /a whole number up to 10000\.$/],
    'a path that is null': [
      (whole) => ({ ...whole, dataset: { format: 'npz', path: null } }),
      /field "dataset\.path" is null; it must be a text\.$/,
    ],
    'an unknown method': [
      (whole) => ({ ...whole, method: 'gem' }),
      /field "method" is "gem"; it must be "dense", "one-shot", "imp", "lrr" or "aws"\.$/,
    ],
    'no kind': [({ kind, ...rest }) => rest, /^run\.json has no "kind"\.$/],
    'no source': [(whole) => ({ ...whole, kind: 'train' }), /^run\.json has no "source"\.$/],
    'a source without a checkpoint': [
      (whole) => ({ ...whole, kind: 'train', source: { from: 'checkpoint' } }),
      /^run\.json has no "source\.checkpoint"\.$/,
    ],
    'ends that are null': [
      (whole) => ({ ...whole, kind: 'connectivity', a: null }),
      /field "a" is null; it must be an object\.$/,
    ],
    'a later version': [
      (whole) => ({ ...whole, version: 2 }),
      /^run\.json: field "version" is 2, not 1\. Update Winning Sign\.$/,
    ],
    'a list in it': [() => [], /^run\.json is \[\]; it must be an object\.$/],
  };
  for (const [what, [change, problem]] of Object.entries(records))
    it(`run.json: ${what}`, async () => {
      writeFileSync(inFolder('bad', 'run.json'), JSON.stringify(change(record())));
      const { runs, problems } = await listRuns(inFolder());
      assert.deepEqual([runs.map(({ name }) => name), problems.length], [['good'], 1]);
      assert.match(problems[0]!.message, problem);
    });

  it('run.json: may be truncated, or a folder', async () => {
    const whole = readFileSync(inFolder('bad', 'run.json'), 'utf8');
    writeFileSync(inFolder('bad', 'run.json'), whole.slice(0, 50));
    assert.match((await listRuns(inFolder())).problems[0]!.message, /^run\.json:\d+:\d+: Not valid JSON/);
    rmSync(inFolder('bad', 'run.json'));
    mkdirSync(inFolder('bad', 'run.json'));
    assert.deepEqual((await listRuns(inFolder())).problems[0]!.message, 'run.json is not an ordinary file.');
  });

  it('run.json: a path that the system refuses', async () => {
    const directory = inFolder('x'.repeat(300));
    await assert.rejects(readRun(directory), {
      name: 'UserError',
      message: /run\.json cannot be read: its path is too long/,
    });
  });

  it('run.json: fields that this version does not know are kept', async () => {
    writeFileSync(inFolder('bad', 'run.json'), JSON.stringify({ ...record(), later: { a: 1 } }));
    const { snapshot } = await readRun(inFolder('bad'));
    assert.deepEqual((snapshot.record as RunRecord & { later: unknown }).later, { a: 1 });
  });

  const events: Record<string, [event: object | string, problem: RegExp]> = {
    'null as sparsity': [
      { ...ROUND, sparsity: null, checkpoint: CHECKPOINT },
      /^events\.jsonl, line 2: field "sparsity" is null; it must be an object\. The line is ignored\.$/,
    ],
    'a text as a number': [
      { ...ROUND, sparsity: { prunable: 'NaN', all: 0 }, checkpoint: CHECKPOINT },
      /field "sparsity\.prunable" is "NaN"; it must be a number\./,
    ],
    'no layers': [
      { type: 'round', time: 1, round: 0, sparsity: SPARSITY, test: MEASURED, train: MEASURED, checkpoint: CHECKPOINT },
      /line 2 has no "layers"\./,
    ],
    'a round that cannot be': [
      { ...ROUND, round: 1e15, sparsity: SPARSITY, checkpoint: CHECKPOINT },
      /field "round" is 1000000000000000; it must be a whole number up to 10000\./,
    ],
    'an unknown outcome': [{ type: 'ended', time: 1, outcome: 'lost' }, /field "outcome" is "lost"; it must be "done"/],
    'an infinite number': ['{"type":"point","time":1,"alpha":1e999}', /field "alpha" is null; it must be a number\./],
    'a path that leads out': [
      { ...ROUND, sparsity: SPARSITY, checkpoint: '../../secret' },
      /field "checkpoint" is "\.\.\/\.\.\/secret"; it must be a path within the run directory\./,
    ],
    'an absolute path': [
      { ...ROUND, sparsity: SPARSITY, checkpoint: '/etc/passwd' },
      /a path within the run directory\./,
    ],
    'no JSON': ['{"type":', /^events\.jsonl, line 2 is not valid JSON\. The line is ignored\.$/],
    'nested lists': [
      `{"type":"ended","time":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      /^events\.jsonl, line 2 is nested more than 100 levels deep\. The line is ignored\.$/,
    ],
    'a list': ['[]', /^events\.jsonl, line 2 is \[\]; it must be an object\./],
  };
  for (const [what, [event, problem]] of Object.entries(events))
    it(`events.jsonl: ${what}`, async () => {
      appendFileSync(inFolder('bad', 'events.jsonl'), typeof event === 'string' ? event : JSON.stringify(event));
      appendFileSync(inFolder('bad', 'events.jsonl'), '\n{"type":"ended","time":2,"outcome":"done"}\n');
      const { runs, problems } = await listRuns(inFolder());
      assert.deepEqual(
        runs.map(({ name, status, rounds }) => [name, status, rounds.length]),
        [['bad', 'done', 0], ['good', 'stopped', 0]], // prettier-ignore
      );
      assert.equal(problems.length, 1);
      assert.match(problems[0]!.message, problem);
    });

  it('events.jsonl: event types of later versions and NaN are accepted', async () => {
    const epoch = { type: 'epoch', time: 1, round: 0, epoch: 0, epochs: 1, seconds: 1, train: MEASURED };
    appendFileSync(inFolder('bad', 'events.jsonl'), '{"type":"later","time":1}\n');
    appendFileSync(
      inFolder('bad', 'events.jsonl'),
      `${JSON.stringify({ ...epoch, test: { loss: NaN, accuracy: 10 } })}\n`,
    );
    assert.deepEqual((await listRuns(inFolder())).problems, []);
    assert.deepEqual((await readRun(inFolder('bad'))).snapshot.epochs[0]!.test, { loss: NaN, accuracy: 10 });
  });

  it('stop: a folder with this name does not stop the run', async () => {
    mkdirSync(inFolder('bad', 'stop'));
    const lock = await acquireLock(inFolder('bad'));
    assert.equal((await readRun(inFolder('bad'))).snapshot.stopping, false);
    await assert.rejects(stopRun(inFolder('bad')), { name: 'UserError', message: /stop is not an ordinary file/ });
    lock.release();
  });

  async function makeRun(name: string) {
    const options = checkOptions({ method: 'aws', model: 'mlp', dataset: 'sample' }, 'x.sign.json');
    await writeRecord(inFolder(name), recordOf(name, options));
    const log = new EventLog(path.join(inFolder(name), 'events.jsonl'), 0, { guard: UNGUARDED });
    log.append({ type: 'ended', outcome: 'stopped' });
    log.close();
  }
});
