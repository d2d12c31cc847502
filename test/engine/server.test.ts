/** Tests the server as a process over real JSON-RPC, with real runners. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  type ResponseError,
} from 'vscode-languageserver/node';
import type { ErrorDetails, Events, InstallPlan, Params, RequestMethod, Result, RunDelta } from '../../engine/protocol';
import { makeFakes, type Fakes } from './install/fakes';
import { QUICK, writeData, writeRunFile } from './process';
import { fixture, temporaryFolder } from '../fixtures';
import { until } from '../until';

describe('the server', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  let child: ChildProcess;
  let connection: MessageConnection;

  beforeEach(async () => {
    await writeData(inFolder());
    child = fork(path.resolve('dist/engine/server.js'), ['--node-ipc'], {
      env: {
        ...process.env,
        WINNING_SIGN_THREADS: '1',
        WINNING_SIGN_HOME: inFolder('home'),
        // The test of installing puts its fakes into this folder.
        PATH: `${inFolder('bin')}${path.delimiter}${process.env['PATH']}`,
        VIRTUAL_ENV: '',
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    connection.listen();
    await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
  });
  afterEach(async () => {
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    connection.dispose();
    if (child.connected) child.disconnect();
    await gone;
  });

  it('starts a run, follows its rounds, and reports the densities that follow from pruningFraction', async () => {
    assert.deepEqual(await request('runs/follow', { folders: [inFolder('runs')] }), { runs: [], problems: [] });
    const deltas: RunDelta[] = [];
    let notice: () => void = () => undefined;
    on('run/changed', (delta) => {
      deltas.push(delta);
      notice();
    });
    const options = {
      ...QUICK,
      dataset: { ...QUICK.dataset, path: inFolder('data.safetensors') },
    } as Params<'run/start'> extends { options: infer O } ? O : never;
    const { directory } = await start({ folder: inFolder('runs'), name: 'aws', options });
    // Drops deltas that arrived before the snapshot, because the snapshot includes them. Panels do the same.
    const before = await request('run/snapshot', { directory }).finally(() => (deltas.length = 0));
    while (![before.status, ...deltas.map(({ set }) => set.status)].includes('done'))
      await new Promise<void>((resolve) => (notice = resolve));
    const snapshot = await request('run/snapshot', { directory });
    const kept = snapshot.rounds.map(({ layers }) => layers.reduce((sum, layer) => sum + layer.kept, 0));
    const prunable = snapshot.parameters.prunable;
    const first = Math.floor((prunable * 7) / 10);
    assert.deepEqual(kept, [prunable, first, Math.floor((first * 7) / 10)]);
    assert.equal(snapshot.record.pruningFraction, 0.3);
    assert.deepEqual(
      [...before.rounds, ...deltas.flatMap(({ append }) => append.rounds ?? [])],
      snapshot.rounds,
      'what was pushed is what is there',
    );
  });

  it('stops and resumes a detached runner, which outlives the server', async () => {
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 60 });
    const { directory } = await start({ folder: inFolder('runs'), file: inFolder('slow.sign.json') });
    assert.deepEqual(await request('run/stop', { directory }), { status: 'running', stopping: true });
    await untilUnlocked(directory);
    assert.equal((await request('run/snapshot', { directory })).status, 'stopped');
    assert.deepEqual(await request('run/held', { directory }), { held: false });
    assert.deepEqual(await request('run/file', { directory }), { file: path.join(directory, 'run.json') });
    await request('run/resume', { directory });
    assert.deepEqual(await request('run/held', { directory }), { held: true });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await untilUnlocked(directory);
    assert.match(readFileSync(path.join(directory, 'events.jsonl'), 'utf8'), /"outcome":"done"/);
  });

  it('transfers a mask, measures connectivity, and opens, draws and compares checkpoints', async () => {
    writeRunFile(inFolder('aws.sign.json'), { finalEpochs: 1 });
    const folder = inFolder('runs');
    const { directory } = await finished(await start({ folder, file: inFolder('aws.sign.json') }));
    const checkpoint = path.join(directory, 'checkpoints/round-02.safetensors');
    const [a, b] = [
      await finished(await start({ folder, checkpoint, variant: 'retrain', seed: 4 })),
      await finished(await start({ folder, checkpoint, variant: 'signed-mask', seed: 4 })),
    ].map((run) => path.join(run.directory, 'checkpoints/final.safetensors')) as [string, string];
    const line = await finished(await start({ folder, a, b, points: 3 }));
    assert.equal((await request('run/snapshot', line)).points.length, 3);

    const header = await request('checkpoint/open', { file: checkpoint });
    assert.equal(header.label, 'aws/round-02');
    assert.deepEqual(header.run, {
      directory,
      name: 'aws',
      round: 2,
      initialization: path.join(directory, 'checkpoints/init.safetensors'),
      previous: path.join(directory, 'checkpoints/round-01.safetensors'),
    });
    const layer = header.layers[0]!;
    const region = { x: 0, y: 0, width: layer.columns, height: layer.rows };
    const picture = await request('checkpoint/picture', { file: checkpoint, layer: layer.name, region, maxSize: 512 });
    assert.deepEqual([picture.width, picture.height], [layer.columns, layer.rows]);
    const statistics = await request('checkpoint/statistics', { file: checkpoint });
    const kept = Buffer.from(picture.bytes, 'base64')
      .subarray(0, layer.count)
      .reduce((sum, share) => sum + share / 255, 0);
    assert.equal(kept, statistics.layers[0]!.kept);
    const marginals = await request('checkpoint/marginals', { file: checkpoint, layer: layer.name });
    assert.deepEqual([marginals.rows.length, marginals.columns.length], [layer.rows, layer.columns]);
    for (const shares of [marginals.rows, marginals.columns]) {
      const total = (shares.reduce((sum, share) => sum + share, 0) * layer.count) / shares.length;
      assert.ok(Math.abs(total - kept) < 1e-6, `${total} weights by the margins, ${kept} in all`);
    }
    await assert.rejects(request('checkpoint/marginals', { file: checkpoint, layer: 'none' }), /none/);
    const { total } = await request('checkpoint/compare', { a: checkpoint, b: a });
    assert.equal(total.iou, 1);
  });

  it('returns the finished run instead of starting one with the same options', async () => {
    writeRunFile(inFolder('aws.sign.json'), { rounds: 1 });
    const request = { folder: inFolder('runs'), file: inFolder('aws.sign.json') };
    const { directory } = await finished(await start(request));
    const log = path.join(directory, 'events.jsonl');
    const before = readFileSync(log, 'utf8');
    assert.deepEqual(await start(request), { directory, finished: 'done' });
    assert.equal(readFileSync(log, 'utf8'), before);
    writeRunFile(inFolder('aws.sign.json'), { rounds: 1, seed: 4 });
    const other = await start(request);
    assert.deepEqual(Object.keys(other), ['directory']);
    assert.notEqual(other.directory, directory);
    await finished(other);
  });

  it('returns the warnings of a run before it starts, and leaves no directory of a run that cannot start', async () => {
    const folder = inFolder('runs');
    writeRunFile(inFolder('odd.sign.json'), { method: 'lrr', rewindStep: 3 });
    const file = inFolder('odd.sign.json');
    const answer = await request('run/start', { folder, file });
    assert.deepEqual(answer, {
      warnings: [
        '"rewindStep" is 3, which has no effect. Only the method imp rewinds weights, but the method is lrr. Remove "rewindStep".',
      ],
    });
    assert.equal(existsSync(folder), false, 'nothing is written before the warnings are confirmed');
    await finished(await start({ folder, file, confirmed: true }));
    writeRunFile(inFolder('none.sign.json'), { pruningFraction: 0.9, rounds: 3 });
    await assert.rejects(
      request('run/start', { folder, file: inFolder('none.sign.json') }),
      /which leaves none of 324/,
    );
    assert.deepEqual(readdirSync(folder), ['odd']);
  });

  it('answers bad requests with one message, and still answers the next request', async () => {
    await assert.rejects(request('checkpoint/open', { file: inFolder('none.safetensors') }), /none\.safetensors/);
    await assert.rejects(request('run/snapshot', { directory: inFolder() }), /not a run directory/);
    writeRunFile(inFolder('bad.sign.json'), { rounds: -1 });
    const bad = inFolder('bad.sign.json');
    await assert.rejects(request('run/start', { folder: inFolder('runs'), file: bad }), (error) => {
      const message = '"rounds" must be from 1 to 200 (it is -1).';
      const { file, problems } = (error as ResponseError<ErrorDetails>).data!.problems!;
      assert.deepEqual([file, problems[0]!.message, problems[0]!.range?.line], [bad, message, 1]);
      return (error as Error).message.endsWith(message);
    });
    assert.equal(existsSync(inFolder('runs')), false, 'nothing is made of a bad run file');
    assert.ok((await request('engine/doctor', {})).length > 3);
  });

  it('describes an own network, and asks before its run starts', async () => {
    await writeData(inFolder());
    copyFileSync(fixture('layersModel/small.json'), inFolder('small.json'));
    assert.equal((await request('network/describe', { file: inFolder('small.json') })).classifier, 'logits');
    const file = inFolder('own.sign.json');
    writeRunFile(file, { model: { model: 'layers', path: 'small.json' } });
    const answer = await request('run/start', { folder: inFolder('runs'), file });
    assert.ok('warnings' in answer && answer.inferred?.[1]?.startsWith('The classifier is logits.'));
    assert.equal(existsSync(inFolder('runs')), false);
  });

  it('finds a dataset that was downloaded before, and tells of it', async () => {
    mkdirSync(inFolder('mnist', 'kept'), { recursive: true });
    const messages: string[] = [];
    on('dataset/progress', ({ name, message }) => messages.push(`${name}: ${message}`));
    const { dataset } = await request('dataset/get', { name: 'mnist', into: inFolder() });
    assert.deepEqual(dataset, { format: 'idx', path: inFolder('mnist') });
    assert.match(messages.join(), /^mnist: .*mnist exists already, so nothing is downloaded/);
  });

  it('plans, performs, cancels and removes an installation of TensorFlow', async function () {
    if (process.platform !== 'linux') this.skip();
    const fakes = makeFakes(inFolder());
    const plan = await planWith(fakes);
    assert.deepEqual([plan.home, plan.tensorflow.version], [inFolder('home/backends/tensorflow'), '2.21.0']);
    const steps = new Set<string>();
    on('backend/progress', ({ step }) => steps.add(step));
    // The real command line tests the installation, and finds that the fake addon does not load.
    await assert.rejects(request('backend/install', { plan }), /a test of it failed on this machine/);
    assert.deepEqual([...steps], ['downloading', 'unpacking', 'compiling', 'trying']);
    assert.deepEqual(readdirSync(inFolder('home/backends')), []);

    const another = await planWith(makeFakes(inFolder(), { download: 'hangs' }));
    const cancelling = new CancellationTokenSource();
    on('backend/progress', ({ message }) => {
      if (message.startsWith('Downloading')) cancelling.cancel();
    });
    const installing = connection.sendRequest('backend/install', { plan: another }, cancelling.token);
    await assert.rejects(installing, /Cancelled\. Nothing was changed/);
    assert.deepEqual(readdirSync(inFolder('home/backends')), []);
    assert.deepEqual(await request('backend/uninstall', {}), {});
    assert.ok(fakes.calls('python').length > 2);
  });

  it('leaves no files of an unfinished installation when it ends', async function () {
    if (process.platform !== 'linux') this.skip();
    const fakes = makeFakes(inFolder(), { download: 'hangs' });
    const plan = await planWith(fakes);
    const downloading = new Promise<void>((resolve) => {
      on('backend/progress', ({ message }) => {
        if (message.startsWith('Downloading')) resolve();
      });
    });
    request('backend/install', { plan }).catch(() => undefined);
    await downloading;
    child.disconnect();
    await once(child, 'exit');
    assert.deepEqual(readdirSync(inFolder('home/backends')), []);
    assert.ok(hasEnded(fakes.downloader()));
  });

  it('ends with its parent', async () => {
    child.disconnect();
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
  });

  function request<M extends RequestMethod>(method: M, params: Params<M>): Promise<Result<M>> {
    return connection.sendRequest(method, params);
  }

  /** Returns the plan with the packages of the fake npm. */
  async function planWith(fakes: Fakes): Promise<InstallPlan> {
    const plan = await request('backend/plan', { gpu: false });
    return { ...plan, downloads: plan.downloads.map((one) => (one.url === 'npm' ? fakes.packed(one.name) : one)) };
  }

  async function start(params: Params<'run/start'>): Promise<{ directory: string }> {
    const answer = await request('run/start', params);
    assert.ok('directory' in answer, JSON.stringify(answer));
    return answer;
  }

  function on<E extends keyof Events>(event: E, listener: (params: Events[E]) => void): void {
    connection.onNotification(event, listener);
  }

  async function finished(run: { directory: string }): Promise<{ directory: string }> {
    await untilUnlocked(run.directory);
    const { status, message } = await request('run/snapshot', run);
    assert.equal(status, 'done', message);
    return run;
  }
});

async function untilUnlocked(directory: string): Promise<void> {
  await until('the run is unlocked', () => !existsSync(path.join(directory, 'lock')));
}

/** Whether a process has ended, or is a zombie. */
function hasEnded(pid: number): boolean {
  const status = `/proc/${pid}/stat`;
  return !existsSync(status) || readFileSync(status, 'utf8').includes(') Z ');
}
