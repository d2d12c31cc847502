/** Tests runs whose files were lost or changed. A run uses the remaining files if they give the same bytes, and reports all other files. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../engine/errors';
import type { RunList, RunSummary } from '../../engine/protocol';
import { makeRun, type Place } from '../../engine/runs/drafts';
import { draftFromFile } from '../../engine/runs/repeat';
import { temporaryFolder } from '../fixtures';
import { call, callJson } from './reusedProcess';
import { readEvents, startUntil, writeData, writeRunFile } from './process';

describe('a run with lost or changed files', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const file = () => inFolder('a.sign.json');
  const run = (...parts: string[]) => inFolder('.winning-sign/a', ...parts);
  const checkpoint = (name: string) => run('checkpoints', `${name}.safetensors`);
  const lose = (...parts: string[]) => {
    for (const part of parts) rmSync(run(part), { recursive: true });
  };

  /** Makes a finished run. */
  async function done(options: object = {}): Promise<void> {
    await writeData(inFolder());
    writeRunFile(file(), options);
    assert.equal((await callJson<RunSummary>('run', file())).status, 'done');
  }

  async function resume(): Promise<string> {
    const { code, stdout, stderr } = await call('resume', run());
    assert.equal(code, 0, stderr);
    return stdout;
  }

  async function refused(...args: string[]): Promise<string> {
    const { code, stderr } = await call(...args);
    assert.equal(code, 2, stderr);
    return stderr;
  }

  /** Cuts the log before the last events of these types. */
  function cutLog(from: string): void {
    const lines = readFileSync(run('events.jsonl'), 'utf8').split('\n');
    const index = lines.findLastIndex((line) => line.includes(`"type":"${from}"`));
    writeFileSync(run('events.jsonl'), lines.slice(0, index).join('\n') + '\n');
  }

  it('resumes from its last round to the same bytes if log and state are lost', async () => {
    await done();
    const bytes = readFileSync(checkpoint('round-02'));
    lose('events.jsonl', 'state', 'checkpoints/round-02.safetensors');
    const [waiting] = (await callJson<RunList>('runs', inFolder('.winning-sign'))).runs;
    assert.equal(waiting?.status, 'interrupted');
    const said = await resume();
    assert.match(said, /the saved state is missing, so this run resumes from the end of round 1\./);
    assert.match(said, /events\.jsonl is shorter than when this run saved its state/);
    assert.deepEqual(readFileSync(checkpoint('round-02')), bytes);
    assert.deepEqual(
      readEvents(run()).flatMap((event) => (event.type === 'round' ? [event.round] : [])),
      [2],
    );
  });

  it('resumes from the round before a corrupt checkpoint', async () => {
    await done();
    const bytes = ['round-01', 'round-02'].map((name) => readFileSync(checkpoint(name)));
    lose('state');
    cutLog('ended');
    truncateSync(checkpoint('round-01'), 1000);
    const said = await resume();
    assert.match(said, /round-01\.safetensors is not a valid safetensors file/);
    assert.match(said, /resumes from the end of round 0\./);
    assert.deepEqual(
      ['round-01', 'round-02'].map((name) => readFileSync(checkpoint(name))),
      bytes,
    );
  });

  it('does not resume from a checkpoint with a changed bit', async () => {
    await done();
    const bytes = ['round-01', 'round-02'].map((name) => readFileSync(checkpoint(name)));
    const changed = Buffer.from(bytes[0]!);
    changed[8 + Number(changed.readBigUInt64LE(0)) + 9]! ^= 1;
    writeFileSync(checkpoint('round-01'), changed);
    assert.match(await refused('transfer', checkpoint('round-01'), '--seed', '2'), /is corrupt \(checksum mismatch\)/);
    lose('state');
    cutLog('ended');
    const said = await resume();
    assert.match(said, /round-01\.safetensors is corrupt \(checksum mismatch\)/);
    assert.match(said, /resumes from the end of round 0\./);
    assert.deepEqual(
      ['round-01', 'round-02'].map((name) => readFileSync(checkpoint(name))),
      bytes,
    );
  });

  it('reports that its last checkpoint is missing', async () => {
    await done();
    lose('checkpoints/round-02.safetensors');
    assert.match(await resume(), /The last checkpoint of this run, \S+round-02\.safetensors, is missing\./);
  });

  it('draws a lost initialization again, with the same bytes', async () => {
    await done();
    const bytes = readFileSync(checkpoint('init'));
    lose('state', 'checkpoints/init.safetensors');
    cutLog('ended');
    assert.match(await resume(), /resumes from the end of round 1\./);
    assert.deepEqual(readFileSync(checkpoint('init')), bytes);
  });

  it('starts from the beginning if the rewind point of imp is lost', async () => {
    await done({ method: 'imp', rewindStep: 3 });
    const bytes = readFileSync(checkpoint('round-02'));
    lose('state', 'checkpoints/rewind.safetensors');
    cutLog('ended');
    assert.match(await resume(), /so this run starts from the beginning\./);
    assert.deepEqual(readFileSync(checkpoint('round-02')), bytes);
    assert.ok(existsSync(checkpoint('rewind')));
  });

  it('keeps its log if it cannot start from the beginning', async () => {
    await done({ method: 'dense', finalEpochs: 3 });
    lose('state');
    cutLog('ended');
    const before = readFileSync(run('events.jsonl'), 'utf8');
    renameSync(inFolder('data.safetensors'), inFolder('elsewhere'));
    await refused('resume', run());
    assert.ok(readFileSync(run('events.jsonl'), 'utf8').startsWith(before));
    assert.equal(readEvents(run()).at(-1)?.type, 'ended');
    renameSync(inFolder('elsewhere'), inFolder('data.safetensors'));
    await resume();
    const epochs = readEvents(run()).filter(({ type }) => type === 'epoch');
    assert.equal(epochs.length, 3);
  });

  it('logs every epoch once if its saved state is older than its log', async () => {
    await writeData(inFolder());
    writeRunFile(file(), { method: 'dense', finalEpochs: 4 });
    assert.equal((await startUntil('epoch', 'SIGTERM', ['run', file()]).ended).code, 130);
    const older = readFileSync(run('state/training.safetensors'));
    await resume();
    writeFileSync(run('state/training.safetensors'), older);
    const lines = readFileSync(run('events.jsonl'), 'utf8').split('\n');
    writeFileSync(run('events.jsonl'), lines.slice(1, -2).join('\n') + '\n'); // shorter, by a long line, than the state knows
    assert.match(await resume(), /resumed at round 0, epoch/);
    assert.deepEqual(
      readEvents(run()).flatMap((event) => (event.type === 'epoch' ? [event.epoch] : [])),
      Array.from({ length: 4 }, (_, epoch) => epoch),
    );
  });

  it('ignores lines of JSON that are not valid events', async () => {
    await done();
    cutLog('ended');
    for (const line of ['{"type":"round","round":1}', '{"type":"point"}', '[]', 'null', '{"type":"toString"}'])
      appendFileSync(run('events.jsonl'), `${line}\n`);
    const [listed] = (await callJson<RunList>('runs', inFolder('.winning-sign'))).runs;
    assert.deepEqual([listed?.rounds.length, listed?.status], [3, 'interrupted']);
    assert.match(
      await resume(),
      /4 lines are not valid and are ignored\. The first: \S*events\.jsonl, line \d+ has no "time"\./,
    );
  });

  it('refuses to show its result if run.json was changed', async () => {
    await done();
    const record = readFileSync(run('run.json'), 'utf8');
    writeFileSync(run('run.json'), record.replace('"seed": 3', '"seed": 4'));
    assert.match(await refused('resume', run()), /run\.json was changed after this run began\. Undo the change/);
    writeFileSync(run('run.json'), record);
    assert.match(await resume(), /has ended \(done\)/);
  });

  for (const lost of [['state'], ['state', 'events.jsonl']])
    it(`keeps its checkpoints if run.json was changed and it lost ${lost.join(' and ')}`, async () => {
      await done();
      lose(...lost);
      if (lost.length === 1) cutLog('ended');
      const record = readFileSync(run('run.json'), 'utf8');
      writeFileSync(run('run.json'), record.replace('"seed": 3', '"seed": 4'));
      const names = ['init', 'round-00', 'round-02'];
      const before = names.map((name) => readFileSync(checkpoint(name)));
      assert.match(await refused('resume', run()), /run\.json was changed after this run began\. Undo the change/);
      assert.deepEqual(
        names.map((name) => readFileSync(checkpoint(name))),
        before,
      );
    });

  it('logs `started` again after its log was lost twice', async () => {
    await done();
    for (let time = 0; time < 2; time++) {
      lose('state', 'checkpoints/round-02.safetensors', ...(time === 0 ? ['events.jsonl'] : []));
      if (time > 0) cutLog('progress');
      await resume();
      assert.equal(readEvents(run())[0]?.type, 'started');
    }
  });

  it('is not replaced by a new run if run.json is lost', async () => {
    await done();
    lose('run.json');
    assert.match(
      await refused('run', file(), '--dir', run()),
      /a: has the file events\.jsonl of a run, but no run\.json\. Restore/,
    );
    const { directory } = await callJson<RunSummary>('run', file());
    assert.equal(path.basename(directory), 'a-2');
    lose('events.jsonl', 'state');
    assert.match(
      await refused('run', file(), '--dir', run()),
      /has the file checkpoints.init\.safetensors of a run, but no run\.json/,
    );
  });

  it('measures the missing points of an interpolation, if run.json has not changed', async () => {
    await done({ rounds: 1 });
    const [a, b] = [checkpoint('round-01'), checkpoint('round-00')];
    const line = inFolder('line');
    const whole = await callJson<RunSummary>('interpolate', a, b, '--points', '3', '--dir', line);
    const lines = readFileSync(path.join(line, 'events.jsonl'), 'utf8').split('\n');
    writeFileSync(path.join(line, 'events.jsonl'), lines.slice(0, -3).join('\n') + '\n'); // without the last point and the end
    const record = readFileSync(path.join(line, 'run.json'), 'utf8');
    writeFileSync(path.join(line, 'run.json'), record.replace('"points": 3', '"points": 4'));
    assert.match(await refused('resume', line), /run\.json was changed after this run began/);
    writeFileSync(path.join(line, 'run.json'), record);
    const { result } = await callJson<RunSummary>('resume', line);
    assert.deepEqual(result, whole.result);
    const types = readEvents(line).map(({ type }) => type);
    assert.deepEqual(types, ['started', 'point', 'point', 'resumed', 'point', 'ended']);
  });
});

