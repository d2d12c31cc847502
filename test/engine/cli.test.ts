import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Comparison, RunRecord, RunList, RunSummary } from '../../engine/protocol';
import { call, callJson } from './reusedProcess';
import { CLI, cli, cliJson, readEvents, start, startUntil, untilSuspended, writeData, writeRunFile } from './process';
import { temporaryFolder } from '../fixtures';
import { until } from '../until';

describe('the command line', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const run = (...parts: string[]) => inFolder('.winning-sign', ...parts);

  beforeEach(async () => {
    await writeData(inFolder());
  });

  for (const method of ['aws', 'lrr', 'imp'])
    it(`runs a search with ${method}: prunes T times, trains T + 1 times, and reaches the expected densities`, async () => {
      writeRunFile(inFolder('search.sign.json'), { method, rewindStep: method === 'imp' ? 3 : 0 });
      const { code, stdout } = await call('run', inFolder('search.sign.json'), '--json');
      assert.equal(code, 0);
      const summary = JSON.parse(stdout) as RunSummary;
      assert.deepEqual([summary.status, summary.directory, summary.kind], ['done', run('search'), 'search']);
      const events = readEvents(run('search'));
      const rounds = events.filter((event) => event.type === 'round');
      assert.deepEqual(
        rounds.map(({ round }) => round),
        [0, 1, 2],
      );
      let survivors = rounds[0]!.layers.reduce((sum, { count }) => sum + count, 0);
      for (const { layers, sparsity, round } of rounds) {
        if (round > 0) survivors = Math.floor((survivors * 7) / 10);
        const kept = layers.reduce((sum, layer) => sum + layer.kept, 0);
        assert.equal(kept, survivors, `round ${round}`);
        const count = layers.reduce((sum, layer) => sum + layer.count, 0);
        assert.equal(sparsity.prunable, (count - kept) / count);
      }
      assert.equal(events.filter((event) => event.type === 'epoch').length, 2 + 1 + 1);
      assert.deepEqual(events.at(-1)!.type, 'ended');
    });

  it('trains a dense network, transfers a signed mask, and measures the barrier between the two networks', async () => {
    writeRunFile(inFolder('aws.sign.json'), { finalEpochs: 6 });
    await call('run', inFolder('aws.sign.json'));
    const checkpoint = run('aws', 'checkpoints', 'round-02.safetensors');
    const ticket = await callJson<RunSummary>('transfer', checkpoint, '--seed', '5', '--variant', 'retrain');
    const moved = await cliJson<RunSummary>('transfer', checkpoint, '--seed', '5');
    assert.deepEqual([ticket.name, moved.name], ['aws-r02-retrain-seed5', 'aws-r02-signed-mask-seed5']);
    assert.ok(moved.result?.kind === 'train' && moved.result.test.accuracy > 50, JSON.stringify(moved.result));

    const start = await cliJson<Comparison>(
      'compare',
      checkpoint,
      path.join(moved.directory, 'checkpoints/init.safetensors'),
    );
    assert.equal(start.total.flipped, 0, 'the signed mask starts with the signs of its source');
    assert.equal(start.total.iou, 1);

    const [a, b] = [ticket, moved].map(({ directory }) => path.join(directory, 'checkpoints/final.safetensors'));
    const line = await cliJson<RunSummary & { points: { alpha: number; test: { error: number } }[] }>(
      'interpolate',
      a!,
      b!,
      '--points',
      '5',
    );
    assert.ok(line.result?.kind === 'connectivity');
    assert.equal(line.result.masks, 'equal');
    assert.match(line.result.barrier.definition, /largest test error above the mean of the ends.*over 5 points/);
    const measured = readEvents(line.directory).filter((event) => event.type === 'point');
    assert.deepEqual(
      measured.map(({ alpha }) => alpha),
      [1, 0.75, 0.5, 0.25, 0],
      'measured from A to B',
    );
    const points = measured.reverse(); // JSON has them in the order of α
    const errors = points.map(({ test }) => 100 - test.accuracy);
    assert.deepEqual(
      line.points.map(({ alpha, test }) => [alpha, test.error]),
      points.map(({ alpha }, i) => [alpha, errors[i]]),
    );
    assert.equal(line.result.barrier.value, Math.max(...errors) - (errors[0]! + errors[4]!) / 2);
    assert.ok(ticket.result?.kind === 'train');
    // Running statistics are averages over training, so they differ a little from re-estimated statistics.
    assert.ok(Math.abs(points[4]!.test.accuracy - ticket.result.test.accuracy) < 15);
  });

  it('writes the same bytes for the same options in another directory', async () => {
    writeRunFile(inFolder('same.sign.json'));
    await Promise.all(['one', 'two'].map((name) => cli('run', inFolder('same.sign.json'), '--dir', inFolder(name))));
    for (const checkpoint of ['init', 'round-00', 'round-02'])
      assert.deepEqual(bytes(inFolder('one'), checkpoint), bytes(inFolder('two'), checkpoint), checkpoint);
    writeRunFile(inFolder('other.sign.json'), { normalizationInterpolation: { low: 0, high: 0.1 } });
    await call('run', inFolder('other.sign.json'), '--dir', inFolder('three'));
    assert.notDeepEqual(bytes(inFolder('one'), 'round-00'), bytes(inFolder('three'), 'round-00'));
  });

  it('stops a run of another process with code 130 and a saved state, and resumes it to the same bytes', async () => {
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 4 });
    const cut = startUntil('epoch', 'SIGSTOP', ['run', inFolder('slow.sign.json'), '--dir', inFolder('cut')]);
    await untilSuspended(cut);
    const stopping = cliJson<{ status: string }>('stop', inFolder('cut'), '--wait');
    await until('the run is asked to stop', () => existsSync(inFolder('cut/stop')));
    cut.child.kill('SIGCONT');
    assert.equal((await stopping).status, 'stopped');
    assert.equal((await cut.ended).code, 130);
    assert.equal(
      readEvents(inFolder('cut')).some((event) => event.type === 'round'),
      false,
      'stopped in the warm-up',
    );
    assert.equal((await cli('resume', inFolder('cut'))).code, 0);
    assert.equal((await call('run', inFolder('slow.sign.json'), '--dir', inFolder('whole'))).code, 0);
    assert.deepEqual(bytes(inFolder('cut'), 'round-02'), bytes(inFolder('whole'), 'round-02'));
    assert.deepEqual(timeless(inFolder('cut')), timeless(inFolder('whole')));
  });

  it('refuses a second process in the same directory, and does not repeat a finished run', async () => {
    writeRunFile(inFolder('slow.sign.json'));
    const first = startUntil('epoch', 'SIGSTOP', ['run', inFolder('slow.sign.json')]);
    await untilSuspended(first);
    const second = await cli('run', inFolder('slow.sign.json'));
    assert.deepEqual([second.code, /already running \(process \d+/.test(second.stderr)], [2, true]);
    first.child.kill('SIGCONT');
    assert.equal((await first.ended).code, 0);
    const before = readFileSync(path.join(run('slow'), 'events.jsonl'));
    const again = await cli('run', inFolder('slow.sign.json'));
    assert.deepEqual([again.code, again.stdout.includes('This run has ended (done)')], [0, true]);
    assert.deepEqual(readFileSync(path.join(run('slow'), 'events.jsonl')), before);
  });

  it('ends a diverged run with code 3 and keeps its curve', async () => {
    writeRunFile(inFolder('wild.sign.json'), { learningRate: 1e30 });
    const { code, stdout } = await call('run', inFolder('wild.sign.json'), '--json');
    const summary = JSON.parse(stdout) as RunSummary;
    assert.deepEqual([code, summary.status], [3, 'diverged']);
    assert.match(summary.message!, /The loss is .* in round 0/);
  });

  it('prints one message and ends with code 2 for bad input', async () => {
    writeRunFile(inFolder('misspelt.sign.json'), { pruningFracton: 0.1 });
    writeRunFile(inFolder('beyond.sign.json'), { pruningFraction: 1.2 });
    writeRunFile(inFolder('nodata.sign.json'), { dataset: { format: 'idx', path: 'nowhere' } });
    writeRunFile(inFolder('nomodel.sign.json'), { model: 'restnet20' });
    writeRunFile(inFolder('late.sign.json'), { method: 'imp', rewindStep: 999 });
    writeFileSync(inFolder('cut.safetensors'), readFileSync(inFolder('data.safetensors')).subarray(0, 500));
    const cases: [string[], RegExp][] = [
      [
        ['run', inFolder('misspelt.sign.json')],
        /misspelt\.sign\.json:1:\d+: Unknown field "pruningFracton"\. Did you mean/,
      ],
      [['run', inFolder('beyond.sign.json')], /beyond\.sign\.json:1:\d+: "pruningFraction" must be .* \(it is 1\.2\)/],
      [['run', inFolder('nodata.sign.json')], /nodata\.sign\.json:1:\d+: "dataset\.path" names/],
      [['run', inFolder('nomodel.sign.json')], /nomodel\.sign\.json:1:\d+: "model" must be .*Did you mean "resnet20"/],
      [['run', inFolder('late.sign.json')], /late\.sign\.json:1:\d+: "rewindStep" is 999/],
      [['run', inFolder('none.sign.json')], /none\.sign\.json: The file does not exist/],
      [['inspect', inFolder('cut.safetensors')], /cut\.safetensors/],
      [
        ['inspect', inFolder('late.sign.json')],
        /is a run file.*Run it with: (npx )?winning-sign run .*late\.sign\.json/,
      ],
      [['resume', inFolder('late.sign.json')], /is a run file/],
      [
        ['transfer', inFolder('data.safetensors'), '--seed=-1'],
        /--seed is "-1"\. It must be a whole number from 0 to 4294967295\./,
      ],
      [['transfer', inFolder('data.safetensors'), '--seed', '1'], /not in a run directory/],
      [['transfer', inFolder('data.safetensors')], /--seed is missing/],
      [['transfer', inFolder('data.safetensors'), '--seed', '1', '--set', 'seed=2'], /Use only --seed/],
      [
        ['run', inFolder('late.sign.json'), '--dir', inFolder('cut.safetensors')],
        /--dir is .*, which is a file\. Choose another/,
      ],
      [['runs', inFolder('cut.safetensors')], /is a file\. Name a folder of runs/],
      [['interpolate', 'a'], /usage: winning-sign interpolate/],
      [['stop', inFolder('nowhere')], /not a run directory/],
      [['prune'], /unknown verb "prune"/],
      [['rnu'], /Did you mean "run"\?/],
      [['backends', 'install', 'webgpu', '--gpu'], /--gpu is only for tensorflow/],
    ];
    for (const [args, sentence] of cases) {
      const { code, stderr } = await call(...args);
      assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
      assert.match(stderr, sentence);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }
    assert.equal(existsSync(run()), false, 'nothing is made of a run that cannot begin');
  });

  it('continues a run if the reader of its output ends', async () => {
    writeRunFile(inFolder('piped.sign.json'));
    const { child, ended } = start(['run', inFolder('piped.sign.json')]);
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    assert.equal((await ended).code, 0);
    assert.equal(readEvents(run('piped')).at(-1)!.type, 'ended');
    const muted = start(['run', inFolder('piped.sign.json'), '--dir', run('muted'), '--json']);
    await once(muted.child.stderr!, 'data');
    muted.child.stderr!.destroy();
    const { code, stdout } = await muted.ended;
    assert.deepEqual([code, (JSON.parse(stdout) as RunSummary).status], [0, 'done']);
  });

  it('warns if the mask to transfer prunes nothing', async () => {
    writeRunFile(inFolder('a.sign.json'), { method: 'dense', finalEpochs: 1 });
    await call('run', inFolder('a.sign.json'));
    const start = run('a', 'checkpoints', 'init.safetensors');
    const { code, stderr } = await call('transfer', start, '--seed', '4');
    assert.deepEqual([code, stderr.includes('has no pruned weights')], [0, true]);
  });

  it('replaces options with --set, and lists runs', async () => {
    writeRunFile(inFolder('dense.sign.json'), { method: 'dense' });
    await call('run', inFolder('dense.sign.json'), '--set', 'seed=9', '--set', 'finalEpochs=1');
    const [summary] = (await cliJson<RunList>('runs', run())).runs;
    assert.deepEqual([summary!.seed, summary!.kind, summary!.status], [9, 'train', 'done']);
    assert.equal(readEvents(run('dense')).filter((event) => event.type === 'epoch').length, 1);
    const bad = await call('run', inFolder('dense.sign.json'), '--set', 'epochs=1', '--dir', inFolder('x'));
    assert.match(bad.stderr, /^winning-sign: --set: Unknown field "epochs"/m);
    const within = await call(
      'run',
      inFolder('dense.sign.json'),
      '--set',
      'augmentation.crops=1',
      '--dir',
      inFolder('x'),
    );
    const plain = await call('run', inFolder('dense.sign.json'), '--set', 'seed.x=1', '--dir', inFolder('x'));
    assert.match(plain.stderr, /--set: "seed\.x" cannot be set: "seed" is 3, which has no fields/);
    assert.match(within.stderr, /--set: Unknown field "augmentation\.crops"\. Did you mean "crop"/);
    const padded = ['--set', 'augmentation.crop=1', '--set', 'finalEpochs=1', '--dir', inFolder('padded')];
    await call('run', inFolder('dense.sign.json'), ...padded);
    const { augmentation } = JSON.parse(readFileSync(inFolder('padded', 'run.json'), 'utf8')) as RunRecord;
    assert.deepEqual(augmentation, { crop: 1, flip: false });
  });

  it('ends with code 1 and one message if the disk is full, and then resumes the run to the same bytes', async function () {
    if (process.platform === 'win32') this.skip(); // no limit on the size of a file to stand in for the disk's
    writeRunFile(inFolder('run.sign.json'), { model: { model: 'convnet', options: { widths: [16, 32] } } });
    assert.equal((await call('run', inFolder('run.sign.json'), '--dir', inFolder('whole'))).code, 0);
    const size = (name: string) => statSync(inFolder('whole', name)).size;
    const blocks = Math.floor(size('state/training.safetensors') / 512); // room for a checkpoint, not for the state
    assert.ok(size('checkpoints/init.safetensors') < blocks * 512);
    const command = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
    const limited = spawn(
      'sh',
      ['-c', command, 'sh', process.execPath, CLI, 'run', inFolder('run.sign.json'), '--dir', inFolder('full')],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    limited.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    assert.deepEqual(await once(limited, 'close'), [1, null], said);
    const [data, sentence, ...more] = said.trim().split('\n');
    assert.match(data!, /^128 \+ 32 images of 8 × 8 × 1, 4 classes$/);
    assert.match(sentence!, /^winning-sign: .*training\.safetensors.*ulimit -f.*try again/);
    assert.deepEqual(more, []);
    const [summary] = (await callJson<RunList>('runs', inFolder('full'))).runs;
    assert.equal(summary!.status, 'interrupted');
    assert.deepEqual(readdirSync(inFolder('full', 'state')), [], 'nothing half-written');
    assert.equal((await cli('resume', inFolder('full'))).code, 0);
    assert.deepEqual(bytes(inFolder('full'), 'round-02'), bytes(inFolder('whole'), 'round-02'));
  });
});

/** Returns the measurements of the rounds and epochs of a run, without times. */
function timeless(directory: string): unknown[] {
  return readEvents(directory).flatMap((event): object[] => {
    if (event.type === 'round') {
      const { imagesPerSecond: _, ...round } = event;
      return [{ ...round, time: 0, train: event.train.accuracy }];
    }
    return event.type === 'epoch' ? [{ ...event.test, epoch: event.epoch }] : [];
  });
}

function bytes(directory: string, checkpoint: string): Buffer {
  return readFileSync(path.join(directory, 'checkpoints', `${checkpoint}.safetensors`));
}
