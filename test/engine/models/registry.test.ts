import assert from 'node:assert/strict';
import { UserError } from '../../../engine/errors';
import { emptyMasks } from '../../../engine/models/initialize';
import { buildArchitecture, modelLabel } from '../../../engine/models/registry';
import type { ModelSpec } from '../../../engine/protocol';
import { sizeOf } from '../../../engine/tensors';
import { NETWORKS, readOracle } from '../oracle';
import { readTraining } from '../training/official';

const GREY = { height: 28, width: 28, channels: 1, classes: 10 };
const COLOR = { height: 32, width: 32, channels: 3, classes: 10 };

const entryOf = (spec: ModelSpec, name: string, data = GREY) =>
  buildArchitecture(spec, data).entries.find((entry) => entry.name === name)!;

describe('the model registry', () => {
  for (const network of NETWORKS)
    it(`lists the entries of ${network} like PyTorch's state dict`, () => {
      const { entries } = buildArchitecture(readTraining(network).network, COLOR);
      const listed = entries.map(({ name, shape, role, prunable }) => ({
        name,
        shape: [...shape],
        prunable,
        norm: role === 'normalization',
        buffer: role === 'buffer',
      }));
      const expected = readOracle(network).entries.map(({ name, shape, prunable, norm, buffer }) => ({
        name,
        shape,
        prunable,
        norm,
        buffer,
      }));
      assert.deepEqual(listed, expected);
    });

  it('derives channels, image size and classes from the data', () => {
    assert.deepEqual(entryOf('convnet', 'conv1.weight').shape, [8, 1, 3, 3]);
    assert.deepEqual(entryOf('resnet20', 'conv1.weight').shape, [16, 1, 3, 3]);
    assert.deepEqual(entryOf('mlp', 'fc1.weight').shape, [300, 784]);
    assert.deepEqual(entryOf('mixer', '1.weight').shape, [64, 16], 'patches of 4 × 4');
    assert.deepEqual(
      entryOf('mixer', '1.weight', { ...GREY, height: 21, width: 21 }).shape,
      [64, 49],
      'patches of 7 × 7',
    );
    assert.deepEqual(entryOf('convnet', 'fc.bias', { ...GREY, classes: 7 }).shape, [7]);
  });

  it('multiplies the channels of resnet20 by the option width', () => {
    const { entries } = buildArchitecture({ model: 'resnet20', options: { width: 64 } }, COLOR);
    assert.deepEqual(entries.find(({ name }) => name === 'layer3.2.conv2.weight')!.shape, [256, 256, 3, 3]);
  });

  it('refuses groups that do not divide the channels, and names the option', () => {
    const spec: ModelSpec = { model: 'resnet20', options: { norm: 'group', groups: 3 } };
    assert.throws(
      () => buildArchitecture(spec, COLOR),
      (error) =>
        error instanceof UserError && error.field === 'model.options.groups' && error.message.includes('16 channels'),
    );
    assert.ok(buildArchitecture({ model: 'resnet20', options: { norm: 'batch', groups: 3 } }, COLOR));
  });

  it('refuses a ShuffleNet so narrow that a stage would not grow', () => {
    assert.throws(
      () => buildArchitecture({ model: 'shufflenet', options: { groups: 8, width: 0.01 } }, COLOR),
      (error) => error instanceof UserError && error.field === 'model.options.width',
    );
  });

  it('has the sizes of named mixers', () => {
    const count = (spec: ModelSpec, data = COLOR) =>
      buildArchitecture(spec, data).entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    assert.equal(count('mixer_d512', { height: 224, width: 224, channels: 3, classes: 1000 }), 7_786_968);
    assert.equal(count('mixer_tiny'), count({ model: 'mixer', options: { dim: 32, depth: 2 } }));
  });

  it('has masks for every convolution and linear layer except the classifier', () => {
    assert.deepEqual([...emptyMasks(buildArchitecture('mlp', GREY)).keys()], ['fc1', 'fc2']);
    assert.deepEqual([...emptyMasks(buildArchitecture('convnet', GREY)).keys()], ['conv1', 'conv2', 'conv3', 'conv4']);
    assert.equal(emptyMasks(buildArchitecture('resnet20', COLOR)).size, 21);
  });

  it('leaves out hidden layers with as many outputs as classes by the official rule', () => {
    const spec = { model: 'mlp' as const, options: { hidden: [12, 10, 11] } };
    assert.deepEqual([...emptyMasks(buildArchitecture(spec, GREY)).keys()], ['fc1', 'fc2', 'fc3']);
    const official = buildArchitecture({ ...spec, prunable: 'official' }, GREY);
    assert.deepEqual([...emptyMasks(official).keys()], ['fc1', 'fc3']);
    assert.equal(modelLabel({ ...spec, prunable: 'official' }), 'mlp (hidden 12-10-11, official rule)');
  });

  it('includes ψ in every default model', () => {
    for (const model of ['mlp', 'convnet', 'resnet20', 'mixer'] as const)
      assert.ok(
        buildArchitecture(model, GREY).entries.some(({ role }) => role === 'normalization'),
        model,
      );
  });

  it('builds the MLP without batch norm and with biases instead', () => {
    const { entries } = buildArchitecture({ model: 'mlp', options: { hidden: [5], batchNorm: false } }, GREY);
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['fc1.weight', 'fc1.bias', 'fc.weight', 'fc.bias'],
    );
    assert.equal(
      entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      784 * 5 + 5 + 50 + 10,
    );
  });

  it('returns a readable name of a model', () => {
    assert.equal(modelLabel('mixer'), 'mixer');
    assert.equal(modelLabel({ model: 'convnet', options: { widths: [4, 8] } }), 'convnet (widths 4-8)');
  });

  const wrong: [ModelSpec, string[]][] = [
    [{ model: 'resnet', options: { blocks: [1, 1], widths: [4] } }, ['model.options.widths', '2']],
    [{ model: 'mixer', options: { patchSize: 5 } }, ['model.options.patchSize', '28 × 28']],
    [{ model: 'mixer', options: { imageSize: 32 } }, ['model.options.imageSize', '28 × 28']],
    [{ model: 'convnet', options: { widths: [1e6, 1e6] } }, ['model', 'million parameters', '500']],
  ];
  for (const [spec, words] of wrong)
    it(`refuses ${JSON.stringify(spec)} and names the field`, () => {
      assert.throws(
        () => buildArchitecture(spec, GREY),
        (error) =>
          error instanceof UserError && error.field === words[0] && words.every((word) => error.message.includes(word)),
      );
    });
});
