/** Tests imported checkpoints: their logits are those of PyTorch (`make/official_logits.py`), and they can be used like those of a run. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readNetworkState, tensorsWithMasks } from '../../engine/checkpoints/state';
import { readMetadata } from '../../engine/checkpoints/open';
import { sha256Of, writeSafetensors } from '../../engine/checkpoints/write';
import { batchesOf } from '../../engine/datasets/batches';
import { loadDataset } from '../../engine/datasets/load';
import { UserError } from '../../engine/errors';
import { initialize } from '../../engine/models/initialize';
import { buildArchitecture } from '../../engine/models/registry';
import { importCheckpoint } from '../../engine/runs/importCheckpoint';
import type { HostTensor } from '../../engine/tensors';
import type { Imported } from '../../engine/vocabulary/imported';
import type { ModelSpec } from '../../engine/vocabulary/runOptions';
import type { Inspection } from '../../engine/vocabulary/inspection';
import { inspect } from '../../engine/inspection/inspect';
import { fixture, readJson, temporaryFolder } from '../fixtures';
import { logitsOf } from './logits';
import { checkOutput } from './outputSchema';
import { call } from './reusedProcess';
import { cliJson } from './process';

interface Truth {
  files: Record<string, { logits: number[][]; loss: number; accuracy: number }>;
}

const OPTIONS = fixture('aws/images.sign.json');
const { files: TRUTHS } = readJson('aws/logits.json') as Truth;

describe('an imported checkpoint', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const imported = (file: string, more: object = {}) =>
    importCheckpoint({ checkpoint: fixture(file), out: inFolder('i.safetensors'), force: true, ...more });

  for (const [name, { logits: truth }] of Object.entries(TRUTHS))
    it(`of the official code has the logits that PyTorch computes (${name})`, async () => {
      const source = path.join('aws', name);
      const { file, model, sparsity, notes } = await imported(source);
      const { state } = await readNetworkState(file);
      const { dataset: spec } = JSON.parse(readFileSync(OPTIONS, 'utf8')) as {
        dataset: Parameters<typeof loadDataset>[0];
      };
      const dataset = await loadDataset(spec, fixture('aws'));
      const { height, width, channels } = dataset;
      const members = Uint32Array.from({ length: dataset.test.count }, (_, i) => i);
      const { images: data } = batchesOf(dataset)({ split: 'test', members });
      const shape: [number, number, number, number] = [members.length, height, width, channels];
      const architecture = buildArchitecture(model, { height, width, channels, classes: 10 });
      const logits = await logitsOf(architecture, state, { data, shape });
      logits.forEach((row, n) => {
        row.forEach((value, c) => {
          assert.ok(Math.abs(value - truth[n]![c]!) < 2e-5, `${value} and ${truth[n]![c]}`);
        });
      });
      const there = await inspect(fixture(source));
      assert.ok(Math.abs(sparsity.prunable - there.sparsity.prunable) < 1e-12);
      assert.deepEqual(
        notes.filter((note) => !note.includes('initialized')),
        [],
      );
    });

  it('says where it comes from, and what its network and its data are', async () => {
    const source = 'pytorch/official_aws.pth.tar';
    await imported(source, { optionsFile: OPTIONS });
    const metadata = await readMetadata(inFolder('i.safetensors'));
    const { model, data, normalization, imported: facts } = metadata;
    const sha256 = await sha256Of(fixture(source));
    assert.deepEqual(JSON.parse(facts!), { file: 'official_aws.pth.tar', format: 'pytorch', sha256 });
    assert.deepEqual(JSON.parse(data!), { height: 16, width: 16, channels: 3, classes: 10 });
    assert.deepEqual(JSON.parse(normalization!), { mean: [120, 110, 100], std: [60, 70, 80] });
    assert.match(model!, /"widths":\[4,8,16\]/);
    assert.deepEqual(
      ['method', 'seed', 'round', 'run', 'options'].filter((name) => name in metadata),
      [],
    );
    await imported(source);
    assert.equal(
      (await readMetadata(inFolder('i.safetensors')))['data'],
      undefined,
      'nobody said how large the images are',
    );
  });

  const OTHERS = {
    'pytorch/turboprune.pt': [],
    'pytorch/torch_prune_style.pt': [],
    'pruning/open_lth/level_4/main/model_ep160_it0.pth': [],
    'pruning/imp_lrr_lts/model_resnet_5.pt': ['module.'],
    'cases/32-foreign-transfer/compiled.safetensors': ['_orig_mod.'],
    'cases/32-foreign-transfer/lightning.safetensors': ['model.'],
  };
  for (const [source, wrappers] of Object.entries(OTHERS))
    it(`has every mask and weight of ${source}`, async () => {
      const { notes } = await imported(source);
      const { state } = await readNetworkState(inFolder('i.safetensors'));
      const { state: there } = await readNetworkState(fixture(source));
      const own = (name: string) => wrappers.reduce((rest, wrapper) => rest.replace(wrapper, ''), name);
      let classifiers = 0;
      for (const [layer, mask] of there.masks) {
        const weights = there.tensors.get(`${layer}.weight`)! as HostTensor & { dtype: 'F32' };
        const now = state.tensors.get(`${own(layer)}.weight`)!.data;
        const isClassifier = own(layer) === 'fc';
        if (isClassifier)
          assert.deepEqual(
            now,
            weights.data.map((weight, i) => (mask[i] ? weight : 0)),
          );
        else assert.deepEqual([now, state.masks.get(own(layer))], [weights.data, mask], layer);
        classifiers += Number(isClassifier && mask.includes(0));
      }
      assert.equal(
        notes.some((note) => note.startsWith('fc: pruned in the file, but not prunable')),
        classifiers > 0,
      );
      for (const wrapper of wrappers) assert.ok(notes.join().includes(`used without “${wrapper}”`));
    });

  it('follows the official rule if its masks do', async () => {
    const model: ModelSpec = { model: 'mlp', options: { hidden: [6, 4], batchNorm: false }, prunable: 'official' };
    const architecture = buildArchitecture(model, { height: 4, width: 4, channels: 1, classes: 4 });
    const state = initialize(architecture, 1);
    assert.deepEqual([...state.masks.keys()], ['fc1']);
    await writeSafetensors(inFolder('m.safetensors'), { tensors: tensorsWithMasks(state), metadata: {} });
    const { model: found } = await imported(inFolder('m.safetensors'));
    assert.deepEqual(found, model);
  });

  it('keeps the mask of a bare parameter that is in a wrapper', async () => {
    const model: ModelSpec = { model: 'vit', options: { patchSize: 4, dim: 64, depth: 1, heads: 1 } };
    const architecture = buildArchitecture(model, { height: 8, width: 8, channels: 1, classes: 3 });
    const state = initialize(architecture, 1);
    const layer = [...state.masks.keys()].find((name) => name.endsWith('in_proj_weight'))!;
    state.masks.get(layer)!.fill(0, 0, 100);
    const wrapped = Array.from(tensorsWithMasks(state), ([name, tensor]) => [`module.${name}`, tensor] as const);
    await writeSafetensors(inFolder('m.safetensors'), { tensors: new Map(wrapped), metadata: {} });
    assert.deepEqual((await imported(inFolder('m.safetensors'))).model, model);
    assert.deepEqual((await readNetworkState(inFolder('i.safetensors'))).state.masks, state.masks);
  });

  it('can be transferred, and is described in JSON', async () => {
    const run = (verb: string, ...args: string[]) => cliJson<{ status: string; message?: string }>(verb, ...args);
    const file = inFolder('i.safetensors');
    const document = await cliJson<Imported>('import', fixture('aws/mixer_aws.pth.tar'), '--out', file);
    checkOutput('import', document);
    assert.deepEqual(document.data, { height: 16, width: 16, channels: 3, classes: 10 });
    const mixer = `model=${JSON.stringify(document.model)}`;
    const { status, message } = await run(
      ...(['transfer', file, '--seed', '2', '--options', OPTIONS, '--set', mixer, '--dir', inFolder('t')] as const),
    );
    assert.equal(status, 'done', message);
    const { sparsity } = await cliJson<Inspection>('inspect', inFolder('t/checkpoints/final.safetensors'));
    assert.ok(Math.abs(sparsity.prunable - document.sparsity.prunable) < 1e-12);
  });

  it('is beside the file by default, replaces nothing, and is not made from a checkpoint of ours', async () => {
    mkdirSync(inFolder('d'));
    copyFileSync(fixture('pytorch/official_aws.pth.tar'), inFolder('d/c.pth.tar'));
    const attempt = (...args: string[]) => call('import', ...args);
    assert.equal((await attempt(inFolder('d/c.pth.tar'))).code, 0);
    assert.ok(existsSync(inFolder('d/c.safetensors')));
    assert.match(
      (await attempt(inFolder('d/c.pth.tar'))).stderr,
      /c\.safetensors exists\. Name another file with --out/,
    );
    const own = await attempt(inFolder('d/c.safetensors'), '--out', inFolder('x.safetensors'));
    assert.match(own.stderr, /c\.safetensors is a checkpoint of Winning Sign\. It can be used as it is\./);
    assert.match(
      (await attempt(inFolder('d/c.pth.tar'), '--out', inFolder('d/c.pth.tar'), '--force')).stderr,
      /is one of the checkpoints/,
    );
    assert.match(
      (await attempt(inFolder('d/c.pth.tar'), '--model', 'resnet20', '--out', inFolder('y'))).stderr,
      /c\.pth\.tar does not fit resnet20: .* Name the network of the checkpoint with --model\./,
    );
  });

  it('is never made from a hostile file in more than one sentence', async () => {
    const manifest = readJson('hostile/manifest.json') as { file: string }[];
    let count = 0;
    for (const { file } of manifest) {
      if (/^(h5|tfjs)\//.test(file) || !existsSync(fixture(`hostile/${file}`))) continue;
      count++;
      const error: unknown = await imported(`hostile/${file}`).catch((reason: unknown) => reason);
      if (!(error instanceof Error)) continue;
      assert.ok(error instanceof UserError, `${file}: ${error.stack}`);
      assert.ok(!error.message.includes('\n') && error.message.length < 2_000, file);
    }
    assert.ok(count > 100, `${count} files`);
  });
});
