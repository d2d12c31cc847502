import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isAutomatic, reportBackends } from '../../../engine/backends/report';
import { startBackend } from '../../../engine/backends/startBackend';
import { MachineError } from '../../../engine/errors';
import type { BackendChoice, BackendReport, RunEvent, Speed } from '../../../engine/protocol';
import { calibrate, measureAnew, type Measure, type Work } from '../../../engine/calibration/calibrate';
import { chooseBackend, compared } from '../../../engine/calibration/choose';
import { temporaryFolder } from '../../fixtures';
import { cli, cliJson, writeData, writeRunFile } from '../process';

const WORK: Work = { model: 'mlp', data: { height: 8, width: 8, channels: 1, classes: 4 }, batchSize: 16 };

/** A machine with these backends and their speeds. */
function machine(speeds: Record<string, number | string>) {
  const asked: string[] = [];
  const candidates = Object.keys(speeds).map((name): BackendReport => ({
    name: name as Speed['name'],
    usable: true,
    device: 'x',
    version: '1',
    problem: '',
  }));
  const measure: Measure = (name) => {
    asked.push(name);
    const speed = speeds[name]!;
    return Promise.resolve(
      typeof speed === 'number' ? { name, examplesPerSecond: speed } : { name, examplesPerSecond: 0, problem: speed },
    );
  };
  return { candidates, measure, asked };
}

describe('calibration', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const home = process.env['WINNING_SIGN_HOME'];
  beforeEach(() => {
    process.env['WINNING_SIGN_HOME'] = inFolder('home');
  });
  afterEach(() => {
    delete process.env['WINNING_SIGN_KERNELS'];
    if (home === undefined) delete process.env['WINNING_SIGN_HOME'];
    else process.env['WINNING_SIGN_HOME'] = home;
  });

  it('measures each backend once and then uses the saved speeds', async () => {
    const { candidates, measure, asked } = machine({ tensorflow: 100, wasm: 300, webgpu: 20 });
    const said: string[] = [];
    const options = { measure, onMessage: (sentence: string) => said.push(sentence) };
    const first = await calibrate(WORK, candidates, options);
    assert.deepEqual(
      first.speeds.map(({ name }) => name),
      ['wasm', 'tensorflow', 'webgpu'],
    );
    assert.deepEqual(await calibrate(WORK, candidates, options), first);
    assert.deepEqual(asked, ['tensorflow', 'wasm', 'webgpu']);
    assert.equal(said.length, 1);
    assert.equal(compared(first), 'With this network wasm trains 300 examples a second, tensorflow 100, webgpu 20.');
  });

  it('measures a backend again after a failure', async () => {
    const busy = machine({ webgpu: 'the GPU was lost', wasm: 300 });
    const first = await calibrate(WORK, busy.candidates, busy);
    assert.equal(
      compared(first),
      'With this network wasm trains 300 examples a second, webgpu failed (the GPU was lost).',
    );
    const free = machine({ webgpu: 900, wasm: 300 });
    assert.equal((await calibrate(WORK, free.candidates, free)).speeds[0]!.name, 'webgpu');
  });

  it('measures again if the network, batch size, device, version, operations or kernels differ', async () => {
    const { candidates, measure, asked } = machine({ tensorflow: 2, wasm: 1 });
    await calibrate(WORK, candidates, { measure });
    const others: [Work, BackendReport[]][] = [
      [{ ...WORK, model: 'convnet' }, candidates],
      [{ ...WORK, batchSize: 17 }, candidates],
      [WORK, candidates.map((report) => ({ ...report, device: 'GPU' }))],
      [WORK, candidates.map((report) => ({ ...report, version: '2' }))],
      [WORK, candidates.map((report) => ({ ...report, operations: 'avx2' }))],
    ];
    for (const [work, reports] of others) await calibrate(work, reports, { measure });
    assert.equal(asked.length, 2 * (1 + others.length));
    process.env['WINNING_SIGN_KERNELS'] = 'simd';
    await calibrate(WORK, candidates, { measure });
    assert.equal(asked.length, 2 * (2 + others.length));
  });

  it('keeps measurements that are made at the same time', async () => {
    const { candidates, measure, asked } = machine({ tensorflow: 2, wasm: 1 });
    const works = [16, 32, 64, 128].map((batchSize) => ({ ...WORK, batchSize }));
    await Promise.all(works.map((work) => calibrate(work, candidates, { measure })));
    assert.equal(asked.length, 8);
    for (const work of works) await calibrate(work, candidates, { measure });
    assert.equal(asked.length, 8, 'all are saved');
  });

  it('keeps them although another machine seems to be saving some', async () => {
    const { candidates, measure, asked } = machine({ tensorflow: 2, wasm: 1 });
    mkdirSync(inFolder('home'));
    writeFileSync(inFolder('home/calibrations.json.lock'), JSON.stringify({ pid: 1, host: 'elsewhere', started: '' }));
    await calibrate(WORK, candidates, { measure });
    await calibrate(WORK, candidates, { measure });
    assert.equal(asked.length, 2);
  });

  it('replaces saved speeds if a new measurement is requested', async () => {
    const before = machine({ tensorflow: 2, wasm: 1 });
    await calibrate(WORK, before.candidates, before);
    const after = machine({ tensorflow: 2, wasm: 5 });
    await measureAnew(WORK, after.candidates, after);
    const { speeds } = await calibrate(WORK, after.candidates, before);
    assert.equal(speeds[0]!.name, 'wasm');
    const { entries } = JSON.parse(readFileSync(inFolder('home/calibrations.json'), 'utf8')) as { entries: unknown[] };
    assert.equal(entries.length, 1);
  });

  it('ignores a corrupt file of speeds, and does not fail if speeds cannot be saved', async () => {
    const { candidates, measure, asked } = machine({ tensorflow: 2, wasm: 1 });
    await calibrate(WORK, candidates, { measure });
    writeFileSync(inFolder('home/calibrations.json'), '{"entries":[{"key":');
    await calibrate(WORK, candidates, { measure });
    assert.equal(asked.length, 4);
    process.env['WINNING_SIGN_HOME'] = inFolder('home/calibrations.json'); // no folder
    assert.equal((await calibrate(WORK, candidates, { measure })).speeds.length, 2);
  });
});

