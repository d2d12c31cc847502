/** Tests that every network is recognized by the names and shapes of its tensors, which PyTorch wrote down in the oracles. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { recognize } from '../../../engine/models/recognize/recognize';
import { translated } from '../../../engine/models/recognize/translate';
import { buildArchitecture } from '../../../engine/models/registry';
import type { ModelName } from '../../../engine/vocabulary/modelSchemas';
import type { ModelSpec } from '../../../engine/vocabulary/runOptions';
import type { HostTensor } from '../../../engine/tensors';
import { fixture, readJson } from '../../fixtures';

interface Oracle {
  entries: [name: string, shape: number[]][];
  input: { shape: [number, number, number, number] };
  network: { classes: number };
}

const shapesOf = (entries: Oracle['entries'], prefix = '') =>
  new Map(entries.map(([name, shape]) => [`${prefix}${name}`, { shape }]));

const IMAGES = { height: 64, width: 64, channels: 3, classes: 7 };

/** Networks that no oracle has, and the options that their tensors show. */
const OTHERS: ModelSpec[] = [
  { model: 'mlp', options: { hidden: [20, 10], batchNorm: false } },
  'mlp',
  { model: 'convnet', options: { widths: [4, 6] } },
  { model: 'convnet', options: { widths: [4, 6], norm: 'none' } },
  { model: 'shufflenet', options: { groups: 4, width: 0.5 } },
  'resnet20',
  { model: 'mobilenetv2', options: { blocks: [1, 1, 2, 1, 1, 1, 1] } },
  { model: 'mobilenetv2', options: { variant: 'torchvision', width: 0.35 } },
  { model: 'efficientnet', options: { width: 0.5 } },
  { model: 'shufflenet', options: { groups: 8, blocks: [1, 2, 1] } },
  { model: 'vit', options: { patchSize: 8, dim: 64, depth: 2, heads: 1 } },
  { model: 'deit_small', options: { naming: 'timm' } },
  { model: 'mixer', options: { patchSize: 8, dim: 24, depth: 3, expansionFactor: 1.5 } },
  { model: 'resnet', options: { block: 'bottleneck', stem: 'imagenet', blocks: [1, 2], widths: [2, 3] } },
];

