import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { annotateRun, readNotes } from '../../../engine/runs/notes';
import { listRuns } from '../../../engine/runs/catalogue';
import { RunFollower } from '../../../engine/runs/follow';
import type { RunChange } from '../../../engine/protocol';
import { checkOptions } from '../../../engine/runs/options';
import { readRun } from '../../../engine/runs/list';
import { recordOf, writeRecord } from '../../../engine/runs/record';
import { temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';
import { call, callJson } from '../reusedProcess';
import { cliJson } from '../process';

describe('the notes of a run', () => {
  const inFolder = temporaryFolder();
  const makeRun = (name: string) => {
    const options = checkOptions({ method: 'aws', model: 'mlp', dataset: 'sample' }, 'test');
    return writeRecord(inFolder(name), recordOf(name, options));
  };

  it('are kept in its directory, and are listed with it', async () => {
    await makeRun('aws');
    assert.deepEqual((await readNotes(inFolder('aws'))).notes, {});
    const change = { star: true, addTags: ['paper', 'seed-check', 'paper'], text: ' ψ collapsed in round 3 ' };
    const notes = await annotateRun(inFolder('aws'), change);
    assert.deepEqual(notes, { star: true, tags: ['paper', 'seed-check'], text: 'ψ collapsed in round 3' });
    const [run] = (await listRuns(inFolder())).runs;
    assert.deepEqual(run!.notes, notes);
    assert.deepEqual(
      readdirSync(inFolder('aws')).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  it('change one by one, and the file is deleted with the last of them', async () => {
    await makeRun('aws');
    await annotateRun(inFolder('aws'), { star: true, addTags: ['a', 'b'] });
    assert.deepEqual(await annotateRun(inFolder('aws'), { removeTags: ['a'], text: 'x' }), {
      ...{ star: true, tags: ['b'], text: 'x' },
    });
    assert.deepEqual(await annotateRun(inFolder('aws'), { star: false, removeTags: ['b'], text: '' }), {});
    assert.equal(existsSync(inFolder('aws', 'notes.json')), false);
    const [run] = (await listRuns(inFolder())).runs;
    assert.equal(run!.notes, undefined);
  });

  it('are not overwritten if they are damaged, and the run can still be listed', async () => {
    await makeRun('aws');
    for (const damaged of ['{', '{ "version": 1, "tags": 3 }']) {
      writeFileSync(inFolder('aws', 'notes.json'), damaged);
      const { runs, problems } = await listRuns(inFolder());
      assert.equal(runs.length, 1);
      assert.match(problems[0]!.message, /^notes\.json/);
      await assert.rejects(
        annotateRun(inFolder('aws'), { star: true }),
        /notes\.json.* Correct the file, or delete it\.$/,
      );
      assert.equal(readFileSync(inFolder('aws', 'notes.json'), 'utf8'), damaged);
    }
  });

  it('keep all changes that are made at the same time', async () => {
    await makeRun('aws');
    const tags = ['a', 'b', 'c', 'd'];
    const changes = [{ star: true }, ...tags.map((tag) => ({ addTags: [tag] }))];
    await Promise.all(changes.map((change) => annotateRun(inFolder('aws'), change)));
    const { notes } = await readNotes(inFolder('aws'));
    assert.deepEqual([notes.star, [...notes.tags!].sort()], [true, tags]);
    assert.deepEqual(readdirSync(inFolder('aws')).sort(), ['notes.json', 'run.json']);
  });

  it('of several runs change only if all of them can', async () => {
    await makeRun('aws');
    const { code } = await call('note', inFolder('aws'), inFolder('missing'), '--star');
    assert.deepEqual([code, (await readNotes(inFolder('aws'))).notes], [2, {}]);
  });

  it('have tags of one word', async () => {
    await makeRun('aws');
    for (const tag of ['two words', 'a,b', 'a:b', '"', ''])
      await assert.rejects(annotateRun(inFolder('aws'), { addTags: [tag] }), /must be one word/);
    await assert.rejects(annotateRun(inFolder(), { star: true }), /not a run directory/);
  });

  it('are reported to those who follow the run', async () => {
    await makeRun('aws');
    let heard: (change: RunChange) => void = () => undefined;
    const follower = new RunFollower({ onRun: () => undefined, onList: (change) => { heard(change); } }); // prettier-ignore
    try {
      await follower.follow([inFolder()]);
      const next = () => new Promise<RunChange>((resolve) => (heard = resolve));
      const starred = next();
      await annotateRun(inFolder('aws'), { star: true });
      assert.deepEqual((await starred).summary?.notes, { star: true });
      const removed = next();
      await annotateRun(inFolder('aws'), { star: false });
      assert.deepEqual((await removed).summary?.notes, {});
    } finally {
      follower.dispose();
    }
  });

  it('are set from the command line', async function () {
    this.timeout(60_000);
    await makeRun('aws');
    const set = await cliJson('note', inFolder('aws'), '--star', '--tag', 'paper,main', '--text', 'best run');
    checkOutput('note', set);
    const { stdout } = await call('note', inFolder('aws'));
    assert.equal(stdout, `${inFolder('aws')}: ★ paper, main: best run\n`);
    checkOutput('runs', await callJson('runs', inFolder()));
    const { stderr, code } = await call('note', inFolder('aws'), '--star', '--unstar');
    assert.deepEqual([code, stderr.includes('--star and --unstar are both given')], [2, true]);
  });
});

describe('the time of a run', () => {
  const inFolder = temporaryFolder();

  it('is from its first to its last event, without the time before a resume', async () => {
    const options = checkOptions({ method: 'aws', model: 'mlp', dataset: 'sample' }, 'test');
    await writeRecord(inFolder('aws'), recordOf('aws', options));
    const warning = (time: number) => ({ type: 'warning', time, message: `at ${time}` });
    const backend = { name: 'wasm', device: '', threads: 1, deterministic: true, reason: '' };
    const events = [
      warning(1_000_000),
      warning(1_010_000),
      { type: 'ended', time: 1_012_500, outcome: 'stopped' },
      { type: 'resumed', time: 9_000_000, backend, round: 0, epoch: 0, step: 0 },
      warning(9_004_000),
    ];
    writeFileSync(inFolder('aws', 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const { started, updated, seconds } = (await readRun(inFolder('aws'))).snapshot;
    assert.deepEqual([started, updated, seconds], [1_000_000, 9_004_000, 16.5]);
  });
});