describe('auto', function () {
  this.timeout(180_000);
  const inFolder = temporaryFolder();
  const never: Measure = () => Promise.reject(new Error('nothing is to be measured'));

  it('keeps the backend that a run started on, without measuring', async () => {
    // Another test may have started wasm in this process, with other kernels than those of a new run.
    const { kernels } = (await startBackend('wasm')).choice;
    const began = { ...choiceOf('wasm'), ...(kernels && { kernels }) };
    const { choice } = await chooseBackend('auto', { work: WORK, measure: never, began });
    assert.deepEqual(
      [choice.name, choice.reason, choice.deterministic],
      ['wasm', 'This run used this backend before.', true],
    );
  });

  it('uses the reports that it is given, which come from another process in a run', async () => {
    const report = () => Promise.resolve(machine({ wasm: 1 }).candidates);
    const { choice } = await chooseBackend('auto', { work: WORK, measure: never, report });
    assert.equal(choice.name, 'wasm');
  });

  it('uses wasm if a native library crashes while it is checked, and says so', async () => {
    const crash = () => Promise.reject(new MachineError('The check of the backends did not finish: node crashed.'));
    const { choice } = await chooseBackend('auto', { work: WORK, measure: never, report: crash });
    assert.equal(choice.name, 'wasm');
    assert.match(choice.reason, /^The check of the backends did not finish: node crashed\. This run uses wasm\./);
    const bug = () => Promise.reject(new Error('a bug'));
    await assert.rejects(chooseBackend('auto', { work: WORK, measure: never, report: bug }), /a bug/);
  });

  it('uses another backend if the previous one cannot be used, and reports the change', async function () {
    const reports = await reportBackends();
    const lost = reports.find(({ usable }) => !usable);
    if (!lost) this.skip();
    const first: Measure = (name) => Promise.resolve({ name, examplesPerSecond: name === 'wasm' ? 2 : 1 });
    const { choice } = await chooseBackend('auto', { work: WORK, measure: first, began: choiceOf(lost.name) });
    assert.notEqual(choice.name, lost.name);
    assert.ok(choice.reason.startsWith(`This run used ${lost.name} before, so its result may not be bit-identical`));
    assert.deepEqual([choice.deterministic, choice.mixed], [false, true]);
    const again = await chooseBackend('auto', { work: WORK, measure: never, began: choice });
    assert.deepEqual([again.choice.name, again.choice.mixed], [choice.name, true], 'it stays so');
    assert.match(
      again.choice.reason,
      /^This run used this backend before\. Its result may not be bit-identical to that of an uninterrupted run, because its backend/,
    );
  });

  it('measures the network of a run once, in separate processes', async function () {
    if ((await reportBackends()).filter(isAutomatic).length < 2) this.skip();
    await writeData(inFolder());
    writeRunFile(inFolder('run.sign.json'), { backend: 'auto', rounds: 1 });
    const measured = await cliJson<{ speeds: Speed[] }>('backends', 'measure', ...ASKED);
    assert.ok(measured.speeds.every(({ examplesPerSecond }) => examplesPerSecond > 0));
    const { code, stdout, stderr } = await cli('run', inFolder('run.sign.json'), '--dir', inFolder('run'));
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout, /Measuring/); // the same work was just measured
    const [line] = readFileSync(inFolder('run/events.jsonl'), 'utf8').split('\n');
    const started = JSON.parse(line!) as RunEvent & { type: 'started' };
    assert.equal(started.backend.name, measured.speeds[0]!.name);
    assert.ok(started.backend.reason.includes(compared(measured)));
  });
});

function choiceOf(name: BackendReport['name']): BackendChoice {
  return { name, device: '', threads: 2, deterministic: true, reason: '' };
}

/** The training in the run file that `writeRunFile` writes. */
const ASKED = [
  '--network',
  '{"model":"convnet","options":{"widths":[4,8]}}',
  '--batch',
  '16',
  '--images',
  '8x8x1',
  '--classes',
  '4',
];
