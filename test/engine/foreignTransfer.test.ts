/** Tests transfers from checkpoints of other tools: names with wrappers, missing buffers, other shapes, and separate mask files. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readNetworkState, tensorsWithMasks } from '../../engine/checkpoints/state';
import { writeSafetensors } from '../../engine/checkpoints/write';
import type { Inspection } from '../../engine/vocabulary/inspection';
import type { ListedRun, RunSummary } from '../../engine/protocol';
import type { HostTensor, NetworkState } from '../../engine/tensors';
import { fixture, temporaryFolder } from '../fixtures';
import { call, callJson } from './reusedProcess';
import { writeData, writeRunFile } from './process';
import { hashesOf } from './oracle';

const CASE = 'cases/32-foreign-transfer';
const OPTIONS = fixture(`${CASE}/opt11.sign.json`);

describe('transfer and interpolate with checkpoints of other tools', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const final = async (run: string) =>
    hashesOf((await readNetworkState(inFolder(run, 'checkpoints/final.safetensors'))).state);
  const transfer = (file: string, run: string, ...more: string[]) => [
    'transfer',
    file,
    '--seed',
    '5',
    '--options',
    OPTIONS,
    '--dir',
    inFolder(run),
    ...more,
  ];
  /** Writes a separate mask file for the only masked layer. */
  const writeMask = (name: string, { tensors }: NetworkState, data: Uint8Array) =>
    writeSafetensors(inFolder(name), {
      tensors: new Map([['fc1.weight', { dtype: 'U8', shape: tensors.get('fc1.weight')!.shape, data }]]),
      metadata: {},
    });
  const recordOf = (run: string) =>
    JSON.parse(readFileSync(inFolder(run, 'run.json'), 'utf8')) as { source: Record<string, unknown> };

  it('ends in the same network, whatever wrapper or missing counter the file has', async () => {
    const truth = JSON.parse(readFileSync(fixture(`${CASE}/truth.json`), 'utf8')) as { kept: number; count: number };
    for (const name of ['plain', 'compiled', 'lightning', 'no-counter']) {
      const file = fixture(`${CASE}/${name}.safetensors`);
      const { weights } = await callJson<Inspection>('inspect', file);
      assert.deepEqual([weights.prunable, weights.pruned], [truth.count, truth.count - truth.kept], name);
      const { status, message } = await callJson<RunSummary>(...transfer(file, name));
      assert.equal(status, 'done', message);
      assert.deepEqual(await final(name), await final('plain'), name);
    }
    const [plain, compiled] = ['plain', 'compiled'].map((name) => fixture(`${CASE}/${name}.safetensors`));
    const line = ['interpolate', plain!, compiled!, '--points', '2', '--options', OPTIONS, '--dir', inFolder('line')];
    const { code, stderr } = await call(...line);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /compiled\.safetensors: its names are used without “_orig_mod\.”\./);
    assert.doesNotMatch(stderr, /plain\.safetensors: its names/);
  });

  it('needs running statistics only to train the ticket itself', async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('search.sign.json'), { method: 'lrr', rounds: 1, finalEpochs: 1 });
    await callJson('run', inFolder('search.sign.json'), '--dir', inFolder('search'));
    const { state } = await readNetworkState(inFolder('search/checkpoints/round-01.safetensors'));
    const isStatistic = (name: string) => /running_|num_batches/.test(name);
    const write = (name: string, change: (entry: [string, HostTensor]) => [string, HostTensor][]) =>
      writeSafetensors(inFolder(name), {
        tensors: new Map([...tensorsWithMasks(state)].flatMap(change)),
        metadata: {},
      });
    await write('whole.safetensors', (entry) => [entry]);
    await write('bare.safetensors', (entry) => (isStatistic(entry[0]) ? [] : [entry]));
    await write('long.safetensors', ([name, tensor]) =>
      name.startsWith('conv') ? [[name, { ...tensor, shape: [...tensor.shape, 1] }]] : [[name, tensor]],
    );
    const options = ['--options', inFolder('search.sign.json')];
    const run = (name: string, ...more: string[]) =>
      call('transfer', inFolder(`${name}.safetensors`), '--seed', '4', ...options, '--dir', inFolder(name), ...more);
    for (const name of ['whole', 'bare', 'long']) {
      const { code, stderr } = await run(name);
      assert.equal(code, 0, stderr);
      assert.deepEqual(await final(name), await final('whole'), name);
    }
    const line = ['interpolate', inFolder('bare.safetensors'), inFolder('whole.safetensors'), '--points', '2'];
    assert.equal((await call(...line, ...options, '--dir', inFolder('line'))).code, 0);
    const { code, stderr } = await run('bare', '--variant', 'retrain', '--dir', inFolder('retrained'));
    assert.equal(code, 2);
    assert.match(stderr, /running_mean is missing, .*Save the whole state_dict\(\)/);
  });

  it('uses the rule, the mask file and the state dict that are given, and records them', async () => {
    const file = fixture(`${CASE}/plain.safetensors`);
    const { state } = await readNetworkState(file);
    const mask = state.masks.get('fc1')!;
    const other = mask.map((_, i) => (i % 4 === 0 ? 1 : 0));
    await writeMask('mask.safetensors', state, other);
    const given = ['--mask', inFolder('mask.safetensors'), '--layers', 'fc1'];
    const { sparsity } = await callJson<Inspection>('inspect', file, ...given);
    assert.equal(sparsity.prunable, 0.75);
    const run = await callJson<RunSummary>(...transfer(file, 'masked', ...given));
    assert.equal(run.result?.kind === 'train' && run.result.sparsity.prunable, 0.75);
    const { source } = recordOf('masked');
    assert.deepEqual(Object.keys(source), ['from', 'checkpoint', 'sha256', 'layers', 'mask', 'variant']);
    assert.equal(source['layers'], 'fc1');
    const { sha256, checkpoint } = source['mask'] as { sha256: string; checkpoint: string };
    assert.match(sha256, /^[0-9a-f]{64}$/);
    assert.match(checkpoint, /mask\.safetensors$/);
    assert.notEqual(sha256, source['sha256']);
    await callJson<RunSummary>(...transfer(file, 'unmasked'));
    const { runs } = await callJson<{ runs: ListedRun[] }>('runs', inFolder());
    assert.equal(new Set(runs.map(({ experiment }) => experiment)).size, 2, 'another mask is another experiment');
    const none = await call(...transfer(file, 'none', '--layers', 'conv*'));
    assert.equal(none.code, 2);
    assert.match(none.stderr, /the rule "conv\*" chooses no layer/);
  });

  it('refuses a file that has only masks, and says how to name it', async () => {
    const { state } = await readNetworkState(fixture(`${CASE}/plain.safetensors`));
    await writeMask('mask.safetensors', state, state.masks.get('fc1')!);
    const mask = inFolder('mask.safetensors');
    const { code, stderr } = await call(...transfer(mask, 'refused'));
    assert.equal(code, 2);
    assert.match(
      stderr,
      /mask\.safetensors has only masks, no weights: .* Name the checkpoint of the model instead, and this file with --mask\./,
    );
    const plain = fixture(`${CASE}/plain.safetensors`);
    const line = await call(
      'interpolate',
      plain,
      mask,
      '--points',
      '2',
      '--options',
      OPTIONS,
      '--dir',
      inFolder('line'),
    );
    assert.equal(line.code, 2);
    assert.match(line.stderr, /has only masks/);
    assert.deepEqual([existsSync(inFolder('refused')), existsSync(inFolder('line'))], [false, false]);
  });

  it('says why its sparsity differs from the one that inspect prints', async () => {
    const file = fixture(`${CASE}/plain.safetensors`);
    const { stderr } = await call(...transfer(file, 'all', '--layers', 'matrices'));
    assert.match(
      stderr,
      /plain\.safetensors: by the rule “matrices”, 18\.6 % of the prunable weights are pruned, but 20\.1 % in this run, because fc is not prunable in mlp\./,
    );
    const same = await call(...transfer(file, 'same'));
    assert.doesNotMatch(same.stderr, /in this run, because/);
  });

  it('refuses a run whose mask file has changed', async () => {
    const file = inFolder('model.safetensors');
    copyFileSync(fixture(`${CASE}/plain.safetensors`), file);
    const { state } = await readNetworkState(file);
    const mask = state.masks.get('fc1')!;
    await writeMask('m.safetensors', state, mask);
    await callJson<RunSummary>(...transfer(file, 'run', '--mask', inFolder('m.safetensors')));
    await writeMask(
      'm.safetensors',
      state,
      mask.map((bit) => 1 - bit),
    );
    const again = inFolder('again');
    const record = readFileSync(inFolder('run/run.json'), 'utf8');
    mkdirSync(again);
    writeFileSync(inFolder('again/run.json'), record);
    const { code, stderr } = await call('resume', again);
    assert.equal(code, 2);
    assert.match(stderr, /the mask file \S+m\.safetensors has changed since this run was made/);
  });
});
