/** Tests that a run resumes from what it has saved, and reports what was lost or changed in the meantime. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunList, RunSummary } from '../../../engine/protocol';
import { call, callJson } from '../reusedProcess';
import { QUICK, readEvents, start, startUntil, writeData, writeRunFile } from '../process';
import { temporaryFolder } from '../../fixtures';

describe('a resumed run', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const directory = () => inFolder('.winning-sign/slow');
  const log = () => path.join(directory(), 'events.jsonl');

  beforeEach(async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 4 });
  });

  /** Starts the run and stops it with a signal after its first epoch. */
  async function begin(signal: NodeJS.Signals): Promise<number | null> {
    return (await startUntil('epoch', signal, ['run', inFolder('slow.sign.json')]).ended).code;
  }

  it('is refused if its data have changed, and resumes when they are restored', async () => {
    await begin('SIGTERM');
    const file = inFolder('data.safetensors');
    const data = readFileSync(file);
    const changed = Buffer.from(data);
    changed[changed.length - 1]! ^= 1;
    writeFileSync(file, changed);
    const { code, stderr } = await call('resume', directory());
    assert.equal(code, 2);
    assert.match(stderr, /the data in \S+data\.safetensors have changed since this run began\. Restore/);
    writeFileSync(file, data);
    assert.equal((await callJson<RunSummary>('resume', directory())).status, 'done');
  });

  it('has a saved state if its terminal was closed', async () => {
    assert.equal(await begin('SIGHUP'), 130);
    const last = readEvents(directory()).at(-1);
    assert.ok(last?.type === 'ended' && last.outcome === 'stopped');
    assert.ok(existsSync(path.join(directory(), 'state/training.safetensors')));
  });

  it('has a saved state even if a second signal followed the first immediately', async () => {
    const { ended } = startUntil('epoch', ['SIGINT', 'SIGTERM'], ['run', inFolder('slow.sign.json')]);
    assert.equal((await ended).code, 130);
    const last = readEvents(directory()).at(-1);
    assert.ok(last?.type === 'ended' && last.outcome === 'stopped');
  });

  it('starts from the beginning with a message if its state is lost and no round is done', async () => {
    await begin('SIGTERM');
    rmSync(path.join(directory(), 'state'), { recursive: true });
    const { code, stdout } = await call('resume', directory());
    assert.equal(code, 0);
    assert.match(stdout, /training\.safetensors: the saved state is missing, so this run starts from the beginning\./);
    const types = readEvents(directory()).map(({ type }) => type);
    assert.deepEqual([types[0], types.includes('resumed')], ['started', false]);
  });

  it('reports no losses for new runs of any kind', async () => {
    writeRunFile(inFolder('new.sign.json'), { rounds: 1 });
    const round = inFolder('.winning-sign/new/checkpoints/round-01.safetensors');
    for (const args of [
      ['run', inFolder('new.sign.json')],
      ['transfer', round, '--seed', '2'],
      ['interpolate', round, round, '--points', '2'],
    ]) {
      const { code, stdout, stderr } = await call(...args);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stdout + stderr, /events\.jsonl|saved state/);
    }
  });

  it('differs from a run with equally named data in another folder', async () => {
    await begin('SIGTERM');
    await writeData(inFolder('other'), 192);
    const dataset = { ...QUICK.dataset, path: 'other/data.safetensors' };
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 4, dataset });
    const { code, stderr } = await call('run', inFolder('slow.sign.json'));
    assert.equal(code, 2);
    assert.match(
      stderr,
      /slow: contains this run with the data in \S+data\.safetensors, not in \S+other\S+ Choose another/,
    );
  });

  it('shows its result if it is done, even if its backend cannot be used', async () => {
    writeRunFile(inFolder('done.sign.json'));
    assert.equal((await call('run', inFolder('done.sign.json'))).code, 0);
    const record = inFolder('.winning-sign/done/run.json');
    writeFileSync(record, readFileSync(record, 'utf8').replace('"backend": "wasm"', '"backend": "tensorflow"'));
    writeRunFile(inFolder('done.sign.json'), { backend: 'tensorflow' });
    const home = { WINNING_SIGN_HOME: inFolder('nothing') };
    const { code, stderr } = await start(['run', inFolder('done.sign.json'), '--json'], home).ended;
    assert.equal(code, 0, stderr);
  });

  it('explains what to do if its backend can no longer be used', async () => {
    await begin('SIGTERM');
    const record = path.join(directory(), 'run.json');
    const text = readFileSync(record, 'utf8');
    writeFileSync(record, text.replace('"backend": "wasm"', '"backend": "tensorflow"'));
    mkdirSync(inFolder('home/backends/tensorflow'), { recursive: true });
    writeFileSync(inFolder('home/backends/tensorflow/installed.json'), '{}');
    const { code, stderr } = await start(['resume', directory()], { WINNING_SIGN_HOME: inFolder('home') }).ended;
    assert.equal(code, 2);
    assert.match(
      stderr,
      /run\.json: backend: tensorflow cannot be used here: .*\. Or set "backend" to another backend/,
    );
    writeFileSync(record, text);
    assert.equal((await call('resume', directory())).code, 0);
  });

  it('is refused before training if the rewind point is missing', async () => {
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 4, method: 'imp', rewindStep: 3 });
    await begin('SIGTERM');
    rmSync(path.join(directory(), 'checkpoints/rewind.safetensors'));
    const { code, stderr } = await call('resume', directory());
    assert.equal(code, 2);
    assert.match(
      stderr,
      /rewind\.safetensors is missing\. The run needs this file to resume\. Restore the file, or make/,
    );
  });

  for (const method of ['aws', 'imp'])
    it(`continues from the end of the last round to the same bytes if its state is lost (${method})`, async () => {
      const rewindStep = method === 'imp' ? 3 : 0;
      writeRunFile(inFolder('slow.sign.json'), { method, rewindStep });
      assert.equal((await call('run', inFolder('slow.sign.json'))).code, 0);
      const keep = readEvents(directory()).findIndex((event) => event.type === 'round' && event.round === 1) + 1;
      const lines = readFileSync(log(), 'utf8')
        .split('\n')
        .slice(0, keep + 1); // and one line of round 2
      writeFileSync(log(), lines.join('\n') + '\n');
      const last = path.join(directory(), 'checkpoints/round-02.safetensors');
      const bytes = readFileSync(last);
      for (const lost of [path.join(directory(), 'state'), last]) rmSync(lost, { recursive: true });
      const { code, stdout } = await call('resume', directory());
      assert.equal(code, 0);
      assert.match(stdout, /the saved state is missing, so this run resumes from the end of round 1\./);
      assert.deepEqual(readFileSync(last), bytes);
      const events = readEvents(directory());
      assert.deepEqual(
        events.flatMap((event) => (event.type === 'epoch' ? [[event.round, event.epoch]] : [])),
        [[0, 0], [0, 1], [1, 0], [2, 0]], // prettier-ignore
      );
      const resumed = events.find((event) => event.type === 'resumed');
      assert.deepEqual([resumed?.round, resumed?.epoch, resumed?.step], [2, 0, 0]);
    });

  it('reports that its log was truncated, and logs “started” again', async () => {
    await begin('SIGTERM');
    truncateSync(log(), 0);
    const { runs: waiting } = await callJson<RunList>('runs', inFolder('.winning-sign'));
    assert.equal(waiting[0]?.status, 'interrupted');
    const { code, stdout } = await call('resume', directory());
    assert.equal(code, 0);
    assert.match(stdout, /events\.jsonl is shorter than when this run saved its state\. Lists and panels cannot show/);
    assert.match(stdout, /events\.jsonl does not contain the backend and the data that this run used/);
    assert.deepEqual(
      readEvents(directory())
        .slice(0, 2)
        .map(({ type }) => type),
      ['started', 'resumed'],
    );
  });

  it('ignores and reports corrupt lines of its log, and keeps the others', async () => {
    await begin('SIGTERM');
    const before = readFileSync(log(), 'utf8').split('\n');
    const [first, second] = before as [string, string];
    writeFileSync(log(), [first, '{' + '!'.repeat(second.length - 1), ...before.slice(2)].join('\n'));
    const { code, stdout } = await call('resume', directory());
    assert.equal(code, 0);
    assert.match(stdout, /events\.jsonl, line 2 is not valid JSON\. The line is ignored\./);
    assert.doesNotMatch(stdout, /shorter/);
    assert.ok(readFileSync(log(), 'utf8').startsWith(`${first}\n`));
  });
});
