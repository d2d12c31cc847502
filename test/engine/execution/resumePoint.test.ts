/** A run resumes from what it has saved, and reports what was lost or changed in the meantime. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunList, RunSummary } from '../../../engine/protocol';
import { cli, cliJson, QUICK, readEvents, start, untilEvent, writeData, writeRunFile } from '../process';
import { temporaryFolder } from '../../fixtures';

describe('a run that goes on', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const directory = () => inFolder('.winning-sign/slow');
  const log = () => path.join(directory(), 'events.jsonl');

  beforeEach(async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 40 });
  });

  /** Starts the run, waits for a saved state, and ends the run by a signal. */
  async function begin(signal: NodeJS.Signals): Promise<number | null> {
    const { child, ended } = start(['run', inFolder('slow.sign.json')]);
    await untilEvent(directory(), 'epoch');
    child.kill(signal);
    return (await ended).code;
  }

  it('is refused on other data under the same name, and takes its own again', async () => {
    await begin('SIGTERM');
    const file = inFolder('data.safetensors');
    const data = readFileSync(file);
    const changed = Buffer.from(data);
    changed[changed.length - 1]! ^= 1;
    writeFileSync(file, changed);
    const { code, stderr } = await cli('resume', directory());
    assert.equal(code, 2);
    assert.match(stderr, /the data in \S+data\.safetensors have changed since this run began\. Restore/);
    writeFileSync(file, data);
    assert.equal((await cliJson<RunSummary>('resume', directory())).status, 'done');
  });

  it('has saved its state when the terminal it ran in is closed', async () => {
    assert.equal(await begin('SIGHUP'), 130);
    const last = readEvents(directory()).at(-1);
    assert.ok(last?.type === 'ended' && last.outcome === 'stopped');
    assert.ok(existsSync(path.join(directory(), 'state/training.safetensors')));
  });

  it('takes a second signal at once for the echo of the first, and saves its state all the same', async () => {
    const { child, ended } = start(['run', inFolder('slow.sign.json')]);
    await untilEvent(directory(), 'epoch');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    assert.equal((await ended).code, 130);
    const last = readEvents(directory()).at(-1);
    assert.ok(last?.type === 'ended' && last.outcome === 'stopped');
  });

  it('begins anew, and says so, where its state is gone and no round is done', async () => {
    await begin('SIGTERM');
    rmSync(path.join(directory(), 'state'), { recursive: true });
    const { code, stdout } = await cli('resume', directory());
    assert.equal(code, 0);
    assert.match(stdout, /training\.safetensors: the saved state is missing, so this run starts from the beginning\./);
    const types = readEvents(directory()).map(({ type }) => type);
    assert.deepEqual([types[0], types.includes('resumed')], ['started', false]);
  });

  it('has lost nothing when it just begins, whatever its kind', async () => {
    writeRunFile(inFolder('new.sign.json'), { rounds: 1 });
    const round = inFolder('.winning-sign/new/checkpoints/round-01.safetensors');
    for (const args of [
      ['run', inFolder('new.sign.json')],
      ['transfer', round, '--seed', '2'],
      ['interpolate', round, round, '--points', '2'],
    ]) {
      const { code, stdout, stderr } = await cli(...args);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stdout + stderr, /events\.jsonl|saved state/);
    }
  });

  it('is not taken for one on data of the same name in another folder', async () => {
    await begin('SIGTERM');
    await writeData(inFolder('other'), 192);
    const dataset = { ...QUICK.dataset, path: 'other/data.safetensors' };
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 40, dataset });
    const { code, stderr } = await cli('run', inFolder('slow.sign.json'));
    assert.equal(code, 2);
    assert.match(
      stderr,
      /slow: contains this run with the data in \S+data\.safetensors, not in \S+other\S+ Choose another/,
    );
  });

  it('shows what it came to, once done, where its backend cannot be used', async () => {
    writeRunFile(inFolder('done.sign.json'));
    assert.equal((await cli('run', inFolder('done.sign.json'))).code, 0);
    const record = inFolder('.winning-sign/done/run.json');
    writeFileSync(record, readFileSync(record, 'utf8').replace('"backend": "wasm"', '"backend": "tensorflow"'));
    writeRunFile(inFolder('done.sign.json'), { backend: 'tensorflow' });
    const home = { WINNING_SIGN_HOME: inFolder('nothing') };
    const { code, stderr } = await start(['run', inFolder('done.sign.json'), '--json'], home).ended;
    assert.equal(code, 0, stderr);
  });

  it('says what can be done where its backend cannot be used any more', async () => {
    await begin('SIGTERM');
    const record = path.join(directory(), 'run.json');
    const text = readFileSync(record, 'utf8');
    writeFileSync(record, text.replace('"backend": "wasm"', '"backend": "tensorflow"'));
    mkdirSync(inFolder('home/backends/tensorflow'), { recursive: true });
    writeFileSync(inFolder('home/backends/tensorflow/installed.json'), '{}');
    const { code, stderr } = await start(['resume', directory()], { WINNING_SIGN_HOME: inFolder('home') }).ended;
    assert.equal(code, 2);
    assert.match(stderr, /run\.json: backend: tensorflow cannot be used here: .*\. Or set "backend" to another one/);
    writeFileSync(record, text);
    assert.equal((await cli('resume', directory())).code, 0);
  });

  it('misses the point that later rounds rewind to before it trains', async () => {
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 40, method: 'imp', rewindStep: 3 });
    await begin('SIGTERM');
    rmSync(path.join(directory(), 'checkpoints/rewind.safetensors'));
    const { code, stderr } = await cli('resume', directory());
    assert.equal(code, 2);
    assert.match(
      stderr,
      /rewind\.safetensors is missing\. This run cannot resume without it\. Restore the file, or make/,
    );
  });

  for (const method of ['aws', 'imp'])
    it(`goes on from the end of the last round where its state is gone, to the same bytes (${method})`, async () => {
      const rewindStep = method === 'imp' ? 3 : 0;
      writeRunFile(inFolder('slow.sign.json'), { method, rewindStep });
      assert.equal((await cli('run', inFolder('slow.sign.json'))).code, 0);
      const keep = readEvents(directory()).findIndex((event) => event.type === 'round' && event.round === 1) + 1;
      const lines = readFileSync(log(), 'utf8')
        .split('\n')
        .slice(0, keep + 1); // and one line of round 2
      writeFileSync(log(), lines.join('\n') + '\n');
      const last = path.join(directory(), 'checkpoints/round-02.safetensors');
      const bytes = readFileSync(last);
      for (const lost of [path.join(directory(), 'state'), last]) rmSync(lost, { recursive: true });
      const { code, stdout } = await cli('resume', directory());
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

  it('says that its log is shorter than it was, and tells it anew what it is of', async () => {
    await begin('SIGTERM');
    truncateSync(log(), 0);
    const { runs: waiting } = await cliJson<RunList>('runs', inFolder('.winning-sign'));
    assert.equal(waiting[0]?.status, 'interrupted');
    const { code, stdout } = await cli('resume', directory());
    assert.equal(code, 0);
    assert.match(stdout, /events\.jsonl is shorter than this run left it\. Lists and panels cannot show/);
    assert.match(stdout, /events\.jsonl does not say which backend and data this run used/);
    assert.deepEqual(
      readEvents(directory())
        .slice(0, 2)
        .map(({ type }) => type),
      ['started', 'resumed'],
    );
  });

  it('passes over lines of its log that are damaged, says how many, and keeps the others', async () => {
    await begin('SIGTERM');
    const before = readFileSync(log(), 'utf8').split('\n');
    const [first, second] = before as [string, string];
    writeFileSync(log(), [first, '{' + '!'.repeat(second.length - 1), ...before.slice(2)].join('\n'));
    const { code, stdout } = await cli('resume', directory());
    assert.equal(code, 0);
    assert.match(stdout, /events\.jsonl, line 2 is not valid JSON\. The line is ignored\./);
    assert.doesNotMatch(stdout, /shorter/);
    assert.ok(readFileSync(log(), 'utf8').startsWith(`${first}\n`));
  });
});
