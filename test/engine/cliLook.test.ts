import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readNetworkState } from '../../engine/checkpoints/state';
import { writeSafetensors } from '../../engine/checkpoints/write';
import { describeCheckpoint } from '../../engine/inspection/describe';
import type { DoctorCheck, Inspection, RunList, RunSummary } from '../../engine/protocol';
import type { StateDict } from '../../engine/tensors';
import { call, callJson } from './reusedProcess';
import { cli, readEvents, start, writeData, writeRunFile } from './process';
import { fixture, temporaryFolder } from '../fixtures';

describe('the command line, for verbs that only read', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const run = (...parts: string[]) => inFolder('.winning-sign', ...parts);

  beforeEach(async () => {
    await writeData(inFolder());
  });

  it('refuses to compare networks without a common layer', async () => {
    writeRunFile(inFolder('a.sign.json'), { method: 'dense', finalEpochs: 1 });
    writeRunFile(inFolder('b.sign.json'), { method: 'dense', finalEpochs: 1, model: 'mlp' });
    await Promise.all(['a', 'b'].map((name) => call('run', inFolder(`${name}.sign.json`))));
    const [a, b] = ['a', 'b'].map((name) => run(name, 'checkpoints', 'init.safetensors'));
    const { code, stderr } = await cli('compare', a!, b!);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /have no layer of the same name and shape \(\S+ of A: [^)]+ in .*init\.safetensors\)\. Compare/,
    );
    const refused = await call('interpolate', a!, b!);
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /cannot be interpolated: tensor \S+\.weight is [\d ×]+ in the first and missing in the second/,
    );
    assert.deepEqual(readdirSync(run()).sort(), ['a', 'b'], 'no run is made of it');
  });

  it('interpolates if only one checkpoint has masks, but not if the numbers of classes differ', async () => {
    writeRunFile(inFolder('a.sign.json'), { rounds: 1 });
    await call('run', inFolder('a.sign.json'));
    const masked = run('a', 'checkpoints', 'round-01.safetensors');
    const { state } = await readNetworkState(masked);
    const write = (name: string, tensors: StateDict) =>
      writeSafetensors(inFolder(name), { tensors, metadata: {} }).then(() => inFolder(name));
    const bare = await write('bare.safetensors', state.tensors);
    const line = await callJson<RunSummary>('interpolate', masked, bare, '--points', '2');
    assert.equal(line.status, 'done', line.message);
    const fewer = { dtype: 'F32' as const, shape: [3, 8], data: new Float32Array(24) };
    const other = await write('other.safetensors', new Map([...state.tensors, ['fc.weight', fewer]]));
    const { code, stderr } = await call('interpolate', masked, other, '--dir', inFolder('odd'));
    assert.deepEqual([code, existsSync(inFolder('odd'))], [2, false]);
    assert.match(stderr, /tensor fc\.weight is 4 × 8 in the first and 3 × 8 in the second/);
  });

  it('leaves no directory if the backend of a new run does not load', async () => {
    mkdirSync(inFolder('home/backends/tensorflow'), { recursive: true });
    writeFileSync(inFolder('home/backends/tensorflow/installed.json'), '{}');
    writeRunFile(inFolder('a.sign.json'), { backend: 'tensorflow' });
    const { code, stderr } = await start(['run', inFolder('a.sign.json')], { WINNING_SIGN_HOME: inFolder('home') })
      .ended;
    assert.equal(code, 2);
    assert.match(
      stderr,
      /a\.sign\.json: backend: tensorflow cannot be used here: the installed TensorFlow does not load/,
    );
    assert.equal(existsSync(run()), false);
  });

  it('lists the runs with valid records, and reports the other runs', async () => {
    writeRunFile(inFolder('a.sign.json'), { method: 'dense', finalEpochs: 1 });
    await call('run', inFolder('a.sign.json'));
    mkdirSync(run('b'));
    writeFileSync(run('b', 'run.json'), '{');
    const { code, stdout } = await cli('runs', run());
    assert.equal(code, 0);
    assert.match(stdout, /^a +train/m);
    assert.match(stdout, /^b: run\.json:1:2: Not valid JSON/m);
    const { runs, problems } = await callJson<RunList>('runs', run());
    assert.deepEqual([runs.length, problems.map(({ directory }) => directory)], [1, [run('b')]]);
  });

  it('lists the checkpoints of a run directory that was given instead of a checkpoint', async () => {
    writeRunFile(inFolder('a.sign.json'), { method: 'dense', finalEpochs: 1 });
    await call('run', inFolder('a.sign.json'));
    const { code, stderr } = await call('inspect', run('a'));
    assert.equal(code, 2);
    assert.match(
      stderr,
      /is a run directory, not a checkpoint\. Name one of the checkpoints in .*: final\.safetensors, init\.safetensors\./,
    );
  });

  it('names a transfer after the directory of its search, and refuses an empty name', async () => {
    writeRunFile(inFolder('a.sign.json'), { rounds: 1, finalEpochs: 1 });
    await call('run', inFolder('a.sign.json'), '--dir', run('second'));
    const { name } = await callJson<RunSummary>(
      'transfer',
      run('second', 'checkpoints/round-01.safetensors'),
      '--seed',
      '2',
    );
    assert.equal(name, 'second-r01-signed-mask-seed2');
    const { code, stderr } = await call('run', inFolder('a.sign.json'), '--dir', '');
    assert.deepEqual([code, stderr.includes('--dir is empty')], [2, true]);
  });

  it('names a checkpoint that does not fit the model', async () => {
    writeRunFile(inFolder('a.sign.json'));
    await call('run', inFolder('a.sign.json'));
    const small = `model=${JSON.stringify({ model: 'mlp', options: { hidden: [3] } })}`;
    const { code, stderr } = await call('transfer', run('a', ROUND_2), '--seed', '2', '--set', small);
    assert.equal(code, 2);
    assert.match(stderr, /round-02\.safetensors does not fit this run: tensor fc1\.weight is missing, but must be/);
    assert.deepEqual(readdirSync(run()), ['a'], 'nothing is made of a transfer that does not fit');
  });

  it('refuses to resume without the checkpoint of the last round, but does not need the source of a transfer', async () => {
    writeRunFile(inFolder('a.sign.json'), { finalEpochs: 1 });
    await call('run', inFolder('a.sign.json'));
    await call('transfer', run('a', ROUND_2), '--seed', '2', '--dir', run('moved'));
    for (const interrupted of ['a', 'moved']) forgetEnd(run(interrupted));
    rmSync(run('a', 'checkpoints'), { recursive: true });
    const missed = await call('resume', run('a'));
    assert.equal(missed.code, 2);
    assert.match(missed.stderr, /round-01\.safetensors is missing.*Restore the file, or make a new run/);
    const { code, stderr } = await call('resume', run('moved'));
    assert.equal(code, 0, stderr);
  });

  it('prints the help of all verbs or of one verb with --help and -h', async () => {
    for (const help of ['--help', '-h']) {
      assert.match((await cli(help)).stdout, /^usage: winning-sign VERB/);
      assert.match((await cli('run', help)).stdout, /^usage: winning-sign run FILE/);
    }
    const { stdout } = await cli('transfer', '--help');
    for (const option of ['seed', 'variant', 'dir', 'options', 'set', 'json'])
      assert.match(stdout, new RegExp(`^  --${option} +\\S.+`, 'm'));
    assert.match(stdout, /^ {20}retrain: θ_source ⊙ m\. The ticket itself,/m);
  });

  it('indents all lines of a summary, and lists series after compare', async () => {
    const { stdout } = await cli('--help');
    assert.deepEqual(stdout.match(/^ {2}(compare|series|report) /gm), ['  compare ', '  series ', '  report ']);
    assert.match(stdout, /resume a run directory;\n {6}with --set/);
  });

  it('prints errors as JSON with --json', async () => {
    const { error } = await callJson<{ error: { kind: string; message: string } }>('inspect', inFolder('none'));
    assert.equal(error.kind, 'input');
    assert.match(error.message, /none/);
  });

  it('inspects a checkpoint: masked weights, and the sparsity with both denominators', async () => {
    writeRunFile(inFolder('aws.sign.json'));
    await call('run', inFolder('aws.sign.json'));
    const inspection = await callJson<Inspection>('inspect', run('aws', 'checkpoints', 'round-01.safetensors'));
    const round = readEvents(run('aws')).filter((event) => event.type === 'round')[1]!;
    assert.deepEqual(inspection.sparsity, round.sparsity);
    assert.deepEqual(
      inspection.layers.map(({ name, kept, positive, negative }) => ({ name, kept, positive, negative })),
      round.layers.map(({ name, kept, positive, negative }) => ({ name, kept, positive, negative })),
    );
    const { metadata: said } = await describeCheckpoint(run('aws', 'checkpoints', 'round-01.safetensors'));
    const { checksum, ...metadata } = said;
    assert.match(checksum!, /^\d+$/);
    assert.deepEqual(
      { ...metadata, options: '' },
      {
        ...{ format: 'winning-sign 1', run: 'aws', round: '1', method: 'aws', seed: '3', options: '' },
        model: '{"model":"convnet","options":{"widths":[4,8]}}',
        data: '{"height":8,"width":8,"channels":1,"classes":4}',
        normalization: '{"mean":[79.412353515625],"std":[59.046377873403685]}',
      },
    );
    assert.ok(inspection.layers.every(({ maskRule }) => maskRule === 'mask'));
  });

  it('shows the tensors of a file in which no layer is recognized', async () => {
    const { stdout } = await cli('inspect', fixture('pytorch/nested.pt'));
    assert.match(stdout, /^No layer was recognized, because no weight has a mask/m);
    assert.match(stdout, /^a\.b\.c\.1\.1\.d +float32 +2 × 2 +4 +0 +3\.00 +3\.00$/m);
    assert.doesNotMatch(stdout, /0 %/);
  });

  it('examines the machine', async () => {
    const { ended } = start(['doctor', '--json'], { WINNING_SIGN_HOME: inFolder('empty') });
    const { checks } = JSON.parse((await ended).stdout) as { checks: DoctorCheck[] };
    assert.deepEqual(
      checks.filter(({ ok }) => !ok),
      [],
    );
    assert.ok(checks.some(({ name }) => name === 'Backend wasm'));
  });

  it('distinguishes an installed backend that does not work from one that is not installed', async () => {
    mkdirSync(inFolder('home', 'backends', 'tensorflow'), { recursive: true });
    writeFileSync(inFolder('home', 'backends', 'tensorflow', 'installed.json'), '{');
    const { ended } = start(['doctor', '--json'], { WINNING_SIGN_HOME: inFolder('home') });
    const { checks } = JSON.parse((await ended).stdout) as { checks: DoctorCheck[] };
    const tensorFlow = checks.find(({ name }) => name === 'Backend tensorflow')!;
    assert.deepEqual([tensorFlow.ok, /backends uninstall tensorflow/.exec(tensorFlow.remedy!)?.length], [false, 1]);
    assert.equal(
      checks.find(({ name }) => name === 'TensorFlow'),
      undefined,
      'no second word that it could be installed',
    );
  });
});

const ROUND_2 = 'checkpoints/round-02.safetensors';

/** Removes the last event, as if the run had been killed before it. */
function forgetEnd(directory: string): void {
  const file = path.join(directory, 'events.jsonl');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n`);
}