describe('recognize', () => {
  const oracles = readdirSync(fixture('oracles/arch')).filter((name) => name.endsWith('.json'));
  for (const file of oracles.filter((name) => !name.includes('group_norm')))
    it(`finds the network of ${file}`, () => {
      const { entries, input, network } = readJson(`oracles/arch/${file}`) as Oracle;
      const [, channels, height, width] = input.shape;
      for (const prefix of ['', 'module._orig_mod.']) {
        const { model, data, architecture } = recognize('f', shapesOf(entries, prefix));
        if (data && !file.includes('lenet'))
          assert.deepEqual(data, { height, width, channels, classes: network.classes });
        const built = buildArchitecture(model, { height, width, channels, classes: network.classes });
        assert.deepEqual(
          built.entries.map(({ name, shape }) => [name, [...shape]]),
          entries.map(([name, shape]) => [name, shape]),
        );
        assert.deepEqual(architecture.entries, built.entries);
      }
    });

  it('does not choose between group norm and batch norm without statistics', () => {
    const { entries } = readJson('oracles/arch/resnet50_group_norm_imagenet.json') as Oracle;
    assert.throws(() => recognize('f', shapesOf(entries)), /f fits several networks: .*"norm":"group".*--model\.$/);
    const options = { width: 8, stem: 'imagenet', norm: 'group' } as const;
    const { architecture } = recognize('f', shapesOf(entries), { model: { model: 'resnet50', options } });
    assert.deepEqual(
      architecture.entries.map(({ name }) => name),
      entries.map(([name]) => name),
    );
    assert.ok(recognize('f', shapesOf(entries), { model: 'resnet50' }).architecture.entries.length > entries.length);
  });

  for (const model of OTHERS)
    it(`finds ${JSON.stringify(model)}`, () => {
      const { entries } = buildArchitecture(model, IMAGES);
      const found = recognize('f', new Map(entries.map((entry) => [entry.name, entry])));
      assert.deepEqual(found.model, model);
      assert.deepEqual(found.architecture.entries, entries);
    });

  it('says which heads and images it assumes, and takes others', () => {
    const { entries } = readJson('oracles/arch/imagenet_vit_b_16_64.json') as Oracle;
    const vit = shapesOf(entries);
    assert.match(recognize('f', vit).notes.join(), /how many heads .* 12 is assumed/);
    const six = { model: 'vit_b_16', options: { heads: 6 } } as const;
    assert.deepEqual(recognize('f', vit, { model: six }).model, six);
    const lenet = shapesOf((readJson('oracles/arch/lenet.json') as Oracle).entries);
    assert.match(
      recognize('f', lenet).notes.join(),
      /assumed to be 32x32x3\. 28x28x3, 29x29x3, .* would fit, too\. .* give the size of the images\./,
    );
    const images = { height: 28, width: 28, channels: 3 };
    assert.deepEqual(recognize('f', lenet, { images }).data, { ...images, classes: 10 });
  });

  it('refuses what fits no network, and names the tensor that does not fit', () => {
    const { entries } = readJson('oracles/arch/resnet32.json') as Oracle;
    const without = new Map([...shapesOf(entries)].filter(([name]) => name !== 'layer2.1.bn2.bias'));
    const asked = (tensors: typeof without, model?: ModelName) => () => recognize('f.pth', tensors, { model });
    assert.throws(asked(without), /f\.pth does not fit resnet32: tensor layer2\.1\.bn2\.bias is missing/);
    assert.throws(asked(without, 'mlp'), /f\.pth does not fit mlp: tensor fc1\.weight is missing/);
    const other = new Map([['encoder.weight', { shape: [3, 3] }]]);
    assert.throws(
      asked(other),
      /f\.pth: no network of Winning Sign has its tensors \("encoder\.weight"\)\. The networks are resnet20,/,
    );
    assert.throws(asked(new Map()), /no network of Winning Sign/);
  });

  it('asks for the images if the file does not say them', () => {
    const { entries } = buildArchitecture({ model: 'mlp', options: { hidden: [5] } }, { ...IMAGES, width: 63 });
    const tensors = new Map(entries.map((entry) => [entry.name, entry]));
    assert.throws(
      () => recognize('f', tensors),
      /f looks like mlp, but does not say which images it takes\. Name them with --images HxWxC/,
    );
    const images = { height: 64, width: 63, channels: 3 };
    assert.deepEqual(recognize('f', tensors, { images }).data, { ...images, classes: 7 });
  });

  it('translates the names of open_lth', () => {
    const { entries } = readJson('oracles/arch/resnet32.json') as Oracle;
    const theirs = entries.map(([name, shape]): [string, HostTensor] => [
      `model.${name
        .replace(/^(conv|bn)1\./, '$1.')
        .replace(
          /^layer(\d)\.(\d)\./,
          (_, stage: string, at: string) => `blocks.${5 * (Number(stage) - 1) + Number(at)}.`,
        )
        .replace('downsample', 'shortcut')}`,
      { dtype: 'F32', shape, data: new Float32Array() },
    ]);
    const { state, tool } = translated({
      tensors: new Map(theirs),
      masks: new Map([['blocks.5.shortcut.0', Uint8Array.of(1)]]),
    });
    assert.equal(tool, 'open_lth');
    assert.deepEqual(
      [...state.tensors.keys()],
      entries.map(([name]) => name),
    );
    assert.deepEqual([...state.masks.keys()], ['layer2.0.downsample.0']);
    const mlp = new Map<string, HostTensor>([
      ['model.fc_layers.0.weight', { dtype: 'F32', shape: [2, 4], data: new Float32Array(8) }],
      ['fc.weight', { dtype: 'F32', shape: [2, 2], data: new Float32Array(4) }],
    ]);
    assert.deepEqual(
      [...translated({ tensors: mlp, masks: new Map() }).state.tensors.keys()],
      ['fc1.weight', 'fc.weight'],
    );
  });
});