describe('makeRun', () => {
  const inFolder = temporaryFolder();

  it('makes only one of two runs that were drafted for the same directory', async () => {
    await writeData(inFolder());
    const place = { directory: inFolder('run') };
    const draft = (seed: number) => {
      writeRunFile(inFolder('a.sign.json'), { seed });
      return draftFromFile(place, inFolder('a.sign.json'));
    };
    const [one, two, same] = [await draft(1), await draft(2), await draft(1)];
    await makeRun(one);
    await assert.rejects(
      makeRun(two),
      (error) => error instanceof UserError && error.message.includes('contains a run with other options'),
    );
    await makeRun(same);
    assert.match(readFileSync(inFolder('run/run.json'), 'utf8'), /"seed": 1,/);
  });

  it('uses the next free name if two runs are made at the same time in a folder', async () => {
    await writeData(inFolder());
    const drafts = [];
    for (const seed of [1, 2, 3]) {
      writeRunFile(inFolder('a.sign.json'), { seed });
      drafts.push(await draftFromFile({ folder: inFolder('runs') }, inFolder('a.sign.json')));
    }
    const made = await Promise.all(drafts.map(makeRun));
    assert.deepEqual(made.map((directory) => path.basename(directory)).sort(), ['a', 'a-2', 'a-3']);
  });

  it('treats a run with another backend as another run, and reports the difference', async () => {
    await writeData(inFolder());
    const draft = (backend: string, place: Place) => {
      writeRunFile(inFolder('a.sign.json'), { backend });
      return draftFromFile(place, inFolder('a.sign.json'));
    };
    const folder = { folder: inFolder('runs') };
    const name = async (backend: string) => path.basename(await makeRun(await draft(backend, folder)));
    assert.deepEqual(
      [await name('wasm'), await name('tensorflow'), await name('wasm'), await name('auto')],
      ['a', 'a-2', 'a', 'a'],
    );
    await assert.rejects(
      draft('webgpu', { directory: inFolder('runs/a') }),
      (error) => error instanceof UserError && error.message.includes('other options ("backend" differs)'),
    );
    const automatic = { directory: inFolder('automatic') };
    await makeRun(await draft('auto', automatic));
    assert.ok((await draft('tensorflow', automatic)).exists, 'it has not begun on another');
    const backend = { name: 'wasm', device: '', threads: 1, deterministic: true, reason: '' };
    const started = { type: 'started', time: 1, backend, layers: [], parameters: { prunable: 0, all: 0 } };
    writeFileSync(inFolder('automatic/events.jsonl'), JSON.stringify(started) + '\n');
    assert.ok((await draft('wasm', automatic)).exists);
    await assert.rejects(draft('tensorflow', automatic), /"backend" differs/);
  });
});
